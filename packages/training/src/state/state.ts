import type { ModelDefinition } from '@palimpsest/layers';
import { randomStream } from '@palimpsest/sampling';
import type { OptimiserPlan } from '../optimiser/optimiser.js';
import { averageName, slotName } from '../step/build-step.js';

export interface StateTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** All that a run carries from step to step: parameters, slots of the update rules, moving averages, by graph name. */
export type TrainingTensors = ReadonlyMap<string, StateTensor>;

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Weights as declared (each parameter draws from a stream of its own) or as given; slots at zero; averages at the weights. */
export function initialTensors(model: ModelDefinition, optimiser: OptimiserPlan, seed: number, given: ReadonlyMap<string, StateTensor> = new Map()): TrainingTensors {
  const tensors = new Map<string, StateTensor>();
  model.parameters.forEach(({ name, shape, initialise, role }, index) => {
    const random = randomStream(seed, index);
    const data = given.get(name)?.data ?? initialise(shape, () => random.normal());
    tensors.set(name, { shape, data });
    tensors.set(averageName(name), { shape, data });
    for (const slot of optimiser[role].slots) tensors.set(slotName(slot, name), { shape, data: new Float32Array(count(shape)) });
  });
  return tensors;
}

/** The moving averages under the parameters' own names: the weights to evaluate and to ship. */
export const averagedWeights = (model: ModelDefinition, tensors: TrainingTensors): ReadonlyMap<string, StateTensor> =>
  new Map(model.parameters.map(({ name }) => [name, tensors.get(averageName(name))!]));
