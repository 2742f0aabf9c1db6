import type { UnmaskingPolicy } from './unmasking-policy.js';

/**
 * One cell at each step, any of those that are open with the same probability. In a model that is not told the time this is the reverse
 * process itself at temperature 1, without the steps in which nothing happens: the time of the next change, t · u^(1 / open cells), need
 * not be known (Zheng et al. 2024, arXiv:2409.02908, section 4; the sampler of BD3-LM, arXiv:2503.09573).
 */
export const firstHitting: UnmaskingPolicy = {
  name: 'first-hitting',
  ignoresPlan: true,
  decide: ({ open, chance }) => ({ commit: [open[Math.floor(chance(open[0]!) * open.length)]!] }),
};
