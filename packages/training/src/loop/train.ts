import { warmupDecay } from '../learning-rate/warmup-decay.js';
import { averagedWeights, initialTensors } from '../state/state.js';
import type { StateTensor } from '../state/state.js';
import { loadState, saveState } from '../state/store.js';
import type { TrainingEvent } from './event.js';
import { checkPlan, keepingOf, stageAfter } from './plan.js';
import type { Keeping, TrainingPlan } from './plan.js';
import { openTraining } from './training-session.js';

export interface TrainingResult {
  readonly step: number;
  readonly tokensSeen: number;
  readonly seconds: number;
  /** By parameter; the moving averages where the plan keeps them. */
  readonly weights: ReadonlyMap<string, StateTensor>;
}

/** Steps from `step` to the next one at which something else is to be done. */
function stepsAhead(plan: TrainingPlan, step: number): number {
  const { saveEvery = Infinity, evaluation, sample, stepsPerCall = 4, schedule } = plan;
  const stops = [saveEvery, evaluation?.every ?? Infinity, sample?.every ?? Infinity].map((every) => every - (step % every));
  return Math.min(stepsPerCall, schedule.steps - step, stageAfter(plan, step).until - step, ...stops);
}

/**
 * Trains from the latest saved state, or from the start. Data, masks and rates are functions of the step alone, so a run
 * that was killed anywhere and goes on gives the same weights, bit for bit, as one that was not.
 * @throws PalimpsestError when the plan does not hold together, the state is of another run, or a loss is not a number.
 */
export async function* train(plan: TrainingPlan): AsyncGenerator<TrainingEvent, TrainingResult, void> {
  checkPlan(plan);
  const { model, schedule, clock, evaluation, sample } = plan;
  const keeping = keepingOf(plan);
  const saved = keeping && await loadState(keeping.folder, keeping.identity);
  let tensors = saved?.tensors ?? initialTensors({ ...plan, averaged: plan.averageDecay !== undefined }, plan.seed, plan.start);
  const firstStep = saved?.step ?? 0;
  let step = firstStep;
  let savedStep = firstStep;
  const tokensPerStep = plan.rows * plan.length;
  const parameters = model.parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  await using session = await openTraining(plan, step);
  const began = clock();
  const seconds = (): number => (saved?.seconds ?? 0) + (clock() - began) / 1000;
  const due = (every: number): boolean => step % every === 0 || step === schedule.steps;
  const save = async ({ folder, identity }: Keeping): Promise<TrainingEvent> => {
    await saveState(folder, { step, tokensSeen: step * tokensPerStep, seconds: seconds(), identity }, tensors);
    savedStep = step;
    return { type: 'save', step };
  };

  yield { type: 'start', step, steps: schedule.steps, parameters, tokensPerStep, resumed: saved !== undefined };
  while (step < schedule.steps && !plan.signal?.aborted) {
    const { tensors: renewed, measured } = await session.advance(tensors, step, stepsAhead(plan, step));
    tensors = renewed;
    const perStep = (clock() - began) / (step + measured.length - firstStep);
    for (const { loss, gradientNorm } of measured) {
      step += 1;
      yield {
        type: 'step', step, loss, gradientNorm, learningRateFactor: warmupDecay(step, schedule), tokensSeen: step * tokensPerStep,
        tokensPerSecond: (1000 * tokensPerStep) / perStep, secondsLeft: ((schedule.steps - step) * perStep) / 1000,
      };
    }
    if (keeping !== undefined && due(keeping.every)) yield await save(keeping);
    if (evaluation !== undefined && due(evaluation.every)) yield { type: 'evaluation', step, loss: await session.heldOutLoss!(averagedWeights(model, tensors)) };
    if (sample !== undefined && due(sample.every)) yield { type: 'sample', step, text: await sample.write(averagedWeights(model, tensors), step) };
  }
  if (keeping !== undefined && step > savedStep) yield await save(keeping);
  const reason = step < schedule.steps ? 'aborted' : 'steps';
  yield { type: 'finish', step, reason, tokensSeen: step * tokensPerStep, seconds: seconds() };
  return { step, tokensSeen: step * tokensPerStep, seconds: seconds(), weights: averagedWeights(model, tensors) };
}
