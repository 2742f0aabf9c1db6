import { add, multiply, subtract, tanh } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';

const [scale, cubic] = [Math.sqrt(2 / Math.PI), 0.044715];
/** In the order of factors in which ONNX Runtime knows the whole for one operator of its own. */
const bend = (x: Value): Value => tanh(multiply(multiply(x, scale), add(multiply(multiply(x, cubic), x), 1)));

/** x Φ(x), the cumulative normal distribution by a hyperbolic tangent (Hendrycks & Gimpel 2016, arXiv:1606.08415, section 2). */
export const gelu = (x: Value): Value => multiply(multiply(x, 0.5), add(bend(x), 1));

/** The derivative of `gelu` as an expression of its own: the inner update needs it in graphs that have no gradients. */
export function geluSlope(x: Value): Value {
  const t = bend(x);
  const inner = add(multiply(multiply(x, x), 3 * scale * cubic), scale);
  return add(multiply(multiply(multiply(x, 0.5), subtract(1, multiply(t, t))), inner), multiply(add(t, 1), 0.5));
}
