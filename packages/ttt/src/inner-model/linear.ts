import type { InnerModel } from './inner-model.js';

/** f(x) = x W1 + b1. Sun et al. 2024, arXiv:2407.04620, section 2.7 (TTT-Linear). */
export const linearModel: InnerModel = {
  maps: (headSize) => [{ weight: 'W1', bias: 'b1', from: headSize, to: headSize }],
  say: (x, [map]) => map!(x),
  study: (x, [map], slope) => [{ input: x, slope: slope(map!.ahead(x)) }],
};
