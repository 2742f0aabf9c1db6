import { blockCausal } from '@palimpsest/backbone';
import { blockDiffusion, train } from '@palimpsest/training';
import type { Stage, TrainingPlan } from '@palimpsest/training';
import { liveSessions } from '@palimpsest/runtime';
import { describe, expect, test } from 'vitest';
import { run, temporaryFolder, tinyModel, tinyPlan } from './tiny.js';

/** The tiny model in blocks of `blockSize`, and its objective. */
function inBlocks(blockSize: number): Omit<Stage, 'until'> {
  return { model: tinyModel({ layers: 1, visibility: blockCausal(blockSize) }), objective: blockDiffusion({ maskId: 16, seed: 4, prediction: 'next', blockSize, keep: 1 }) };
}

const lengthOfRows = { rows: 4, length: 4 };
const rowsOfFour: TrainingPlan['data'] = (step) => ({ ...lengthOfRows, tokens: Int32Array.from({ length: 16 }, (_, i) => (i * i + 3 * step) % 16), lengths: new Int32Array(4).fill(4) });
const planOf = async (overrides: Partial<TrainingPlan>): Promise<TrainingPlan> => tinyPlan({ ...inBlocks(4), ...lengthOfRows, data: rowsOfFour, stepsPerCall: 3, ...overrides });
const stages: readonly Stage[] = [{ until: 2, ...inBlocks(1) }, { until: 4, ...inBlocks(2) }];

describe('stages of a run', () => {
  test('are what runs of one block size after the other give, bit for bit, each going on from the state of the one before', async () => {
    const folder = await temporaryFolder();
    for (const { until, ...own } of [...stages, { until: 7, ...inBlocks(4) }]) {
      const stop = new AbortController();
      for await (const event of train(await planOf({ ...own, stateFolder: folder, stepsPerCall: 1, signal: stop.signal }))) {
        if (event.type === 'step' && event.step === until && until < 7) stop.abort();
      }
    }
    const inTurn = await run(await planOf({ stateFolder: folder }));
    const staged = await run(await planOf({ stages }));
    const plain = await run(await planOf({}));
    expect([...staged.result.weights]).toEqual([...inTurn.result.weights]);
    expect([...staged.result.weights]).not.toEqual([...plain.result.weights]);
    expect(liveSessions()).toBe(0);
  });

  test('a run that is stopped within one goes on in it', async () => {
    const folder = await temporaryFolder();
    const stop = new AbortController();
    for await (const event of train(await planOf({ stages, stateFolder: folder, stepsPerCall: 1, signal: stop.signal }))) if (event.type === 'step' && event.step === 3) stop.abort();
    const resumed = await run(await planOf({ stages, stateFolder: folder }));
    expect(resumed.events[0]).toMatchObject({ type: 'start', step: 3, resumed: true });
    expect([...resumed.result.weights]).toEqual([...(await run(await planOf({ stages }))).result.weights]);
  });

  test('held-out losses are those of the last model and objective throughout', async () => {
    const evaluation = { every: 1, data: rowsOfFour, batches: 2 };
    const frozen = { clipNorm: 1e-30, averageDecay: 0, schedule: { steps: 6, warmupSteps: 0, decaySteps: 6, final: 0 }, evaluation };
    const losses = async (overrides: Partial<TrainingPlan>): Promise<readonly number[]> =>
      (await run(await planOf({ ...frozen, ...overrides }))).events.flatMap((event) => (event.type === 'evaluation' ? [event.loss] : []));
    const [staged, plain] = [await losses({ stages }), await losses({})];
    expect(staged).toEqual(plain);
    expect(new Set(staged).size).toBe(1);
  });

  test('what is refused', async () => {
    const failing = async (wrong: readonly Stage[]): Promise<string> => run(await planOf({ stages: wrong })).then(() => 'nothing', String);
    expect(await failing([{ until: 2.5, ...inBlocks(1) }])).toContain('train: stages[0].until: expected an integer above 0; got 2.5');
    expect(await failing([{ until: 3, ...inBlocks(1) }, { until: 3, ...inBlocks(2) }])).toContain('train: stages[1].until: expected an integer above 3; got 3');
    expect(await failing([{ until: 2, ...inBlocks(1), model: tinyModel({ layers: 2 }) }])).toMatch(/train: stages\[0\]\.model: expected the parameters of the plan's model; got \S+ \[/);
  });
});
