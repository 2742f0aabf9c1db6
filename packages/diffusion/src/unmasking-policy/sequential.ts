import type { UnmaskingPolicy } from './unmasking-policy.js';

/** The step's quota of cells from the left (SDAR's `sequential`). */
export const sequential: UnmaskingPolicy = {
  name: 'sequential',
  decide: ({ open, quota }) => ({ commit: [...open.subarray(0, quota)] }),
};
