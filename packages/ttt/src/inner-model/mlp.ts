import { multiply } from '@palimpsest/graph';
import { gelu, geluSlope } from '../gelu.js';
import { withOne } from './inner-model.js';
import type { InnerModel } from './inner-model.js';

/** f(x) = gelu(x W1 + b1) W2 + b2, four times as wide inside. Sun et al. 2024, arXiv:2407.04620, section 2.7 (TTT-MLP). */
export const mlpModel: InnerModel = {
  maps: (headSize) => [
    { weight: 'W1', bias: 'b1', from: headSize, to: 4 * headSize },
    { weight: 'W2', bias: 'b2', from: 4 * headSize, to: headSize },
  ],
  say: (x, [first, second]) => second!(withOne(gelu(first!(x)))),
  study: (x, [first, second], slope) => {
    const before = first!.ahead(x);
    const hidden = withOne(gelu(before));
    const last = slope(second!.ahead(hidden));
    return [{ input: x, slope: multiply(second!.back(last), geluSlope(before)) }, { input: hidden, slope: last }];
  },
};
