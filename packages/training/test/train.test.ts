import { loadState, maskedDiffusion, train } from '@palimpsest/training';
import type { TrainingEvent, TrainingPlan, TrainingResult } from '@palimpsest/training';
import { liveSessions } from '@palimpsest/runtime';
import { describe, expect, test } from 'vitest';
import { run, temporaryFolder, tinyModel, tinyPlan } from './tiny.js';

type EventOf<Type extends TrainingEvent['type']> = Extract<TrainingEvent, { readonly type: Type }>;
const only = <Type extends TrainingEvent['type']>(events: readonly TrainingEvent[], type: Type): readonly EventOf<Type>[] =>
  events.filter((event): event is EventOf<Type> => event.type === type);
const weightsOf = ({ weights }: TrainingResult): Readonly<Record<string, readonly number[]>> =>
  Object.fromEntries([...weights].map(([name, { data }]) => [name, [...data]]));

describe('the events of a run', () => {
  test('come in order, with what is due after each step', async () => {
    const plan = await tinyPlan();
    const { events } = await run({
      ...plan, evaluation: { every: 4, data: plan.data, batches: 2 }, sample: { every: 5, write: (weights, step) => Promise.resolve(`${weights.size} tensors at ${step}`) },
    });
    const told = events.map((event) => `${event.type} ${event.step}`);
    expect(told).toEqual([
      'start 0', 'step 1', 'step 2', 'step 3', 'save 3', 'step 4', 'evaluation 4', 'step 5', 'sample 5', 'step 6', 'save 6', 'step 7', 'save 7', 'evaluation 7', 'sample 7', 'finish 7',
    ]);
    expect(only(events, 'start')[0]).toEqual({
      type: 'start', step: 0, steps: 7, parameters: plan.model.parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0), tokensPerStep: 20, resumed: false,
    });
    expect(only(events, 'step').map(({ learningRateFactor }) => learningRateFactor)).toEqual([0.5, 1, 1, 1, 2 / 3, 1 / 3, 0]);
    expect(only(events, 'step').map(({ tokensSeen }) => tokensSeen)).toEqual([20, 40, 60, 80, 100, 120, 140]);
    expect(only(events, 'sample')[0]!.text).toBe(`${plan.model.parameters.length} tensors at 5`);
    expect(only(events, 'finish')[0]).toMatchObject({ reason: 'steps', tokensSeen: 140 });
    expect(liveSessions()).toBe(0);
  });

  test('speed and time left come from the clock', async () => {
    let now = 1000;
    const data = (await tinyPlan()).data;
    const slow = (step: number): ReturnType<typeof data> => {
      now += 250; // milliseconds to a step of 20 tokens
      return data(step);
    };
    const { events } = await run(await tinyPlan({ data: slow, clock: () => now, saveEvery: 100 }));
    expect(only(events, 'step').map(({ tokensPerSecond }) => tokensPerSecond)).toEqual(new Array(7).fill(80));
    expect(only(events, 'step').map(({ secondsLeft }) => secondsLeft)).toEqual([1.5, 1.25, 1, 0.75, 0.5, 0.25, 0]);
    expect(only(events, 'finish')[0]!.seconds).toBe(1.75);
  });

  test('evaluation uses the moving averages, on the same batches each time', async () => {
    const plan = await tinyPlan({ objective: maskedDiffusion({ maskId: 16, seed: 4, prediction: 'next', keep: 1 }) });
    const frozen = { ...plan, averageDecay: 0, schedule: { steps: 8, warmupSteps: 0, decaySteps: 8, final: 0 }, clipNorm: 1e-30 };
    const { events } = await run({ ...frozen, evaluation: { every: 2, data: plan.data, batches: 3 } });
    const losses = only(events, 'evaluation').map(({ loss }) => loss);
    expect(new Set(losses).size).toBe(1);
    expect(new Set(only(events, 'step').map(({ loss }) => loss)).size).toBe(8);
  });
});

describe('the same weights, bit for bit', () => {
  test('however many steps go to one call', async () => {
    const results = await Promise.all([1, 3, 7].map(async (stepsPerCall) => run(await tinyPlan({ stepsPerCall }))));
    for (const { result, events } of results) {
      expect(weightsOf(result)).toEqual(weightsOf(results[0]!.result));
      expect(only(events, 'step').map(({ loss }) => loss)).toEqual(only(results[0]!.events, 'step').map(({ loss }) => loss));
    }
  });

  test('when a run is stopped and goes on from its folder', async () => {
    const whole = await run(await tinyPlan());
    const stop = new AbortController();
    const plan = await tinyPlan({ signal: stop.signal, stepsPerCall: 2 });
    const training = train(plan);
    for await (const event of training) if (event.type === 'step' && event.step === 4) stop.abort();
    const resumed = await run({ ...(await tinyPlan()), stateFolder: plan.stateFolder });
    expect(resumed.events[0]).toMatchObject({ type: 'start', step: 5, resumed: true }); // 3, saved, and one call of two
    expect(weightsOf(resumed.result)).toEqual(weightsOf(whole.result));
    expect(resumed.result.tokensSeen).toBe(140);
    const again = await run({ ...(await tinyPlan()), stateFolder: plan.stateFolder });
    expect(again.events.map(({ type }) => type)).toEqual(['start', 'finish']);
    expect(weightsOf(again.result)).toEqual(weightsOf(whole.result));
  });

  test('but not from another seed', async () => {
    const [one, other] = [await run(await tinyPlan()), await run(await tinyPlan({ seed: 2 }))];
    expect(weightsOf(one.result)).not.toEqual(weightsOf(other.result));
  });
});

test('without a moving average the weights themselves come out, and nothing more is saved', async () => {
  const { averageDecay: _, ...plan } = await tinyPlan();
  const { result } = await run(plan);
  expect(weightsOf(result)).toEqual(weightsOf((await run(await tinyPlan({ averageDecay: 0 }))).result)); // an average of the last alone
  const { tensors } = (await loadState(plan.stateFolder, 'tiny'))!;
  expect([...tensors.keys()].filter((name) => name.startsWith('average:'))).toEqual([]);
  expect(tensors.size).toBe(3 * plan.model.parameters.length);
});

test('given weights are where it starts', async () => {
  const { result } = await run(await tinyPlan());
  const frozen = { clipNorm: 1e-30, schedule: { steps: 1, warmupSteps: 0, decaySteps: 1 }, averageDecay: 0 };
  const { result: same } = await run(await tinyPlan({ ...frozen, start: result.weights }));
  expect(weightsOf(same)).toEqual(weightsOf(result));
});

describe('what goes wrong', () => {
  const failing = async (overrides: Partial<TrainingPlan>): Promise<unknown> => run(await tinyPlan(overrides)).then(() => 'nothing', (error: unknown) => String(error));

  test('a loss that is not a number ends the run and leaves the last state that was saved', async () => {
    const good = await tinyPlan();
    let poisoned = false;
    const objective: TrainingPlan['objective'] = {
      name: 'next-token', batch: (rows, step) => {
        const batch = good.objective.batch(rows, step);
        poisoned ||= step === 5;
        return step === 5 ? { ...batch, weights: batch.weights.map(() => Number.NaN) } : batch;
      },
    };
    await expect(run({ ...good, objective })).rejects.toThrow('training step 5: expected a finite loss and gradient; got loss NaN, gradient norm NaN. Lower the learning rate. The last saved state is whole.');
    expect(poisoned).toBe(true);
    const saved = await loadState(good.stateFolder, 'tiny');
    expect(saved!.step).toBe(3);
    for (const { data } of saved!.tensors.values()) expect(data.every(Number.isFinite)).toBe(true);
    const resumed = await run(good);
    expect(weightsOf(resumed.result)).toEqual(weightsOf((await run(await tinyPlan())).result));
    expect(liveSessions()).toBe(0);
  });

  test('a state of another run is refused', async () => {
    const plan = await tinyPlan();
    await run(plan);
    await expect(run({ ...plan, identity: 'other' })).rejects.toThrow(`${plan.stateFolder}: expected a state of this run; got step-00000007 of another run. Train into another folder, or remove this one to start again.`);
  });

  test.each<[string, Partial<TrainingPlan>, string]>([
    ['microbatches that do not divide', { microbatches: 3 }, 'train: microbatches: expected a divisor of 4 rows; got 3.'],
    ['no steps', { schedule: { steps: 0, warmupSteps: 0, decaySteps: 0 } }, 'train: schedule.steps: expected an integer from 1 on; got 0.'],
    ['rows longer than the model', { model: tinyModel({ maximumLength: 4 }) }, "train: length: expected at most the model's 4; got 5."],
    ['rows of another size', { rows: 2 }, 'training data, step 1: expected 2 rows of 5 tokens; got 4 of 5.'],
    ['ids outside the vocabulary', { model: tinyModel({ vocabularySize: 9 }) }, "expected token ids from 0 to 8; got 16. Is this the model's tokenizer?"],
    ['weights of another shape', { start: new Map([['model.norm.weight', { shape: [3], data: new Float32Array(3) }]]) }, 'train: start, model.norm.weight: expected [12]; got [3].'],
  ])('%s', async (_, overrides, message) => {
    expect(await failing(overrides)).toContain(message);
    expect(liveSessions()).toBe(0);
  });

  test('nothing is written before the first save', async () => {
    const stateFolder = await temporaryFolder();
    await failing({ stateFolder, model: tinyModel({ vocabularySize: 9 }) });
    expect(await loadState(stateFolder, 'tiny')).toBeUndefined();
  });
});
