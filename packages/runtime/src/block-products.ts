import { applyAll, blockMatMul, nodesInOrder, parameter } from '@palimpsest/graph';
import type { ParameterStorage, Value } from '@palimpsest/graph';
import { blockSizes, toBlocks } from './block-matrix.js';
import { multipliesByParameter } from './shared-matrices.js';

type Outputs = Readonly<Record<string, Value>>;
type Storage = (parameter: string) => ParameterStorage;

/** Graphs with products by blocks in place of products by matrices. */
export interface BlockProducts {
  readonly renew: (outputs: Outputs) => Promise<Outputs>;
  /** Of every parameter, the blocks that `renew` has made included. */
  readonly storage: Storage;
}

/**
 * Rounds the matrices of products to whole numbers of `bits` bits, once for all graphs. What else reads a matrix, as the embedding of tokens
 * does where it is the head as well, reads it as it was. The untouched graph with `fromBlocksNaive` of every matrix is the twin.
 */
export function openBlockProducts(bits: 4 | 8, numbers: (parameter: string) => Promise<Float32Array>, others: Storage): BlockProducts {
  const parts = new Map<string, { readonly data: Float32Array | Uint8Array }>();
  const packedName = (name: string): string => `${name}.int${bits}`;
  const scalesName = (name: string): string => `${name}.int${bits}.scales`;
  const blocksOf = ({ origin, shape }: Value): readonly [Value, Value] => {
    const [rows, columns] = shape as readonly [number, number]; // a parameter's sizes are numbers
    const name = 'name' in origin ? origin.name : '';
    const count = Math.ceil(columns / blockSizes[bits]);
    return [parameter(packedName(name), [rows, count, (blockSizes[bits] * bits) / 8], 'uint8'), parameter(scalesName(name), [rows, count])];
  };
  const make = async ({ origin, shape }: Value): Promise<void> => {
    if (origin.kind !== 'parameter' || parts.has(packedName(origin.name))) return;
    const { packed, scales } = toBlocks(await numbers(origin.name), shape as readonly [number, number], bits);
    parts.set(packedName(origin.name), { data: packed }).set(scalesName(origin.name), { data: scales });
  };
  return {
    renew: async (outputs) => {
      const nodes = nodesInOrder(Object.values(outputs));
      for (const node of nodes) if (multipliesByParameter(node)) await make(node.inputs[1]!);
      const renewed = new Map<Value, Value>();
      const renew = (value: Value): Value => renewed.get(value) ?? value;
      for (const node of nodes) {
        const inputs = node.inputs.map(renew);
        const results = multipliesByParameter(node) ? [blockMatMul(inputs[0]!, ...blocksOf(node.inputs[1]!), bits)] : applyAll(node.op, inputs, node.attributes);
        for (const [index, output] of node.outputs.entries()) renewed.set(output, results[index]!);
      }
      return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, renew(value)]));
    },
    storage: (name) => parts.get(name) ?? others(name),
  };
}
