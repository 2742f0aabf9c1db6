import { GraphError } from '../error.js';
import { emptyReference } from '../interpreter/reference.js';
import type { Reference } from '../interpreter/reference.js';
import { sameShape, showShape } from '../shape.js';
import type { Shape } from '../shape.js';
import type { TensorType } from '../value.js';
import type { OpTable } from './definition.js';
import { expectInputs } from './expect.js';

/** Entries of a row that share a scale. */
const blockSizeOf = ({ shape }: { readonly shape: Shape }, bits: 4 | 8): number => (Number(shape[2]) * 8) / bits;

/** What 0 is stored as: the middle of the range. */
export const zeroOf = (bits: 4 | 8): number => 2 ** (bits - 1);

function expectBlocks(inputs: readonly TensorType[], bits: 4 | 8): readonly TensorType[] {
  expectInputs('blockMatMul', inputs, 3);
  const [x, packed, scales] = inputs as readonly [TensorType, TensorType, TensorType];
  const [inner, rows] = [x.shape.at(-1), packed.shape[0]!];
  const size = packed.shape.length === 3 ? blockSizeOf(packed, bits) : NaN;
  const blocks = typeof inner === 'number' ? Math.ceil(inner / size) : NaN;
  const legal = size >= 16 && Number.isInteger(Math.log2(size)) && x.shape.length >= 2 && x.type === 'float32' && packed.type === 'uint8' && scales.type === 'float32'
    && packed.shape[1] === blocks && sameShape(scales.shape, [rows, blocks]);
  if (!legal) {
    throw new GraphError({
      where: 'blockMatMul', expected: `x float32 [.., inner], packed uint8 [rows, blocks, bytes], scales float32 [rows, blocks]; a block of at least 16, and a power of 2, numbers of ${bits} bits`,
      got: inputs.map(({ shape, type }) => `${type} ${showShape(shape)}`).join(', '),
    });
  }
  return [{ shape: [...x.shape.slice(0, -1), rows], type: 'float32' }];
}

/** Entry `i` of a row, in units of its block's scale. */
function stored({ shape, data }: Reference, bits: 4 | 8, row: number, i: number): number {
  const [, blocks, bytes] = shape as readonly [number, number, number];
  const size = blockSizeOf({ shape }, bits);
  const byte = data[(row * blocks + Math.floor(i / size)) * bytes + Math.floor(((i % size) * bits) / 8)]!;
  return (bits === 8 ? byte : (byte >> (4 * (i % 2))) & 15) - zeroOf(bits);
}

export const blockMatMulOps: Pick<OpTable, 'blockMatMul'> = {
  blockMatMul: {
    onnx: ({ bits }, [x, packed]) => ({
      type: 'MatMulNBits', domain: 'com.microsoft',
      // Level 4 multiplies whole numbers, which is what makes it fast: where the matrix is a constant, rows of x are rounded to 8 bits, a block to a scale.
      attributes: { K: { int: Number(x!.shape.at(-1)) }, N: { int: Number(packed!.shape[0]) }, bits: { int: bits }, block_size: { int: blockSizeOf(packed!, bits) }, accuracy_level: { int: 4 } },
    }),
    infer: (inputs, { bits }) => expectBlocks(inputs, bits),
    evaluate: ([x, packed, scales], { bits }, [shape]) => {
      const output = emptyReference(shape!);
      const inner = x!.shape.at(-1)!;
      const [rows, blocks] = scales!.shape as [number, number];
      const size = blockSizeOf(packed!, bits);
      for (let at = 0; at < output.data.length / rows; at++) {
        for (let row = 0; row < rows; row++) {
          let sum = 0;
          for (let i = 0; i < inner; i++) sum += x!.data[at * inner + i]! * scales!.data[row * blocks + Math.floor(i / size)]! * stored(packed!, bits, row, i);
          output.data[at * rows + row] = sum;
        }
      }
      return [output];
    },
    gradient: { none: 'blocks are for running a model, not for training it' },
  },
};
