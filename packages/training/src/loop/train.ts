import type { Clock } from '@palimpsest/backbone';
import { PalimpsestError } from '@palimpsest/backbone';
import { writeOnnx } from '@palimpsest/graph';
import type { ModelDefinition } from '@palimpsest/layers';
import { openSession } from '@palimpsest/runtime';
import type { GraphSession, HostTensor } from '@palimpsest/runtime';
import type { RowSource } from '../data/rows.js';
import { warmupDecay } from '../learning-rate/warmup-decay.js';
import type { WarmupDecay } from '../learning-rate/warmup-decay.js';
import type { Batch, Objective } from '../objective/batch.js';
import type { OptimiserPlan } from '../optimiser/optimiser.js';
import { averagedWeights, initialTensors } from '../state/state.js';
import type { StateTensor, TrainingTensors } from '../state/state.js';
import { loadState, saveState } from '../state/store.js';
import { buildLoss, buildStep, stepScalars, updatedName } from '../step/build-step.js';
import type { TrainingEvent } from './event.js';

export interface TrainingPlan {
  readonly model: ModelDefinition;
  readonly objective: Objective;
  readonly data: RowSource;
  readonly rows: number;
  readonly length: number;
  readonly microbatches: number;
  readonly optimiser: OptimiserPlan;
  readonly schedule: WarmupDecay;
  readonly clipNorm: number;
  /** Of the moving average of weights, once warm: min(decay, (1 + step) / (10 + step)). */
  readonly averageDecay: number;
  readonly seed: number;
  readonly threads: number;
  /** Weights to start from, by parameter; the rest is drawn. */
  readonly start?: ReadonlyMap<string, StateTensor>;
  /** Describes the run; states of runs described otherwise are refused. */
  readonly identity: string;
  readonly stateFolder: string;
  readonly saveEvery: number;
  readonly evaluation?: { readonly every: number; readonly data: RowSource; readonly batches: number };
  readonly sample?: { readonly every: number; readonly write: (weights: ReadonlyMap<string, StateTensor>, step: number) => Promise<string> };
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

export interface TrainingResult {
  readonly step: number;
  readonly tokensSeen: number;
  readonly seconds: number;
  /** Moving averages, by parameter. */
  readonly weights: ReadonlyMap<string, StateTensor>;
}

/** Held-out batches are drawn at steps far from those that train. */
const heldOutStep = 2 ** 28;

const floats = ({ shape, data }: StateTensor): HostTensor => ({ type: 'float32', shape, data });
const integers = (shape: readonly number[], data: Int32Array): HostTensor => ({ type: 'int64', shape, data: BigInt64Array.from(data, BigInt) });

function feedBatch({ tokens, targets, weights }: Batch, rows: number, length: number): Record<string, HostTensor> {
  const shape = [rows, length];
  return { tokens: integers(shape, tokens), targets: integers(shape, targets), weights: { type: 'float32', shape, data: weights } };
}

const scalarOf = (tensor: HostTensor | undefined): number => Number(tensor!.data[0]);

async function openTraining(plan: TrainingPlan): Promise<{ readonly step: GraphSession; readonly loss: GraphSession }> {
  const write = (outputs: Parameters<typeof writeOnnx>[0]['outputs']): Uint8Array => writeOnnx({ outputs, storage: () => 'input' });
  const step = await openSession(write(buildStep(plan)), { threads: plan.threads });
  const loss = await openSession(write({ loss: buildLoss(plan) }), { threads: plan.threads });
  return { step, loss };
}

async function heldOutLoss(session: GraphSession, plan: TrainingPlan, weights: ReadonlyMap<string, StateTensor>, evaluation: NonNullable<TrainingPlan['evaluation']>): Promise<number> {
  const parameters = Object.fromEntries([...weights].map(([name, tensor]) => [name, floats(tensor)]));
  let sum = 0;
  for (let i = 0; i < evaluation.batches; i++) {
    const batch = plan.objective.batch(evaluation.data(i), heldOutStep + i);
    sum += scalarOf((await session.run({ ...parameters, ...feedBatch(batch, plan.rows, plan.length) }))['loss']);
  }
  return sum / evaluation.batches;
}

/** The renewed state, and what the step measured. @throws PalimpsestError when the loss is not a number: the state before stays. */
async function takeStep(session: GraphSession, plan: TrainingPlan, tensors: TrainingTensors, step: number): Promise<{ readonly tensors: TrainingTensors; readonly loss: number; readonly gradientNorm: number }> {
  const factor = warmupDecay(step, plan.schedule);
  const averageDecay = Math.min(plan.averageDecay, (1 + step) / (10 + step));
  const scalars = Object.entries(stepScalars(plan.optimiser, step, factor, averageDecay));
  const results = await session.run({
    ...Object.fromEntries([...tensors].map(([name, tensor]) => [name, floats(tensor)])),
    ...Object.fromEntries(scalars.map(([name, value]) => [name, { type: 'float32', shape: [], data: Float32Array.of(value) } as const])),
    ...feedBatch(plan.objective.batch(plan.data(step), step), plan.rows, plan.length),
  });
  const loss = scalarOf(results['loss']);
  const gradientNorm = scalarOf(results['gradientNorm']);
  if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
    throw new PalimpsestError({ where: `training step ${step}`, expected: 'a finite loss and gradient', got: `loss ${loss}, gradient norm ${gradientNorm}`, hint: 'Lower the learning rate. The last saved state is whole.' });
  }
  const renewed = new Map([...tensors].map(([name, { shape }]) => [name, { shape, data: results[updatedName(name)]!.data as Float32Array }])); // same type in and out
  return { tensors: renewed, loss, gradientNorm };
}

/**
 * Trains from the latest saved state, or from the start. Data, masks and rates are functions of the step alone, so a run
 * that was killed anywhere and goes on gives the same weights, bit for bit, as one that was not.
 */
export async function* train(plan: TrainingPlan): AsyncGenerator<TrainingEvent, TrainingResult, void> {
  const { model, schedule, clock, evaluation, sample, stateFolder } = plan;
  if (plan.rows % plan.microbatches !== 0) {
    throw new PalimpsestError({ where: 'train: microbatches', expected: `a divisor of ${plan.rows} rows`, got: `${plan.microbatches}` });
  }
  const saved = await loadState(stateFolder, plan.identity);
  let tensors = saved?.tensors ?? initialTensors(model, plan.optimiser, plan.seed, plan.start);
  let step = saved?.step ?? 0;
  const tokensPerStep = plan.rows * plan.length;
  const parameters = model.parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  const firstStep = step;
  const sessions = await openTraining(plan);
  await using _step = sessions.step;
  await using _loss = sessions.loss;
  const began = clock();
  const seconds = (): number => (saved?.seconds ?? 0) + (clock() - began) / 1000;
  const save = (): Promise<void> => saveState(stateFolder, { step, tokensSeen: step * tokensPerStep, seconds: seconds(), identity: plan.identity }, tensors);
  yield { type: 'start', step, steps: schedule.steps, parameters, tokensPerStep, resumed: saved !== undefined };
  while (step < schedule.steps && !plan.signal?.aborted) {
    const result = await takeStep(sessions.step, plan, tensors, step + 1);
    step += 1;
    tensors = result.tensors;
    const perStep = (clock() - began) / (step - firstStep);
    yield {
      type: 'step', step, loss: result.loss, gradientNorm: result.gradientNorm, learningRateFactor: warmupDecay(step, schedule),
      tokensSeen: step * tokensPerStep, tokensPerSecond: (1000 * tokensPerStep) / perStep, secondsLeft: ((schedule.steps - step) * perStep) / 1000,
    };
    if (step % plan.saveEvery === 0 || step === schedule.steps) {
      await save();
      yield { type: 'save', step };
    }
    if (evaluation !== undefined && (step % evaluation.every === 0 || step === schedule.steps)) {
      yield { type: 'evaluation', step, loss: await heldOutLoss(sessions.loss, plan, averagedWeights(model, tensors), evaluation) };
    }
    if (sample !== undefined && (step % sample.every === 0 || step === schedule.steps)) {
      yield { type: 'sample', step, text: await sample.write(averagedWeights(model, tensors), step) };
    }
  }
  const reason = step < schedule.steps ? 'aborted' : 'steps';
  if (reason === 'aborted') {
    await save();
    yield { type: 'save', step };
  }
  yield { type: 'finish', step, reason, tokensSeen: step * tokensPerStep, seconds: seconds() };
  return { step, tokensSeen: step * tokensPerStep, seconds: seconds(), weights: averagedWeights(model, tensors) };
}
