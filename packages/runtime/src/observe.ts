import { PalimpsestError } from '@palimpsest/backbone';
import { writeOnnx } from '@palimpsest/graph';
import { buildPass } from '@palimpsest/layers';
import type { ModelDefinition } from '@palimpsest/layers';
import { openSession } from './session.js';
import type { HostTensor } from './session.js';
import { checkWeights } from './weights.js';
import type { Weights } from './weights.js';

export interface Observation {
  readonly definition: ModelDefinition;
  readonly weights: Weights;
  /** One text from its beginning. */
  readonly tokens: Int32Array;
  /** Threads inside one operator; 2 when absent. */
  readonly threads?: number;
}

/** Names under which the layers of a model tell of their inside. */
export const observable = (definition: ModelDefinition): readonly string[] => [...buildPass(definition, { batch: 1, length: 'length', observed: true }).observed.keys()];

/**
 * What the layers of a model tell of their inside while it reads a text, by name; batch 1. A graph of its own: passes that generate carry
 * nothing of it.
 * @throws PalimpsestError where the text does not fit, or no layer tells anything.
 */
export async function observe({ definition, weights, tokens, threads = 2 }: Observation): Promise<ReadonlyMap<string, HostTensor>> {
  const { length } = tokens;
  if (length < 1 || length > definition.maximumLength) {
    throw new PalimpsestError({ where: 'observe', expected: `1 to ${definition.maximumLength} tokens`, got: `${length}`, hint: 'Give a stretch of the text.' });
  }
  const { observed } = buildPass(definition, { batch: 1, length: 'length', observed: true });
  if (observed.size === 0) throw new PalimpsestError({ where: 'observe', expected: 'layers that tell of their inside', got: 'none', hint: 'Layers that learn while they read do.' });
  const { storage, folder } = await checkWeights(definition, weights);
  await using session = await openSession(writeOnnx({ outputs: Object.fromEntries(observed), storage }), { threads, ...(folder !== undefined && { weightsFolder: folder }) });
  const integers = (numbers: ArrayLike<number>): HostTensor => ({ type: 'int64', shape: [1, length], data: BigInt64Array.from(Array.from(numbers, BigInt)) });
  const results = await session.run({ tokens: integers(tokens), positions: integers(tokens.map((_, i) => i)) });
  return new Map(Object.entries(results));
}
