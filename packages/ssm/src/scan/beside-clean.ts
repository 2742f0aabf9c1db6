import { concat, constant, linearAttention, reshape, slice } from '@palimpsest/graph';
import type { LinearAttentionOperands, Value } from '@palimpsest/graph';
import type { LayerContext } from '@palimpsest/layers';
import { forwards } from './way.js';
import type { Carried, Way } from './way.js';

/**
 * In the order of time, over noisy and clean copies of one text: the clean copy is scanned through, and its state at the end of each block is
 * where the next noisy block sets out, all of them at once.
 */
export function forwardsBesideClean(context: LayerContext, carried: Carried, noisyLength: number): Way {
  const { batch, length, visibility: { blockSize } } = context;
  const rows = Number(batch);
  const blocks = noisyLength / blockSize;
  const noisyOf = (x: Value): Value => slice(x, 1, 0, noisyLength);
  const cleanOf = (x: Value): Value => slice(x, 1, noisyLength, Number(length));
  /** [batch, noisyLength, ..] -> [batch · blocks, blockSize, ..], and back. */
  const inBlocks = (x: Value): Value => reshape(x, [rows * blocks, blockSize, ...x.shape.slice(2)]);
  const inRows = (x: Value): Value => reshape(x, [rows, noisyLength, ...x.shape.slice(2)]);
  /** One for each block, [batch, ..] -> [batch · blocks, ..]. */
  const beforeEach = (values: readonly Value[]): Value => {
    const shape = values[0]!.shape.slice(1);
    return reshape(concat(values.map((value) => reshape(value, [rows, 1, ...shape])), 1), [rows * blocks, ...shape]);
  };
  const both = (noisy: Value, clean: Value): Value => concat([inRows(noisy), clean], 1);
  return {
    ...forwards(context, carried),
    attend: (operands) => {
      const part = (cut: (x: Value) => Value): Omit<LinearAttentionOperands, 'past'> =>
        ({ ...operands, query: cut(operands.query), key: cut(operands.key), value: cut(operands.value), decay: cut(operands.decay) });
      const clean = part(cleanOf);
      const outputs: Value[] = [];
      const states: Value[] = [];
      for (let block = 0; block < blocks; block++) {
        const ofBlock = (x: Value): Value => slice(x, 1, block * blockSize, (block + 1) * blockSize);
        const past = states.at(-1);
        const { output, state } = linearAttention({
          ...clean, query: ofBlock(clean.query), key: ofBlock(clean.key), value: ofBlock(clean.value), decay: ofBlock(clean.decay), ...(past && { past }),
        });
        outputs.push(output);
        states.push(state);
      }
      const empty = constant(states[0]!.shape.map(Number), new Float32Array(states[0]!.shape.reduce<number>((product, size) => product * Number(size), 1)));
      const noisy = linearAttention({ ...part((x) => inBlocks(noisyOf(x))), past: beforeEach([empty, ...states.slice(0, -1)]) });
      return both(noisy.output, concat(outputs, 1));
    },
  };
}
