import type { Clock } from '@palimpsest/backbone';
import { PalimpsestError } from '@palimpsest/backbone';
import type { ModelDefinition } from '@palimpsest/layers';
import type { RowSource } from '../data/rows.js';
import type { WarmupDecay } from '../learning-rate/warmup-decay.js';
import type { Objective } from '../objective/batch.js';
import type { OptimiserPlan } from '../optimiser/optimiser.js';
import type { StateTensor } from '../state/state.js';

/** Everything that a run is. What decides its course belongs into `identity`, too. */
export interface TrainingPlan {
  readonly model: ModelDefinition;
  readonly objective: Objective;
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
export function checkPlan({ rows, length, microbatches, stepsPerCall = 1, saveEvery, schedule, evaluation, sample, model }: TrainingPlan): void {
  const counts = {
    rows, length, microbatches, stepsPerCall, ...(saveEvery !== undefined && { saveEvery }), 'schedule.steps': schedule.steps,
    ...(evaluation && { 'evaluation.every': evaluation.every, 'evaluation.batches': evaluation.batches }), ...(sample && { 'sample.every': sample.every }),
  };
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 1) throw new PalimpsestError({ where: `train: ${name}`, expected: 'an integer from 1 on', got: `${count}` });
  }
  if (rows % microbatches !== 0) throw new PalimpsestError({ where: 'train: microbatches', expected: `a divisor of ${rows} rows`, got: `${microbatches}` });
  if (length > model.maximumLength) throw new PalimpsestError({ where: 'train: length', expected: `at most the model's ${model.maximumLength}`, got: `${length}` });
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
