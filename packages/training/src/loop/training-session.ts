import { PalimpsestError } from '@palimpsest/backbone';
import { repeatOnnx, writeOnnx } from '@palimpsest/graph';
import { openSession } from '@palimpsest/runtime';
import type { HostTensor } from '@palimpsest/runtime';
import type { RowSource } from '../data/rows.js';
import { warmupDecay } from '../learning-rate/warmup-decay.js';
import type { Batch } from '../objective/batch.js';
import { stateNames } from '../state/state.js';
import type { StateTensor, TrainingTensors } from '../state/state.js';
import { buildLoss, buildStep, stepScalars, updatedName } from '../step/build-step.js';
import type { LossPlan } from '../step/build-step.js';
import { stageAfter } from './plan.js';
import type { HeldOut, Stage, TrainingPlan } from './plan.js';

/** What some steps in a row gave. */
export interface Advance {
  readonly tensors: TrainingTensors;
  /** Of each step: loss before its update, and norm of the gradient before clipping. */
  readonly measured: readonly { readonly loss: number; readonly gradientNorm: number }[];
}

/** The graph of a run's steps, open. */
export interface Steps extends AsyncDisposable {
  /**
   * Takes `count` steps after step number `step`, all of one stage.
   * @throws PalimpsestError when a loss or gradient is not a number: `tensors` stay as they are.
   */
  readonly advance: (tensors: TrainingTensors, step: number, count: number) => Promise<Advance>;
}

/** The graphs of a run, open. */
export interface TrainingSession extends Steps {
  /** Absent where the plan does not evaluate. */
  readonly heldOutLoss?: HeldOutLoss;
}

type HeldOutLoss = (weights: ReadonlyMap<string, StateTensor>) => Promise<number>;

/** Masks of held-out batches are drawn as for steps that no run comes to. */
const heldOutStep = 2 ** 28;

const floats = (shape: readonly number[], data: Float32Array): HostTensor => ({ type: 'float32', shape, data });
const feedsOf = (tensors: ReadonlyMap<string, StateTensor>): Record<string, HostTensor> =>
  Object.fromEntries([...tensors].map(([name, { shape, data }]) => [name, floats(shape, data)]));

/** Batches of equal size, one after the other: [count, rows, length], or one alone: [rows, length]. */
function batchFeeds(batches: readonly Batch[], shape: readonly number[]): Record<string, HostTensor> {
  const joined = <T>(of: (batch: Batch) => Iterable<T>): T[] => batches.flatMap((batch) => [...of(batch)]);
  const integers = (of: (batch: Batch) => Int32Array): HostTensor => {
    const data = BigInt64Array.from(joined(of), BigInt);
    const before = shape.slice(0, -1);
    return { type: 'int64', shape: [...before, data.length / before.reduce((product, size) => product * size, 1)], data }; // tokens may be several copies
  };
  return { tokens: integers(({ tokens }) => tokens), targets: integers(({ targets }) => targets), weights: floats(shape, Float32Array.from(joined(({ weights }) => weights))) };
}

/** @throws PalimpsestError where the data gives rows of another size, or ids that the model does not know. */
function batchAt({ objective, rows, length, model: { vocabularySize } }: TrainingPlan, data: RowSource, index: number, step: number): Batch {
  const given = data(index);
  const where = `training data, step ${index}`;
  if (given.rows !== rows || given.length !== length) {
    throw new PalimpsestError({ where, expected: `${rows} rows of ${length} tokens`, got: `${given.rows} of ${given.length}` });
  }
  const stranger = given.tokens.find((id) => id < 0 || id >= vocabularySize);
  if (stranger !== undefined) {
    throw new PalimpsestError({ where, expected: `token ids from 0 to ${vocabularySize - 1}`, got: `${stranger}`, hint: "Is this the model's tokenizer?" });
  }
  return objective.batch(given, step);
}

function expectNumbers(step: number, { loss, gradientNorm }: Advance['measured'][number]): void {
  if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) return;
  throw new PalimpsestError({
    where: `training step ${step}`, expected: 'a finite loss and gradient', got: `loss ${loss}, gradient norm ${gradientNorm}`,
    hint: 'Lower the learning rate. The last saved state is whole.',
  });
}

const inputs = (): 'input' => 'input';

/** How the plan's objective wants its batches read. */
const lossOf = ({ model, rows, length, microbatches, objective: { reading } }: TrainingPlan): LossPlan => ({ model, rows, length, microbatches, ...(reading && { reading }) });

/** The loss of the plan's held-out batches, averaged. */
async function openHeldOut(plan: TrainingPlan, { data, batches }: HeldOut): Promise<AsyncDisposable & { readonly heldOutLoss: HeldOutLoss }> {
  const session = await openSession(writeOnnx({ outputs: { loss: buildLoss(lossOf(plan)) }, storage: inputs }), { threads: plan.threads });
  return {
    heldOutLoss: async (weights) => {
      let sum = 0;
      for (let i = 0; i < batches; i++) {
        const feeds = { ...feedsOf(weights), ...batchFeeds([batchAt(plan, data, i, heldOutStep + i)], [plan.rows, plan.length]) };
        sum += Number((await session.run(feeds))['loss']!.data[0]);
      }
      return sum / batches;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Opens the step as a graph that repeats itself. */
async function openSteps(plan: TrainingPlan): Promise<Steps> {
  const { model, optimiser, schedule, rows, length, averageDecay } = plan;
  const built = { ...lossOf(plan), optimiser, clipNorm: plan.clipNorm, averaged: averageDecay !== undefined };
  const carried = Object.fromEntries(model.parameters.flatMap((parameter) => stateNames(parameter, built)).map((name) => [name, updatedName(name)]));
  const session = await openSession(repeatOnnx(writeOnnx({ outputs: buildStep(built), storage: inputs }), carried), { threads: plan.threads });
  return {
    advance: async (tensors, step, count) => {
      const numbers = Array.from({ length: count }, (_, i) => step + 1 + i);
      const scalars = numbers.map((at) => stepScalars(optimiser, at, warmupDecay(at, schedule), averageDecay && Math.min(averageDecay, (1 + at) / (10 + at))));
      const results = await session.run({
        turns: { type: 'int64', shape: [], data: BigInt64Array.of(BigInt(count)) },
        ...feedsOf(tensors),
        ...Object.fromEntries(Object.keys(scalars[0]!).map((name) => [name, floats([count], Float32Array.from(scalars, (of) => of[name]!))])),
        ...batchFeeds(numbers.map((at) => batchAt(plan, plan.data, at, at)), [count, rows, length]),
      });
      const measured = numbers.map((_, i) => ({ loss: Number(results['loss']!.data[i]), gradientNorm: Number(results['gradientNorm']!.data[i]) }));
      measured.forEach((of, i) => { expectNumbers(numbers[i]!, of); });
      const renewed = (name: string): Float32Array => results[updatedName(name)]!.data as Float32Array; // float32 in, float32 out
      return { tensors: new Map([...tensors].map(([name, { shape }]) => [name, { shape, data: renewed(name) }])), measured };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** The steps of one stage at a time, and beside them the loss alone where the plan evaluates: that of its own model, whatever the stage. The run goes on after step `step`. */
export async function openTraining(plan: TrainingPlan, step: number): Promise<TrainingSession> {
  const heldOut = plan.evaluation && await openHeldOut(plan, plan.evaluation);
  let open: { readonly until: number; readonly steps: Steps } | undefined;
  const stepsOf = async ({ until, model, objective }: Stage): Promise<Steps> => {
    if (open?.until === until) return open.steps;
    await open?.steps[Symbol.asyncDispose]();
    open = undefined; // closed, should the next line fail
    open = { until, steps: await openSteps({ ...plan, model, objective }) };
    return open.steps;
  };
  await stepsOf(stageAfter(plan, step)); // what no graph can be made of shows before the first step
  return {
    ...(heldOut && { heldOutLoss: heldOut.heldOutLoss }),
    advance: async (tensors, at, count) => (await stepsOf(stageAfter(plan, at))).advance(tensors, at, count),
    [Symbol.asyncDispose]: async () => {
      await open?.steps[Symbol.asyncDispose]();
      await heldOut?.[Symbol.asyncDispose]();
    },
  };
}
