import { GraphError, add, cast, constant, divide, equal, floor, less, lessOrEqual, or, reshape, subtract, where } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import type { LayerContext, Prefix } from '../layer.js';

/** Finite, so that a row which sees nothing gives numbers: softmax of equal scores. exp of it is 0 in float32 beside any real score. */
const hidden = -1e9;
/** A block that no token is in. */
const never = 1e9;

const blockOf = ({ positions, visibility: { blockSize }, blockShift, batch }: LayerContext): Value => {
  if (blockSize === 1) return positions;
  const shifted = blockShift === undefined ? positions : add(positions, reshape(blockShift, [batch, 1]));
  return floor(divide(cast(shifted, 'float32'), blockSize));
};

/**
 * Added to the scores among the tokens of a pass: 0 where the query sees the key, else very negative; [batch, 1, length, length].
 * Undefined where everything is seen.
 */
export function maskAmongTokens(context: LayerContext): Value | undefined {
  const { visibility, batch, length } = context;
  if (context.realLengths !== undefined && visibility.blockSize !== 1) {
    throw new GraphError({ where: 'attention', expected: 'rows without filling, or causal visibility', got: visibility.name, hint: 'Bring rows of one length.' });
  }
  if (context.noisyLength !== undefined) return maskBesideClean(context, context.noisyLength);
  if (visibility.blockSize === Infinity || length === 1) return undefined;
  return context.shared('mask among tokens', () => {
    const blocks = blockOf(context);
    return where(lessOrEqual(reshape(blocks, [batch, 1, 1, length]), reshape(blocks, [batch, 1, length, 1])), 0, hidden);
  });
}

/**
 * Of noisy and clean copies of one text (BD3-LM, arXiv:2503.09573, appendix B.6, the three parts of its figure joined): a clean key is seen from its block on by clean
 * queries and from the next one on by noisy ones, a noisy key by its own noisy block alone; [batch, 1, length, length].
 */
function maskBesideClean(context: LayerContext, noisyLength: number): Value {
  const { batch, length, shared } = context;
  return shared('mask beside clean', () => {
    const noisy = less(constant([1, Number(length)], Array.from({ length: Number(length) }, (_, i) => i), 'int64'), noisyLength);
    const blocks = cast(blockOf(context), 'float32'); // [batch, length]
    const ofQueries = (value: Value): Value => reshape(value, [batch, 1, length, 1]);
    const ofKeys = (value: Value): Value => reshape(value, [batch, 1, 1, length]);
    const seesClean = lessOrEqual(ofKeys(where(noisy, never, blocks)), ofQueries(subtract(blocks, cast(noisy, 'float32'))));
    const seesNoisy = equal(ofKeys(where(noisy, blocks, -1)), ofQueries(where(noisy, blocks, -2)));
    return where(or(seesClean, seesNoisy), 0, hidden);
  });
}

/** Added to the scores against the prefix: hides the rows that a context has not committed; [batch, 1, 1, capacity]. */
export const maskOfPrefix = (context: LayerContext, prefix: Prefix): Value =>
  context.shared('mask of prefix', () => {
    const capacity = prefix.positions.shape[0]!;
    return where(less(reshape(prefix.positions, [1, 1, 1, capacity]), reshape(prefix.lengths, [context.batch, 1, 1, 1])), 0, hidden);
  });
