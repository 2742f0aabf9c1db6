import { PalimpsestError } from '@palimpsest/backbone';
import { sameShape, showShape } from '@palimpsest/graph';
import type { ModelDefinition, ParameterDeclaration } from '@palimpsest/layers';
import { randomStream } from '@palimpsest/sampling';
import type { RandomStream } from '@palimpsest/sampling';
import { averageName, slotName } from '../step/build-step.js';
import type { StepPlan } from '../step/build-step.js';

export interface StateTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** All that a run carries from step to step: parameters, slots of the update rules, moving averages, by graph name. */
export type TrainingTensors = ReadonlyMap<string, StateTensor>;

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** What decides which tensors there are. */
export type StatePlan = Pick<StepPlan, 'model' | 'optimiser' | 'averaged'>;

/** Graph names of all that a parameter's training carries. */
export const stateNames = ({ name, role }: ParameterDeclaration, { optimiser, averaged }: StatePlan): readonly string[] =>
  [name, ...(averaged ? [averageName(name)] : []), ...optimiser[role].slots.map((slot) => slotName(slot, name))];

/**
 * Weights as declared (each parameter draws from a stream of its own) or as given; slots at zero; averages at the weights.
 * @throws PalimpsestError when a given weight has another shape.
 */
export function initialTensors(plan: StatePlan, seed: number, given: ReadonlyMap<string, StateTensor> = new Map()): TrainingTensors {
  const tensors = new Map<string, StateTensor>();
  plan.model.parameters.forEach((parameter, index) => {
    const { name, shape } = parameter;
    const weight = weightOf(parameter, randomStream(seed, index), given.get(name));
    const weights = new Set([name, averageName(name)]);
    for (const tensor of stateNames(parameter, plan)) tensors.set(tensor, { shape, data: weights.has(tensor) ? weight : new Float32Array(count(shape)) });
  });
  return tensors;
}

/** The weights that training starts from where none are given: a model that has learnt nothing. */
export const initialWeights = ({ parameters }: ModelDefinition, seed: number): ReadonlyMap<string, StateTensor> =>
  new Map(parameters.map((parameter, index) => [parameter.name, { shape: parameter.shape, data: weightOf(parameter, randomStream(seed, index), undefined) }]));

function weightOf({ name, shape, initialise }: ParameterDeclaration, random: RandomStream, given: StateTensor | undefined): Float32Array {
  if (given === undefined) return initialise(shape, () => random.normal());
  if (sameShape(given.shape, shape)) return given.data;
  throw new PalimpsestError({ where: `train: start, ${name}`, expected: showShape(shape), got: showShape(given.shape) });
}

/** The weights to evaluate and to ship, by parameter: the moving averages where there are any. */
export const averagedWeights = (model: ModelDefinition, tensors: TrainingTensors): ReadonlyMap<string, StateTensor> =>
  new Map(model.parameters.map(({ name }) => [name, (tensors.get(averageName(name)) ?? tensors.get(name))!]));
