import { expect, test } from 'vitest';
import type { EngineSettings } from './engine.js';
import { liveWorkers, openWorkerEngine } from './worker-engine.js';

const noGraph = async (): Promise<Uint8Array> => new Uint8Array();

test('when the thread ends by an error, what waits is told, what comes later too, and disposal still works', async () => {
  const before = liveWorkers();
  const broken = { maximumLength: 5, session: {}, wholeGraphs: false } as unknown as EngineSettings; // no states: the thread fails as it starts
  const engine = openWorkerEngine(broken, noGraph);
  const expected = /^worker: expected a running inference thread; got .*undefined.*Open the backbone again\.$/;
  const waiting = await Promise.allSettled([engine.prepare('first'), engine.release(0)]);
  expect(waiting.map((result) => result.status === 'rejected' && String(result.reason.message))).toEqual([expect.stringMatching(expected), expect.stringMatching(expected)]);
  await expect(engine.copy(0, 1)).rejects.toThrow(expected);
  await engine[Symbol.asyncDispose]();
  expect(liveWorkers()).toBe(before);
});

test('a graph that ONNX Runtime refuses is an error of that request only', async () => {
  const engine = openWorkerEngine({ states: [], maximumLength: 5, session: {}, wholeGraphs: false }, noGraph);
  await expect(engine.prepare('first')).rejects.toThrow('openSession: expected a graph that ONNX Runtime accepts');
  await expect(engine.release(0)).resolves.toBeUndefined();
  await engine[Symbol.asyncDispose]();
});
