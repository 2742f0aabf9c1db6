import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { exitCodes, runPalimpsest } from './run.js';
import type { Output } from './surroundings.js';

const { env, stdout, stderr } = process;

/** Lines are rewritten and coloured on a terminal that can, unless the person asks for plain text (https://no-color.org). */
const isPlain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb' || (env['CI'] ?? '') !== '';

function outputTo(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    ...(stream.isTTY && !isPlain && { screen: { columns: () => stream.columns, rows: () => stream.rows } }),
  };
}

const stop = new AbortController();
setMaxListeners(0, stop.signal); // one for each text that is being written
let signalled: 'SIGINT' | 'SIGTERM' | undefined;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (signalled !== undefined) endAt(name); // asked twice: at once
    signalled = name;
    stop.abort(new Error('stopped'));
  });
}

/** Ends the process by the signal's own default. `process.exit` would take its thread away from a pass that runs, which aborts with a message. */
function endAt(name: NodeJS.Signals): void {
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}

let readerLeft = false;
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
  readerLeft = true; // it has what it wanted: `palimpsest generate --json | head`
  stop.abort(new Error('nobody reads on'));
});

if (stdout.isTTY) process.on('exit', () => stdout.write('\u001b[?25h')); // however it ends, the cursor is there

const code = await runPalimpsest(process.argv.slice(2), {
  output: outputTo(stdout),
  errors: outputTo(stderr),
  clock: () => performance.now(),
  signal: stop.signal,
  drawSeed: () => Math.floor(Math.random() * 1_000_000),
  processors: availableParallelism(),
});
if (code === exitCodes.interrupted && readerLeft) process.exitCode = exitCodes.done;
else process.exitCode = code === exitCodes.interrupted && signalled === 'SIGTERM' ? 143 : code;
