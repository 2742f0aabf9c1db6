import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { toySource } from '../toy/source.js';
import { trainedModels } from './models.js';
import { serve, type RunningServer } from './serve.js';

const usage = `The Palimpsest playground: two models answer the same prompt side by side.

  playground [--port 4173] [--host 127.0.0.1]

  --port  port to listen on; 0 takes any free one
  --host  address or name to listen on; the default is reachable from this machine only
  --toy   tiny made-up models instead of trained ones, for tests of the page
  --help  this text
`;

const page = fileURLToPath(new URL('../page', import.meta.url));

interface Words {
  readonly port: string;
  readonly host: string;
  readonly toy?: boolean;
  readonly help?: boolean;
}

function readWords(): Words {
  const port = { type: 'string', default: '4173' } as const;
  const host = { type: 'string', default: '127.0.0.1' } as const;
  try {
    return parseArgs({ options: { port, host, toy: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } }).values;
  } catch (error) {
    throw wrongWords(error instanceof Error ? error.message : String(error));
  }
}

const wrongWords = (message: string): Error => new Error(`${message} --help lists what there is.`);

async function start(): Promise<RunningServer | undefined> {
  const values = readWords();
  if (values.help) {
    process.stdout.write(usage);
    return undefined;
  }
  const port = Number(values.port);
  if (values.port.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535) throw wrongWords(`--port: expected a whole number from 0 to 65535; got ${values.port}.`);
  if (!existsSync(page)) throw new Error(`${page}: expected the built page; got nothing. Run "npm run build" first.`);
  const source = values.toy ? toySource({ pass: () => setTimeout(20) }) : trainedModels;
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
