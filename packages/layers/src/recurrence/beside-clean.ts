import { concat, constant, reshape, scan, slice, transpose } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import type { LayerContext } from '../layer.js';
import { forwards } from './way.js';
import type { Operands, Way } from './way.js';

/** The operands by the order of their names, and back. */
const named = <Read extends Operands>(like: Read, values: readonly Value[]): Read =>
  Object.fromEntries(Object.keys(like).map((name, index) => [name, values[index]!])) as Read; // a value under every name, as before

/**
 * In the order of time, over noisy and clean copies of one text: the clean copy is gone through block by block, and what was carried into each
 * block is where its noisy copy sets out, all of them at once.
 */
export function forwardsBesideClean(context: LayerContext, noisyLength: number): Way {
  const { batch, length, visibility: { blockSize } } = context;
  const [rows, blocks] = [Number(batch), noisyLength / blockSize];
  /** [batch, noisyLength, ..] -> [batch, blocks, blockSize, ..]. */
  const inBlocks = (x: Value): Value => reshape(x, [rows, blocks, blockSize, ...x.shape.slice(2)]);
  /** Blocks first, or rows first. */
  const swapped = (x: Value): Value => transpose(x, [1, 0, ...Array.from({ length: x.shape.length - 2 }, (_, axis) => axis + 2)]);
  const inRows = (x: Value): Value => reshape(x, [rows, noisyLength, x.shape.at(-1)!]);
  const joined = (x: Value): Value => reshape(x, [rows * blocks, ...x.shape.slice(2)]);
  return {
    ...forwards(context),
    recur: ({ run }, operands, { shape }) => {
      const [noisy, clean] = [[0, noisyLength], [noisyLength, Number(length)]].map(([from, to]) => Object.values(operands).map((x) => inBlocks(slice(x, 1, from!, to))));
      const empty = constant([rows, ...shape], new Float32Array(shape.reduce((product, size) => product * size, rows)));
      const { results: [ofClean], starts: [starts] } = scan({
        carried: [empty], sequences: clean!.map(swapped),
        turn: ({ carried, slices }) => {
          const { output, state } = run(named(operands, slices), carried[0]);
          return { carried: [state], results: [output] };
        },
      });
      const { output } = run(named(operands, noisy!.map(joined)), joined(swapped(starts!)));
      return concat([inRows(output), inRows(swapped(ofClean!))], 1);
    },
  };
}
