// A PyTorch peer (benchmarks/peers) as one side of a comparison: it runs a repetition whenever it is asked.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sideBySide } from '../packages/evaluation/dist/index.js';

/** Starts a peer; resolves when it has warmed up. `python` needs tools/oracle/requirements.txt. */
export async function startPeer(python, script, args) {
  const path = fileURLToPath(new URL(`peers/${script}`, import.meta.url));
  const child = spawn(python, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const failed = once(child, 'error').then(([cause]) => {
    throw new Error(`${python} ${script}: expected a Python with PyTorch; got ${cause.message}. Name one by the variable PYTHON.`);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { done, value } = await Promise.race([lines.next(), failed]);
    if (done) throw new Error(`${script}: expected a line of JSON; got the end of its output.`);
    return JSON.parse(value);
  };
  const { engine, parameters } = await read();
  return {
    engine,
    parameters,
    ask: (line = {}) => {
      child.stdin.write(`${JSON.stringify(line)}\n`);
      return read();
    },
    stop: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

export const clock = () => performance.now();

/**
 * The peer, asked `question`, and ours in turn; each run is `units` of work. Times and their ratio are those of `sideBySide`; `theirs` and `ours` are
 * what the runs gave, round by round.
 */
export async function besidePeer(peer, { question, run, units, rounds, warmupRounds }) {
  const [theirs, ours] = [[], []];
  const side = (name, answers, once) => ({
    name,
    run: async () => {
      answers.push(await once());
      return units;
    },
  });
  const result = await sideBySide({
    baseline: side(peer.engine, theirs, () => peer.ask(question)), candidate: side('Palimpsest', ours, run), rounds, warmupRounds, clock,
  });
  return { ...result, theirs: theirs.slice(warmupRounds), ours: ours.slice(warmupRounds) };
}

/** What a generation returns, its events left unread. */
export async function resultOf(generation) {
  for (let step = await generation.next(); ; step = await generation.next()) if (step.done) return step.value;
}
