import { setTimeout } from 'node:timers/promises';
import { signal } from '@preact/signals';
import { afterEach, expect, test, vi } from 'vitest';
import type { ModelListing } from '../src/protocol/model.js';
import { fetchModels, Refused } from '../src/page/client.js';
import { createLane, type Lane } from '../src/page/lane.js';
import { runFile, showRunFile } from '../src/page/run-file.js';
import { createStage, type Stage } from '../src/page/stage.js';
import { count, plainText } from '../src/recording/counters.js';
import { latest } from '../src/recording/recording.js';
import type { ToyOptions } from '../src/toy/source.js';
import { atOnce, gate, openPlayground, until, type Playground } from './playground.js';

const slowly = (): Promise<void> => setTimeout(2);

afterEach(() => vi.unstubAllGlobals());

/** The page without its looks, talking to the server without a socket. */
async function openStage(pass: ToyOptions['pass'] = atOnce): Promise<{ readonly stage: Stage; readonly a: Lane; readonly b: Lane; readonly playground: Playground }> {
  const playground = openPlayground({ pass });
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
  const { stage, a, b } = await openStage();
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
  const [first, second] = [gate(3), gate(0)];
  const { stage, a, b } = await openStage((model) => (model === 'toy-ar' ? first : second).pass());
  stage.order.value = 'in-turn';
  const running = stage.run(stage.lanes);
  await until(() => count(latest(a.recording.value), 0).tokens === 3, 'three tokens in lane A');
  stage.tick(1e9, performance.now());
  expect(stage.at.value).toBe(0); // B has not begun
  first.open();
  await until(() => b.phase.value.name === 'running', 'lane B to begin');
  const now = performance.now();
  stage.tick(1e9, now);
  expect(stage.at.value).toBeLessThanOrEqual(b.head(now));
  second.open();
  await running;
  expect(b.recording.value.events[0]?.type).toBe('start');
  stage.tick(1e9, performance.now());
  expect([a.at.value, b.at.value]).toEqual([stage.end.value, stage.end.value]);
});

test('time passes at the chosen speed and stops at the end', async () => {
  const { stage, a } = await openStage(slowly);
  await stage.run(stage.lanes);
  stage.seek(0);
  stage.togglePlaying();
  stage.speed.value = 0.25;
  stage.tick(8, 0);
  stage.tick(4, 0);
  expect(a.at.value).toBeCloseTo(3, 12);
  stage.togglePlaying();
  stage.tick(1000, 0);
  expect(a.at.value).toBeCloseTo(3, 12);
  stage.togglePlaying();
  stage.tick(1e9, 0);
  expect([a.at.value, stage.playing.value]).toEqual([stage.end.value, false]);
  stage.togglePlaying(); // from the end: once more
  expect([a.at.value, stage.playing.value]).toEqual([0, true]);
});

test('a run that was over in a moment is shown once more, slowly, unless the reader takes over', async () => {
  const { stage } = await openStage();
  await stage.run(stage.lanes);
  stage.tick(1e9, 5_000);
  expect([stage.playing.value, stage.speed.value]).toEqual([false, 1]);
  stage.tick(1, 5_600);
  expect(stage.playing.value).toBe(false);
  stage.tick(1, 5_800);
  expect([stage.playing.value, stage.at.value]).toEqual([true, 0]);
  expect(stage.speed.value).toBeLessThan(1);
  stage.tick(1e9, 5_900);
  stage.tick(1, 50_000);
  expect(stage.playing.value).toBe(false); // once

  await stage.run(stage.lanes);
  stage.tick(1e9, 60_000);
  stage.step(-1);
  stage.tick(1, 70_000);
  expect(stage.playing.value).toBe(false);

  stage.replays.value = false;
  await stage.run(stage.lanes);
  stage.tick(1e9, 80_000);
  stage.tick(1, 90_000);
  expect([stage.playing.value, stage.at.value]).toEqual([false, stage.end.value]);
});

test('running both lanes anew while they take turns keeps them in turn', async () => {
  const { pass, open } = gate(1);
  const { stage, a, b } = await openStage(pass);
  stage.order.value = 'in-turn';
  const first = stage.run(stage.lanes);
  await until(() => a.phase.value.name === 'running', 'lane A to run');
  const second = stage.run(stage.lanes);
  await until(() => a.phase.value.name === 'running' && b.phase.value.name === 'waiting', 'lane A to run again');
  await first;
  expect(b.phase.value.name).toBe('waiting');
  open();
  await second;
  expect([a, b].map((lane) => lane.recording.value.events.filter(({ type }) => type === 'start').length)).toEqual([1, 1]);
});

test('steps go through every change of both pages, forwards and backwards', async () => {
  const { stage, a, b } = await openStage(slowly);
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
  const { stage, a, b } = await openStage(slowly);
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
  const { pass, open } = gate(6);
  const { stage, a, b, playground } = await openStage(pass);
  const running = stage.run(stage.lanes);
  await until(() => [a, b].every((lane) => count(latest(lane.recording.value), 0).tokens > 0), 'tokens in both lanes');
  stage.stop();
  open();
  await running;
  expect([a.phase.value.name, b.phase.value.name]).toEqual(['stopped', 'stopped']);
  await until(() => playground.source.opened.every(({ openContexts }) => openContexts === 0), 'the contexts to be closed');
  expect(latest(a.recording.value).finish).toBe(undefined);
  stage.tick(1e9, performance.now());
  expect(stage.playing.value).toBe(false);
});

test('running a lane again stops its first run, and the older text lies under the page', async () => {
  const { pass, open } = gate(3);
  const { stage, a, playground } = await openStage(pass);
  const first = stage.run([a]);
  await until(() => count(latest(a.recording.value), 0).tokens > 1, 'two tokens');
  const older = plainText(latest(a.recording.value));
  a.seed.value = 9;
  const second = stage.run([a]);
  open();
  await Promise.all([first, second]);
  expect(a.phase.value.name).toBe('finished');
  expect(a.before.value.startsWith(older)).toBe(true);
  const starts = a.recording.value.events.filter(({ type }) => type === 'start');
  expect(starts).toMatchObject([{ request: { seed: 9 } }]);
  expect(playground.source.opened[0]?.openContexts).toBe(0);
});

test('a lane that waits for its turn can be stopped', async () => {
  const { pass, open } = gate(1);
  const { stage, a, b } = await openStage(pass);
  stage.order.value = 'in-turn';
  const running = stage.run(stage.lanes);
  await until(() => b.phase.value.name === 'waiting' && a.phase.value.name === 'running', 'lane B to wait');
  b.stop();
  open();
  await running;
  expect([a.phase.value.name, b.phase.value.name]).toEqual(['finished', 'stopped']);
  expect(b.recording.value.events).toEqual([]);
});

test('a run file brings back the runs, their settings and how they were run', async () => {
  const { stage } = await openStage();
  stage.order.value = 'in-turn';
  for (const lane of stage.lanes) lane.seed.value = 12;
  await stage.run(stage.lanes);
  const file = JSON.stringify(runFile(stage));
  const { stage: other, a, b } = await openStage();
  other.prompt.value = 'Something else';
  showRunFile(file, other);
  expect([other.prompt.value, other.recordedOrder.value, other.playing.value]).toEqual(['Once upon a time', 'in-turn', true]);
  for (const [index, lane] of [a, b].entries()) {
    expect(lane.recording.value).toEqual(stage.lanes[index]?.recording.value);
    expect([lane.seed.value, lane.settings.value, lane.phase.value.name]).toEqual([12, stage.lanes[index]?.settings.value, 'finished']);
  }
});

test('another file is refused and leaves the page as it was', async () => {
  const { stage, a } = await openStage();
  await stage.run(stage.lanes);
  const before = a.recording.value;
  const broken = { ...runFile(stage), lanes: [{ lane: 'A', events: [{ type: 'start' }] }] };
  for (const text of ['{', '[]', 'null', '{"format":"palimpsest-run","version":2,"lanes":[]}', '{"format":"palimpsest-run","version":1,"lanes":[{"events":1}]}', JSON.stringify(broken)]) {
    expect(() => showRunFile(text, stage)).toThrow(Refused);
  }
  expect(a.recording.value).toBe(before);
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
  vi.stubGlobal('fetch', async (path: string) => (path.endsWith('/open') ? Response.json({}) : new Response('event: block-end\ndata: {"type":"block-end","block":0,"at":1,"meter":{}}\n\n')));
  await stage.run([a]);
  expect(a.phase.value).toMatchObject({ name: 'failed', failure: { where: 'stream', got: 'the end of the answer' } });
});
