import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { diffusion, json } from './playground.js';

const main = fileURLToPath(new URL('../dist/server/main.js', import.meta.url));
const isBuilt = existsSync(main);
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

function start(...words: readonly string[]): Started {
  const child = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, said: () => text, ended: new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal))) };
}

async function address({ said, ended }: Started): Promise<string> {
  const over = ended.then(() => 'over');
  for (;;) {
    const found = /http:\/\/\S+/.exec(said())?.[0];
    if (found !== undefined) return found;
    const pause = new Promise<string>((resolve) => setTimeout(() => resolve('pause'), 20));
    if ((await Promise.race([over, pause])) === 'over') throw new Error(`the server ended and said: ${said()}`);
  }
}

describe.skipIf(!isBuilt)(`the command${isBuilt ? '' : ' (skipped: not built; run "npm run build")'}`, { timeout: 60_000 }, () => {
  test('prints its address; a second one on that port ends with status 1 and says what to try', async () => {
    const first = start('--toy', '--port', '0');
    const url = await address(first);
    expect((await fetch(`${url}api/models`)).status).toBe(200);
    const { port } = new URL(url);
    const second = start('--toy', '--port', port);
    expect(await second.ended).toBe(1);
    expect(second.said()).toBe(
      `127.0.0.1:${port}: expected a free port; got one that another program listens on. Try --port ${Number(port) + 1}, --port 0 for any free one, or stop the other program.\n`,
    );
  });

  test.for(['SIGINT', 'SIGTERM'] as const)('on %s ends what runs, and itself with status 0', async (signal) => {
    const server = start('--toy', '--port', '0');
    const url = await address(server);
    const body = JSON.stringify({ ...diffusion, settings: { canvasLength: 24, steps: 24 } });
    const answer = await fetch(`${url}api/generate`, { method: 'POST', headers: json, body });
    server.child.kill(signal);
    expect(await answer.text()).toContain('"reason":"aborted"');
    expect(await server.ended).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  test('explains itself, and words that it does not know', async () => {
    const help = start('--help');
    const wrong = [['--prot', '1'], ['--port', 'x'], ['--port', '70000'], ['extra']].map((words) => start(...words));
    expect(await help.ended).toBe(0);
    expect(help.said()).toContain('--port');
    expect(await Promise.all(wrong.map(({ ended }) => ended))).toEqual([1, 1, 1, 1]);
    const named = ["'--prot'", 'got x.', 'got 70000.', "'extra'"];
    wrong.forEach(({ said }, index) => expect(said()).toContain(named[index]));
    for (const { said } of wrong) expect(said()).toContain('--help');
  });
});
