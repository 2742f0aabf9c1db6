import { signal } from '@preact/signals';
import { afterEach, expect, test, vi } from 'vitest';
import type { ModelListing } from '../src/protocol/model.js';
import { fetchModels } from '../src/page/client.js';
import { createLane, type Lane } from '../src/page/lane.js';
import { createStage, type Stage } from '../src/page/stage.js';
import { count, plainText } from '../src/recording/counters.js';
import { duration, latest } from '../src/recording/recording.js';
import { openPlayground, until, type Playground } from './playground.js';

afterEach(() => vi.unstubAllGlobals());

/** The page without its looks, talking to the server without a socket. */
async function openStage(passMilliseconds = 0): Promise<{ readonly stage: Stage; readonly a: Lane; readonly b: Lane; readonly playground: Playground }> {
  const playground = openPlayground({ passMilliseconds });
  vi.stubGlobal('fetch', async (path: string, init: RequestInit = {}) => {
    const { body, status, headers } = await playground.app.request(path, init);
    // as fetch does: an abort breaks the body off, too
    return new Response(body?.pipeThrough(new TransformStream(), init.signal ? { signal: init.signal } : {}), { status, headers });
  });
  const models = signal<readonly ModelListing[]>(await fetchModels());
  const [a, b] = [createLane('A', models), createLane('B', models)];
  a.choose('toy-ar');
  b.choose('toy-mdlm');
  a.settings.value = { ...a.settings.value, maximumTokens: 12 };
  b.settings.value = { ...b.settings.value, canvasLength: 12, steps: 6 };
  const stage = createStage([a, b]);
  stage.prompt.value = 'Once upon a time';
  return { stage, a, b, playground };
}

test('runs both lanes at once, then shows their end', async () => {
  const { stage, a, b } = await openStage(2);
  expect([a.way.value?.name, b.way.value?.name]).toEqual(['autoregressive', 'masked-diffusion']);
  await stage.run(stage.lanes);
  expect([a.phase.value.name, b.phase.value.name]).toEqual(['finished', 'finished']);
  stage.tick(1e9, performance.now());
  expect(stage.playing.value).toBe(false);
  for (const lane of [a, b]) {
    expect(lane.frame.value).toBe(latest(lane.recording.value));
    expect(plainText(lane.frame.value)).toMatch(/^Once upon a time/);
  }
});

test('the clock waits for the lane that is behind, so that both show the same moment', async () => {
  const { stage, a, b } = await openStage(2);
  stage.order.value = 'in-turn';
  const running = stage.run(stage.lanes);
  await until(() => a.phase.value.name === 'finished', 'lane A to finish');
  const now = performance.now();
  stage.tick(1e9, now);
  expect(stage.at.value).toBeLessThanOrEqual(b.head(now)); // B has hardly begun: A is shown no further
  expect(stage.at.value).toBeLessThan(duration(a.recording.value));
  await running;
  stage.tick(1e9, performance.now());
  expect([a.at.value, b.at.value]).toEqual([stage.end.value, stage.end.value]);
});

test('time passes at the chosen speed and stops at the end', async () => {
  const { stage, a } = await openStage(1);
  await stage.run(stage.lanes);
  stage.seek(0);
  stage.playing.value = true;
  stage.speed.value = 0.25;
  stage.tick(8, 0);
  stage.tick(4, 0);
  expect(a.at.value).toBeCloseTo(3, 12);
  stage.playing.value = false;
  stage.tick(1000, 0);
  expect(a.at.value).toBeCloseTo(3, 12);
  stage.playing.value = true;
  stage.tick(1e9, 0);
  expect([a.at.value, stage.playing.value]).toEqual([stage.end.value, false]);
  stage.togglePlaying(); // from the end: once more
  expect([a.at.value, stage.playing.value]).toEqual([0, true]);
});

test('steps go through every change of both pages, forwards and backwards', async () => {
  const { stage, a, b } = await openStage(1);
  await stage.run(stage.lanes);
  stage.seek(0);
  const moments = [...new Set([...a.steps.value, ...b.steps.value])].toSorted((x, y) => x - y);
  const forwards = moments.slice(1).map(() => (stage.step(1), stage.at.value));
  expect(forwards).toEqual(moments.slice(1));
  stage.step(1); // at the end nothing further
  expect(stage.at.value).toBe(moments.at(-1));
  const backwards = moments.slice(1).map(() => (stage.step(-1), stage.at.value));
  expect(backwards).toEqual(moments.slice(0, -1).toReversed());
});

test('a lane’s own scrubber moves both lanes under one clock, and itself alone otherwise', async () => {
  const { stage, a, b } = await openStage(1);
  await stage.run(stage.lanes);
  const moment = a.steps.value[3] ?? Number.NaN;
  stage.seekLane(a, moment);
  expect([a.at.value, b.at.value]).toEqual([moment, moment]);
  stage.linked.value = false;
  stage.seekLane(b, 0);
  expect([a.at.value, b.at.value]).toEqual([moment, 0]);
  expect(b.frame.value.cells.every(({ state }) => state !== 'written')).toBe(true);
  expect(count(a.frame.value, a.at.value).tokens).toBeGreaterThan(0);
});

test('stopping keeps what was written and ends the generation on the server', async () => {
  const { stage, a, b, playground } = await openStage(10);
  const running = stage.run(stage.lanes);
  await until(() => [a, b].every((lane) => count(latest(lane.recording.value), 0).tokens > 0), 'tokens in both lanes');
  stage.stop();
  await running;
  expect([a.phase.value.name, b.phase.value.name]).toEqual(['stopped', 'stopped']);
  await until(() => playground.source.opened.every(({ openContexts }) => openContexts === 0), 'the contexts to be closed');
  expect(latest(a.recording.value).finish).toBe(undefined);
  stage.tick(1e9, performance.now());
  expect(stage.playing.value).toBe(false);
});

test('running a lane again stops its first run, and the older text lies under the page', async () => {
  const { stage, a, playground } = await openStage(10);
  const first = stage.run([a]);
  await until(() => count(latest(a.recording.value), 0).tokens > 1, 'two tokens');
  const older = plainText(latest(a.recording.value));
  a.seed.value = 9;
  const second = stage.run([a]);
  await Promise.all([first, second]);
  expect(a.phase.value.name).toBe('finished');
  expect(a.before.value.startsWith(older)).toBe(true);
  const starts = a.recording.value.events.filter(({ type }) => type === 'start');
  expect(starts).toMatchObject([{ request: { seed: 9 } }]);
  expect(playground.source.opened[0]?.openContexts).toBe(0);
});

test('a lane that waits for its turn can be stopped', async () => {
  const { stage, a, b } = await openStage(5);
  stage.order.value = 'in-turn';
  const running = stage.run(stage.lanes);
  await until(() => b.phase.value.name === 'waiting' && a.phase.value.name === 'running', 'lane B to wait');
  b.stop();
  await running;
  expect([a.phase.value.name, b.phase.value.name]).toEqual(['finished', 'stopped']);
  expect(b.recording.value.events).toEqual([]);
});

test('a refusal is shown in its lane; the other lane goes on', async () => {
  const { stage, a, b } = await openStage();
  b.settings.value = { ...b.settings.value, blockLength: 5 };
  await stage.run(stage.lanes);
  expect(a.phase.value.name).toBe('finished');
  expect(b.phase.value).toMatchObject({ name: 'failed', failure: { where: 'generateMaskedDiffusion', hint: 'Try blocks of 4 or 6.' } });
});

test('a server that is gone, or that ends in the middle, is named', async () => {
  const { stage, a } = await openStage();
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('failed to fetch')));
  await stage.run([a]);
  expect(a.phase.value).toMatchObject({ name: 'failed', failure: { where: 'server', hint: 'Is the server still running?' } });
  vi.stubGlobal('fetch', async () => new Response('event: block-end\ndata: {"type":"block-end","block":0,"at":1,"meter":{}}\n\n'));
  await a.run('x');
  expect(a.phase.value).toMatchObject({ name: 'failed', failure: { where: 'stream', got: 'the end of the answer' } });
});
