import {
  add, divide, gatherElements, gradients, input, logSoftmax, minimum, multiply, negate, reduceSum, reshape, slice, sqrt, subtract,
} from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import type { ModelDefinition } from '@palimpsest/layers';
import type { Optimiser, OptimiserPlan } from '../optimiser/optimiser.js';
import { plainly } from './reading.js';
import type { Reading } from './reading.js';
import { writeOutShortNorms } from './short-norms.js';

export interface StepPlan {
  readonly model: ModelDefinition;
  readonly rows: number;
  readonly length: number;
  /** Pieces that the rows are cut into, one after the other, so that activations stay in the cache. Divides `rows`. */
  readonly microbatches: number;
  /** How the model reads a batch's tokens; plainly when absent. */
  readonly reading?: Reading;
  readonly optimiser: OptimiserPlan;
  /** Largest norm of the whole gradient. */
  readonly clipNorm: number;
  /** Whether a moving average of the weights is kept beside them. */
  readonly averaged: boolean;
}

/** What the loss and its gradient depend on. */
export type LossPlan = Pick<StepPlan, 'model' | 'rows' | 'length' | 'microbatches' | 'reading'>;

/** Name of the tensor that a rule remembers for a parameter. */
export const slotName = (slot: string, parameterName: string): string => `${slot}:${parameterName}`;
export const averageName = (parameterName: string): string => slotName('average', parameterName);

interface Data {
  readonly tokens: Value;
  readonly targets: Value;
  readonly weights: Value;
}

/** Graph inputs of a step's data: tokens int64 [rows, copies · length], targets int64 and weights float32 [rows, length]. */
const data = ({ rows, length, reading = plainly }: LossPlan): Data => ({
  tokens: input('tokens', [rows, reading.copies * length], 'int64'),
  targets: input('targets', [rows, length], 'int64'),
  weights: input('weights', [rows, length]),
});

/** Sum of weight × cross entropy over rows `start` to `end`. */
function lossOfRows({ model, length, reading = plainly }: LossPlan, batch: Data, start: number, end: number): Value {
  const cells = (end - start) * length;
  const part = (value: Value): Value => slice(value, 0, start, end);
  const hidden = reshape(reading.hidden(model, part(batch.tokens)), [cells, model.width]);
  const logProbabilities = gatherElements(logSoftmax(model.head(hidden)), reshape(part(batch.targets), [cells, 1]), 1);
  return negate(reduceSum(multiply(logProbabilities, reshape(part(batch.weights), [cells, 1]))));
}

/** The loss alone, for held-out data: inputs are the parameters and one batch. */
export function buildLoss(plan: LossPlan): Value {
  const batch = data(plan);
  const size = plan.rows / plan.microbatches;
  return Array.from({ length: plan.microbatches }, (_, i) => lossOfRows(plan, batch, i * size, (i + 1) * size)).reduce((sum, loss) => add(sum, loss));
}

/** The loss and the gradient of every parameter, summed over the microbatches. */
export function buildGradients(plan: LossPlan): { readonly loss: Value; readonly gradients: readonly Value[] } {
  const batch = data(plan);
  const size = plan.rows / plan.microbatches;
  const parameters = plan.model.parameters.map(({ value }) => value);
  const parts = Array.from({ length: plan.microbatches }, (_, i) => {
    const loss = lossOfRows(plan, batch, i * size, (i + 1) * size);
    return { loss, gradients: gradients(loss, parameters) };
  });
  return parts.reduce((sum, part) => ({ loss: add(sum.loss, part.loss), gradients: sum.gradients.map((gradient, i) => add(gradient, part.gradients[i]!)) }));
}

const scalarName = (role: string, name: string): string => `scalar.${role}.${name}`;

/** What changes from step to step besides data and state, by graph input. */
export function stepScalars(optimiser: OptimiserPlan, step: number, factor: number, averageDecay?: number): Readonly<Record<string, number>> {
  const own = Object.entries(optimiser).flatMap(([role, rule]: [string, Optimiser]) =>
    Object.entries(rule.scalars(step)).map(([name, value]) => [scalarName(role, name), value] as const));
  return { ...Object.fromEntries(own), factor, ...(averageDecay !== undefined && { averageDecay }) };
}

/** The factor, at most 1, that brings a gradient down to its largest norm. */
const clipping = (clipNorm: number, norm: Value): Value => minimum(divide(clipNorm, add(norm, 1e-6)), 1);

/**
 * The whole step as one graph: forward, backward, clipping by the global norm, update, moving average of the weights.
 * In go parameters, slots and averages under their names, the batch and the scalars; out come the same tensors, renewed,
 * with `loss` and `gradientNorm` (before clipping).
 */
export function buildStep(plan: StepPlan): Readonly<Record<string, Value>> {
  const { model, optimiser, clipNorm, averaged } = plan;
  const { loss, gradients: raw } = buildGradients(plan);
  const gradientNorm = sqrt(raw.map((gradient) => reduceSum(multiply(gradient, gradient))).reduce((sum, square) => add(sum, square)));
  const clip = clipping(clipNorm, gradientNorm);
  const factor = input('factor', []);
  const outputs: Record<string, Value> = { loss, gradientNorm };
  model.parameters.forEach((declaration, i) => {
    const { name, shape, role, value } = declaration;
    const rule = optimiser[role];
    const slots = Object.fromEntries(rule.slots.map((slot) => [slot, input(slotName(slot, name), shape)]));
    const scalars = Object.fromEntries(Object.keys(rule.scalars(1)).map((scalar) => [scalar, input(scalarName(role, scalar), [])]));
    const updated = rule.update({ declaration, parameter: value, gradient: (times) => multiply(raw[i]!, multiply(clip, times)), slots, scalars, factor });
    outputs[updatedName(name)] = updated.parameter;
    for (const [slot, tensor] of Object.entries(updated.slots)) outputs[updatedName(slotName(slot, name))] = tensor;
    if (averaged) outputs[updatedName(averageName(name))] = averageOf(input(averageName(name), shape), updated.parameter);
  });
  return writeOutShortNorms(outputs);
}

function averageOf(average: Value, parameter: Value): Value {
  const decay = input('averageDecay', []);
  return add(multiply(average, decay), multiply(parameter, subtract(1, decay)));
}

/** Graph output that renews a tensor of the state: inputs and outputs of a graph may not share a name. */
export const updatedName = (tensor: string): string => `next ${tensor}`;
