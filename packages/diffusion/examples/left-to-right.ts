import type { UnmaskingPolicy } from '@palimpsest/diffusion';
import { policyContract } from '@palimpsest/diffusion/testing';
import { test } from 'vitest';

const leftToRight: UnmaskingPolicy = {
  name: 'left-to-right', decide: ({ open, quota }) => ({ commit: [...open.subarray(0, quota)] }),
};
for (const { name, run } of policyContract(leftToRight)) test(name, run);
