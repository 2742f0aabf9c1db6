import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { PalimpsestError, type Clock } from '@palimpsest/backbone';
import { createPlayground } from './app.js';
import { shelve, type ModelSource } from './source.js';

export interface ServeOptions {
  readonly source: ModelSource;
  /** Folder of the built page. */
  readonly page: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly clock: Clock;
}

/** Disposing it ends running generations, closes connections and models, and then nothing keeps the process alive. */
export interface RunningServer extends AsyncDisposable {
  readonly address: string;
}

/** How long answers that are under way get to end by themselves. */
const graceMilliseconds = 2_000;

/** @throws PalimpsestError when the port is taken or the address is not this machine's. */
export async function serve({ source, page, host, port, clock }: ServeOptions): Promise<RunningServer> {
  const shelf = shelve(source);
  const closing = new AbortController();
  const app = createPlayground({ shelf, clock, page, host, signal: closing.signal });
  const server = createServer(getRequestListener(app.fetch));
  const answers = countAnswers(server);
  try {
    const { port: bound } = await listen(server, host, port);
    const name = host.includes(':') ? `[${host}]` : host;
    return {
      address: `http://${name}:${bound}/`,
      [Symbol.asyncDispose]: async () => {
        closing.abort(new Error('the server is shutting down'));
        await close(server, answers);
        await shelf[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await shelf[Symbol.asyncDispose]();
    throw error;
  }
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFailure(error, host, port)));
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error(`listening on ${String(address)}, which is no port`));
      else resolve(address);
    });
  });
}

function listenFailure(error: NodeJS.ErrnoException, host: string, port: number): PalimpsestError {
  const fields = {
    EADDRINUSE: {
      expected: 'a free port',
      got: 'one that another program listens on',
      hint: `Try --port ${port + 1}, --port 0 for any free one, or stop the other program.`,
    },
    EACCES: { expected: 'a port that this user may open', got: `port ${port}`, hint: 'Ports below 1024 are reserved; try --port 4173.' },
    EADDRNOTAVAIL: { expected: 'an address of this machine', got: host, hint: 'Try --host 127.0.0.1.' },
    ENOTFOUND: { expected: 'a name or address of this machine', got: host, hint: 'Try --host 127.0.0.1.' },
  }[error.code ?? ''] ?? { expected: 'to listen', got: error.message };
  return new PalimpsestError({ where: `${host}:${port}`, ...fields, cause: error });
}

/** Answers that have not ended: connections also stand open for a client's next request, or for none at all. */
function countAnswers(server: Server): () => number {
  let answers = 0;
  server.on('request', (_, answer) => {
    answers += 1;
    answer.once('close', () => (answers -= 1));
  });
  return () => answers;
}

async function close(server: Server, answers: () => number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const began = performance.now();
  const sweep = setInterval(() => {
    if (answers() === 0 || performance.now() - began > graceMilliseconds) server.closeAllConnections();
  }, 10);
  await closed;
  clearInterval(sweep);
}
