import { PalimpsestError } from '@palimpsest/backbone';
import { constant, gather } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { sharedValues } from '@palimpsest/layers';
import type { LayerContext, ModelDefinition } from '@palimpsest/layers';

/** How the tokens of a batch go through a model. */
export interface Reading {
  /** Copies of the text that stand side by side in a row of the batch's tokens. */
  readonly copies: number;
  /** Tokens int64 [rows, copies · length] -> the hidden rows that the targets are asked of, [rows, length, width]. */
  readonly hidden: (model: ModelDefinition, tokens: Value) => Value;
}

/** Once, as it stands. */
export const plainly: Reading = {
  copies: 1,
  hidden: (model, tokens) => model.hidden(tokens, contextOf(model, tokens, 1)),
};

/**
 * Noisy and clean copies of the text in one pass, each noisy block after the clean ones before it (BD3-LM, arXiv:2503.09573, section 3.2). The
 * token at i is asked of the noisy copy; in a shifted model of row i - 1, and where that lies in the block before, of the clean copy, which
 * is what a sampler has there.
 *
 * @throws PalimpsestError when the rows are not whole blocks; GraphError where a layer knows no such pass.
 */
export const besideClean: Reading = {
  copies: 2,
  hidden: (model, tokens) => {
    const { visibility: { name, blockSize }, prediction } = model;
    const length = Number(tokens.shape[1]) / 2;
    if (length % blockSize !== 0) {
      const hint = blockSize === Infinity ? 'Masked diffusion needs no clean copy.' : `Try ${Math.max(1, Math.floor(length / blockSize)) * blockSize}.`;
      throw new PalimpsestError({ where: 'block diffusion', expected: `rows of whole blocks under ${name} visibility`, got: `${length} tokens`, hint });
    }
    const hidden = model.hidden(tokens, { ...contextOf(model, tokens, 2), noisyLength: length, keep: refuseToKeep });
    const endsBlock = (row: number): boolean => (row + 1) % blockSize === 0;
    const rows = Array.from({ length }, (_, row) => (prediction === 'next' && endsBlock(row) ? length + row : row));
    return gather(hidden, constant([length], rows, 'int64'), 1);
  },
};

/** Each copy from position 0 on. */
function contextOf({ maximumLength, visibility }: ModelDefinition, tokens: Value, copies: number): LayerContext {
  const [batch, columns] = tokens.shape.map(Number) as [number, number];
  const positions = constant([batch, columns], Array.from({ length: batch * columns }, (_, i) => i % (columns / copies)), 'int64');
  return { batch, length: columns, positions, maximumLength, visibility, keep: () => undefined, shared: sharedValues() };
}

const refuseToKeep: LayerContext['keep'] = ({ name }) => {
  const hint = 'Where noisyLength is present, let its noisy blocks go on from what the clean ones leave.';
  throw new PalimpsestError({ where: `block diffusion: ${name}`, expected: 'a layer that reads noisy and clean copies of a text in one pass', got: 'one that does not look at noisyLength', hint });
};
