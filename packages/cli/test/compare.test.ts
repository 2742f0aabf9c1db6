import { join } from 'node:path';
import { liveSessions, liveWorkers } from '@palimpsest/runtime';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { jsonLines, palimpsest, palimpsestOnScreen } from './command.js';
import { removeFolder, temporaryFolder, writeTinyModels } from './tiny-models.js';

let folder = '';
const model = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeTinyModels(folder);
});
afterAll(() => removeFolder(folder));
afterEach(() => {
  expect([liveSessions(), liveWorkers()]).toEqual([0, 0]);
});

const prompt = 'One sunny day';
const fixed = ['--prompt', prompt, '--tokens', '9', '--seed', '3'] as const;
const both = (): readonly string[] => ['compare', model('tiny-ar'), model('tiny-mdlm'), ...fixed];

/** The row of a table that begins with `name`, cut at two spaces. */
const rowOf = (text: string, name: string): readonly string[] => text.split('\n').find((line) => line.startsWith(name))!.slice(name.length).trim().split(/ {2,}/);

test('each text is what generate writes with the same seed; the table counts what each one cost', async () => {
  const { code, output, errors } = await palimpsest([...both(), '--steps', '3']);
  expect(code).toBe(0);
  for (const [name, options] of [['tiny-ar', []], ['tiny-mdlm', ['--steps', '3']]] as const) {
    const alone = await palimpsest(['generate', model(name), ...fixed, ...options]);
    expect(output).toContain(`\n${alone.output}`);
  }
  expect(rowOf(output, 'written by')).toEqual(['autoregressive', 'masked-diffusion']);
  const passes = rowOf(output, 'forward passes');
  expect(passes.slice(0, 2)).toEqual(['9', '3']);
  expect(passes[2]).toBe('0.333x');
  // prompt and begin token once, then one position to a token but the last; against three times the whole canvas
  const promptTokens = jsonLines((await palimpsest([...both(), '--json'])).output)[0]!['prompt'] as number[];
  expect(rowOf(output, 'positions computed').slice(0, 2)).toEqual([`${promptTokens.length + 8}`, `${3 * (promptTokens.length + 9)}`]);
  expect(rowOf(output, 'state')[0]).toMatch(/bytes|kB/);
  expect(rowOf(output, 'state')[1]).toBe('0 bytes');
  expect(errors).toBe('seed 3\n');
});

test('rounds take turns and give medians with their range', async () => {
  const { output, errors } = await palimpsest([...both(), '--rounds', '3']);
  expect(rowOf(output, 'time')[0]).toMatch(/ \(.* to .*\)$/);
  expect(rowOf(output, 'forward passes').slice(0, 2)).toEqual(['9', '9']);
  expect(errors).toContain('medians of 3 rounds');
});

test('as JSON: events with their side, then one comparison with the usage of every round', async () => {
  const { output } = await palimpsest([...both(), '--rounds', '2', '--json']);
  const lines = jsonLines(output);
  const sides = lines.slice(0, -1).map(({ side }) => side);
  expect(new Set(sides)).toEqual(new Set(['a', 'b']));
  expect(lines.filter(({ type }) => type === 'finish').map(({ side }) => side)).toEqual(['a', 'b']);
  expect(lines.at(-1)).toMatchObject({
    type: 'comparison', seed: 3,
    sides: [{ model: 'tiny-ar', way: 'autoregressive', rounds: [{ forwardPasses: 9 }, { forwardPasses: 9 }] }, { model: 'tiny-mdlm', way: 'masked-diffusion', rounds: [{}, {}] }],
  });
});

test('on a terminal both pages stand side by side, the second waits for the first, and the table follows', async () => {
  const { screen, frames } = await palimpsestOnScreen(both(), 61, 30);
  const lines = screen.lines();
  expect(lines[0]).toMatch(/^tiny-ar autoregressive +│ tiny-mdlm masked-diffusion$/);
  expect(lines.some((line) => line.includes('One sunny day') && line.split('│')[1]?.includes('One sunny day'))).toBe(true);
  expect(lines.findIndex((line) => line.startsWith('forward passes'))).toBeGreaterThan(2);
  expect(frames.some((frame) => frame.join('\n').includes('waits'))).toBe(true);
  expect(lines.join('\n')).not.toMatch(/waits|░/);
  expect(screen.cursorVisible()).toBe(true);
});

test('an option counts for the side that knows it, and is refused where neither does', async () => {
  const { code, errors } = await palimpsest(['compare', model('tiny-ar'), model('tiny-ar'), ...fixed, '--steps', '3']);
  expect(code).toBe(2);
  expect(errors).toContain('--steps: expected an option of autoregressive; got one that does not apply to it');
});

test('interrupted between the sides it ends with 130, without a table', async () => {
  const stop = new AbortController();
  let output = '';
  const { code } = await palimpsest(both(), {
    signal: stop.signal,
    output: {
      write: (text) => {
        output += text;
        stop.abort(new Error('enough')); // the first side is finished
      },
    },
  });
  expect(code).toBe(130);
  expect(output).not.toContain('forward passes');
});
