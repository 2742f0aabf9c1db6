import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { toySource } from '../toy/source.js';
import { serve, type RunningServer } from './serve.js';

const usage = `The Palimpsest playground: two models answer the same prompt side by side.

  playground [--port 4173] [--host 127.0.0.1]

  --port  port to listen on; 0 takes any free one
  --host  address or name to listen on; the default is reachable from this machine only
  --toy   tiny made-up models instead of trained ones, for tests of the page
  --help  this text
`;

const page = fileURLToPath(new URL('../page', import.meta.url));

async function start(): Promise<RunningServer | undefined> {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '4173' }, host: { type: 'string', default: '127.0.0.1' }, toy: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(usage);
    return undefined;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new RangeError(`--port: expected a whole number from 0 to 65535; got ${values.port}.`);
  if (!existsSync(page)) throw new Error(`${page}: expected the built page; got nothing. Run "npm run build" first.`);
  if (!values.toy) throw new Error('models: expected trained models in @palimpsest/models; got none. Try --toy.');
  const source = toySource({ passMilliseconds: 20 });
  const server = await serve({ source, page, host: values.host, port, clock: () => performance.now() });
  process.stdout.write(`The playground is open at ${server.address}\nStop it with Ctrl+C.\n`);
  return server;
}

function stopOnSignal(server: RunningServer): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(130); // asked twice: at once
    stopping = true;
    process.stdout.write('Stopping…\n');
    void server[Symbol.asyncDispose]();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

try {
  const server = await start();
  if (server !== undefined) stopOnSignal(server);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
