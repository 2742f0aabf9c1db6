import { constant, cos, gather, multiply, rotaryEmbedding, sin } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import type { LayerContext } from '../layer.js';

export interface RotaryConfig {
  /** Base of the frequencies; 10,000 in the paper. */
  readonly theta: number;
}

/**
 * Rotates each head by its positions, pairing entry i with i + size/2 (GPT-NeoX halves, as in the Hugging Face weights of
 * every family read so far). Su et al. 2021, arXiv:2104.09864, equation 34.
 *
 *   angle[t, i] = position[t] · theta^(-2i / size)
 */
export function rotate(x: Value, size: number, { theta }: RotaryConfig, context: LayerContext): Value { // x [batch, heads, length, size] or [batch, length, heads · size]
  const { cosine, sine } = context.shared(`rotary ${theta} ${size}`, () => {
    const half = size / 2;
    const { maximumLength } = context;
    const frequencies = constant([1, half], Float64Array.from({ length: half }, (_, i) => theta ** ((-2 * i) / size)));
    // Constant, so it is worked out once. ONNX Runtime's cos of a number depends on how many stand beside it; a table's row does not.
    const angles = multiply(constant([maximumLength, 1], Float64Array.from({ length: maximumLength }, (_, position) => position)), frequencies);
    return { cosine: gather(cos(angles), context.positions), sine: gather(sin(angles), context.positions) }; // [batch, length, half]
  });
  return rotaryEmbedding(x, cosine, sine);
}
