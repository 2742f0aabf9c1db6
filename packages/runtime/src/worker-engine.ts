import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { PalimpsestError } from '@palimpsest/backbone';
import type { Engine, EngineSettings, PassAnswer } from './engine.js';
import type { GraphName } from './graph-name.js';
import { errorOf, failureOf } from './worker-messages.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

let live = 0;
/** Workers that this thread has started and that have not ended: what a leak test counts. */
export const liveWorkers = (): number => live;

interface Waiting {
  readonly resolve: (answer: PassAnswer | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** An engine in a thread of its own, so that this one never waits for a pass. An idle worker does not keep the process alive. */
export function openWorkerEngine(settings: EngineSettings, graph: (name: GraphName) => Promise<Uint8Array>): Engine {
  // the built file needs none of this process's flags: a test runner's condition would send it to sources that Node cannot read
  const worker = new Worker(createRequire(import.meta.url).resolve('@palimpsest/runtime/worker'), { workerData: settings, execArgv: [] });
  live++;
  const waiting = new Map<number, Waiting>();
  let nextId = 0;
  let ended: PalimpsestError | undefined;

  const settle = (id: number, settled: (request: Waiting) => void): void => {
    const request = waiting.get(id)!;
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    settled(request);
  };
  const post = (message: ToWorker): void => worker.postMessage(message);
  const ask = (message: (id: number) => ToWorker): Promise<PassAnswer | undefined> => new Promise((resolve, reject) => {
    if (ended !== undefined) return reject(ended);
    const id = nextId++;
    if (waiting.size === 0) worker.ref();
    waiting.set(id, { resolve, reject });
    post(message(id));
  });
  const end = (got: string, cause?: unknown): void => {
    ended ??= new PalimpsestError({ where: 'worker', expected: 'a running inference thread', got, hint: 'Open the backbone again.', cause });
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };

  worker.unref();
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'answer') settle(message.id, ({ resolve }) => resolve(message.answer));
    else if (message.kind === 'failure') settle(message.id, ({ reject }) => reject(errorOf(message.failure)));
    else {
      graph(message.name).then(
        (bytes) => post({ kind: 'graph', name: message.name, bytes }),
        (error: unknown) => post({ kind: 'no-graph', name: message.name, failure: failureOf(error, `graph ${message.name}`) }),
      );
    }
  });
  worker.on('error', (error) => end(`an error that ended it: ${error instanceof Error ? error.message : String(error)}`, error));
  const exit = new Promise<void>((resolve) => worker.once('exit', (code) => {
    live--;
    end(`its end with exit code ${code}`);
    resolve();
  }));

  return {
    prepare: async (name) => void await ask((id) => ({ kind: 'prepare', id, graph: name })),
    run: async (pass) => (await ask((id) => ({ kind: 'run', id, pass })))!,
    copy: async (from, to) => void await ask((id) => ({ kind: 'copy', id, from, to })),
    release: async (context) => void await ask((id) => ({ kind: 'release', id, context })),
    [Symbol.asyncDispose]: async () => {
      if (ended === undefined) await ask((id) => ({ kind: 'dispose', id })).catch(() => undefined); // it ended on its way: nothing is left to release
      await worker.terminate();
      await exit;
    },
  };
}
