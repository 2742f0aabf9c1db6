import { GraphError } from '../error.js';
import { emptyReference } from '../interpreter/reference.js';
import type { Reference } from '../interpreter/reference.js';
import { sameShape, showShape } from '../shape.js';
import type { TensorType } from '../value.js';
import type { OpTable } from './definition.js';
import { expectInputs } from './expect.js';

/** Entries of a row that share a scale. */
export const blockSize = 32;

/** What a whole number is stored as that much above: the middle of its range. */
export const zeroOf = (bits: 4 | 8): number => 2 ** (bits - 1);

function expectBlocks(inputs: readonly TensorType[], bits: 4 | 8): readonly TensorType[] {
  expectInputs('blockMatMul', inputs, 3);
  const [x, packed, scales] = inputs as readonly [TensorType, TensorType, TensorType];
  const [inner, rows] = [x.shape.at(-1), packed.shape[0]!];
  const blocks = typeof inner === 'number' ? Math.ceil(inner / blockSize) : NaN;
  const legal = x.shape.length >= 2 && x.type === 'float32' && packed.type === 'uint8' && scales.type === 'float32'
    && sameShape(packed.shape, [rows, blocks, (blockSize * bits) / 8]) && sameShape(scales.shape, [rows, blocks]);
  if (!legal) {
    throw new GraphError({
      where: 'blockMatMul', expected: `x float32 [.., inner], packed uint8 [rows, blocks, ${(blockSize * bits) / 8}], scales float32 [rows, blocks] with ${blockSize} of inner to a block`,
      got: inputs.map(({ shape, type }) => `${type} ${showShape(shape)}`).join(', '),
    });
  }
  return [{ shape: [...x.shape.slice(0, -1), rows], type: 'float32' }];
}

/** Entry `i` of a row, in units of its block's scale. */
function stored({ shape, data }: Reference, bits: 4 | 8, row: number, i: number): number {
  const [, blocks, bytes] = shape as readonly [number, number, number];
  const byte = data[(row * blocks + Math.floor(i / blockSize)) * bytes + Math.floor(((i % blockSize) * bits) / 8)]!;
  return (bits === 8 ? byte : (byte >> (4 * (i % 2))) & 15) - zeroOf(bits);
}

export const blockMatMulOps: Pick<OpTable, 'blockMatMul'> = {
  blockMatMul: {
    onnx: ({ bits }, [x, packed]) => ({
      type: 'MatMulNBits', domain: 'com.microsoft',
      // Level 4 multiplies whole numbers, which is what makes it fast: where the matrix is a constant, rows of x are rounded to 8 bits, 32 entries to a scale.
      attributes: { K: { int: Number(x!.shape.at(-1)) }, N: { int: Number(packed!.shape[0]) }, bits: { int: bits }, block_size: { int: blockSize }, accuracy_level: { int: 4 } },
    }),
    infer: (inputs, { bits }) => expectBlocks(inputs, bits),
    evaluate: ([x, packed, scales], { bits }, [shape]) => {
      const output = emptyReference(shape!);
      const inner = x!.shape.at(-1)!;
      const [rows, blocks] = scales!.shape as [number, number];
      for (let at = 0; at < output.data.length / rows; at++) {
        for (let row = 0; row < rows; row++) {
          let sum = 0;
          for (let i = 0; i < inner; i++) sum += x!.data[at * inner + i]! * scales!.data[row * blocks + Math.floor(i / blockSize)]! * stored(packed!, bits, row, i);
          output.data[at * rows + row] = sum;
        }
      }
      return [output];
    },
    gradient: { none: 'blocks are for running a model, not for training it' },
  },
};
