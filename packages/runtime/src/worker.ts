import { parentPort, workerData } from 'node:worker_threads';
import { openEngine } from './engine.js';
import type { EngineSettings } from './engine.js';
import type { GraphName } from './graph-name.js';
import { errorOf, failureOf } from './worker-messages.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

/** The thread in which an engine lives: started by `openWorkerEngine` with `EngineSettings`. */
const port = parentPort!;
const send = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);

const wanted = new Map<GraphName, { readonly resolve: (bytes: Uint8Array) => void; readonly reject: (error: Error) => void }>();
const settings = workerData as EngineSettings; // by openWorkerEngine
const engine = openEngine(settings, (name) => new Promise((resolve, reject) => {
  wanted.set(name, { resolve, reject });
  send({ kind: 'graph-wanted', name });
}));

async function answer(request: Exclude<ToWorker, { readonly kind: 'graph' | 'no-graph' }>): Promise<void> {
  switch (request.kind) {
    case 'run':
      return send({ kind: 'answer', id: request.id, answer: await engine.run(request.pass) });
    case 'prepare':
      await engine.prepare(request.graph);
      break;
    case 'copy':
      await engine.copy(request.from, request.to);
      break;
    case 'release':
      await engine.release(request.context);
      break;
    case 'dispose':
      await engine[Symbol.asyncDispose]();
      break;
  }
  send({ kind: 'answer', id: request.id, answer: undefined });
}

function receive(message: ToWorker): void {
  if (message.kind === 'graph') wanted.get(message.name)?.resolve(message.bytes);
  else if (message.kind === 'no-graph') wanted.get(message.name)?.reject(errorOf(message.failure));
  else {
    answer(message).catch((error: unknown) => send({ kind: 'failure', id: message.id, failure: failureOf(error, `worker: ${message.kind}`) }));
  }
}

port.on('message', receive);
