import type { Clock } from '@palimpsest/backbone';
import { PalimpsestError } from '@palimpsest/backbone';
import type { ModelDefinition } from '@palimpsest/layers';
import type { RowSource } from '../data/rows.js';
import type { WarmupDecay } from '../learning-rate/warmup-decay.js';
import type { Objective } from '../objective/batch.js';
import type { OptimiserPlan } from '../optimiser/optimiser.js';
import type { StateTensor } from '../state/state.js';

/** Part of a run that has an objective of its own, say in smaller blocks. */
export interface Stage {
  /** Its last step. */
  readonly until: number;
  /** The parameters of the plan's model, seen otherwise: another visibility, for one. */
  readonly model: ModelDefinition;
  readonly objective: Objective;
}

/** Everything that a run is. What decides its course belongs into `identity`, too. */
export interface TrainingPlan {
  readonly model: ModelDefinition;
  readonly objective: Objective;
  /** What comes before, in order: a block-size warm-up, for one. Each step is one of the first stage that is not over, or of the plan's own model and objective. */
  readonly stages?: readonly Stage[];
  readonly data: RowSource;
  readonly rows: number;
  readonly length: number;
  /** Pieces that the rows of a step are cut into, so that activations stay in the cache; divides `rows`. */
  readonly microbatches: number;
  readonly optimiser: OptimiserPlan;
  readonly schedule: WarmupDecay;
  readonly clipNorm: number;
  /** Of the moving average of weights, once warm: min(decay, (1 + step) / (10 + step)). No average is kept when absent. */
  readonly averageDecay?: number;
  readonly seed: number;
  readonly threads: number;
  /** Steps to one call of the runtime, between which the state stays inside; 4 when absent. Does not change a single bit. */
  readonly stepsPerCall?: number;
  /** Weights to start from, by parameter; the rest is drawn. */
  readonly start?: ReadonlyMap<string, StateTensor>;
  /** Where the run goes on from and what it leaves; nothing is kept when absent, else the next two are there. */
  readonly stateFolder?: string;
  /** Describes the run; states of runs described otherwise are refused. */
  readonly identity?: string;
  readonly saveEvery?: number;
  readonly evaluation?: HeldOut;
  readonly sample?: { readonly every: number; readonly write: (weights: ReadonlyMap<string, StateTensor>, step: number) => Promise<string> };
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** Loss of the moving averages on data that is not trained on: the same batches, masks included, each time. */
export interface HeldOut {
  readonly every: number;
  readonly data: RowSource;
  readonly batches: number;
}

/** @throws PalimpsestError where numbers of the plan are no counts, or do not divide. */
export function checkPlan({ rows, length, microbatches, stepsPerCall = 1, saveEvery, schedule, evaluation, sample, model, stages = [] }: TrainingPlan): void {
  const counts = {
    rows, length, microbatches, stepsPerCall, ...(saveEvery !== undefined && { saveEvery }), 'schedule.steps': schedule.steps,
    ...(evaluation && { 'evaluation.every': evaluation.every, 'evaluation.batches': evaluation.batches }), ...(sample && { 'sample.every': sample.every }),
  };
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 1) throw new PalimpsestError({ where: `train: ${name}`, expected: 'an integer from 1 on', got: `${count}` });
  }
  if (rows % microbatches !== 0) throw new PalimpsestError({ where: 'train: microbatches', expected: `a divisor of ${rows} rows`, got: `${microbatches}` });
  for (const [i, { until, model: own }] of stages.entries()) {
    const before = stages[i - 1]?.until ?? 0;
    if (!Number.isInteger(until) || until <= before) throw new PalimpsestError({ where: `train: stages[${i}].until`, expected: `an integer above ${before}`, got: `${until}` });
    const strange = unlike(own, model);
    if (strange !== undefined) throw new PalimpsestError({ where: `train: stages[${i}].model`, expected: "the parameters of the plan's model", got: strange });
  }
  if (length > model.maximumLength) throw new PalimpsestError({ where: 'train: length', expected: `at most the model's ${model.maximumLength}`, got: `${length}` });
}

/** The first parameter in which two models differ. */
function unlike(own: ModelDefinition, model: ModelDefinition): string | undefined {
  const described = ({ parameters }: ModelDefinition): readonly string[] => parameters.map(({ name, shape }) => `${name} [${shape.join(', ')}]`);
  const [here, there] = [described(own), described(model)];
  const index = Array.from({ length: Math.max(here.length, there.length) }, (_, i) => i).find((i) => here[i] !== there[i]);
  return index === undefined ? undefined : here[index] ?? `no ${there[index]}`;
}

/** What the step after `step` is one of. */
export function stageAfter({ stages = [], schedule, model, objective }: TrainingPlan, step: number): Stage {
  return stages.find(({ until }) => step < until) ?? { until: schedule.steps, model, objective };
}

/** Where states are kept, what they are told by, and how often. */
export interface Keeping {
  readonly folder: string;
  readonly identity: string;
  readonly every: number;
}

/** @throws PalimpsestError where a state is to be kept that nothing tells from others'. */
export function keepingOf({ stateFolder: folder, identity, saveEvery: every }: TrainingPlan): Keeping | undefined {
  if (folder === undefined) return undefined;
  if (identity === undefined || every === undefined) throw new PalimpsestError({ where: 'train: stateFolder', expected: 'identity and saveEvery beside it', got: identity === undefined ? 'no identity' : 'no saveEvery' });
  return { folder, identity, every };
}
