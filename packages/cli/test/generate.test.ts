import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { liveSessions, liveWorkers } from '@palimpsest/runtime';
import { loadTokenizer } from '@palimpsest/tokenizer';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { harmless } from '../src/view/styled.js';
import { jsonLines, palimpsest, palimpsestOnScreen } from './command.js';
import { removeFolder, temporaryFolder, writeTinyModels, writeTinyScans } from './tiny-models.js';

let folder = '';
const model = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeTinyModels(folder);
  await writeTinyScans(folder);
});
afterAll(() => removeFolder(folder));
afterEach(() => {
  expect([liveSessions(), liveWorkers()]).toEqual([0, 0]);
});

const ways = [
  { name: 'tiny-ar', way: 'autoregressive', passes: 12 },
  { name: 'tiny-mdlm', way: 'masked-diffusion', passes: 12 },
  { name: 'tiny-bd', way: 'block-diffusion', passes: 12 },
] as const;
const prompt = 'Once upon a time, a small fox';
const fixed = ['--prompt', prompt, '--tokens', '12', '--seed', '7'] as const;

describe('a card that says how its model writes best', () => {
  const card = (name: string): string => join(model(name), 'card.json');
  const read = async (name: string): Promise<object> => JSON.parse(await readFile(card(name), 'utf8')) as object;
  const written = async (name: string, ...more: readonly string[]): Promise<readonly object[]> => {
    const { code, output } = await palimpsest(['generate', model(name), ...fixed, '--json', ...more]);
    expect(code).toBe(0);
    return jsonLines(output).filter(({ type }) => type === 'tokens-commit').map(({ positions, ids }) => ({ positions, ids }));
  };

  test('counts as if its settings had been given; what is given goes before it, what a way does not read is passed over', async () => {
    const sampling = { temperature: 0.9, topP: 0.7, topK: 40, blockLength: 4, policy: 'position-weighted=0.3', secondLook: true };
    const told = ['--temperature', '0.9', '--top-p', '0.7', '--top-k', '40', '--block', '4', '--policy', 'position-weighted=0.3', '--second-look', 'yes'] as const;
    for (const [name, explicit] of [['tiny-mdlm', told], ['tiny-ar', told.slice(0, 6)]] as const) {
      const plain = await read(name);
      const before = await written(name);
      const given = await written(name, ...explicit);
      const other = await written(name, ...explicit, '--top-p', '0.2');
      await writeFile(card(name), JSON.stringify({ ...plain, sampling }));
      try {
        expect(given).not.toEqual(before);
        expect(other).not.toEqual(given);
        expect(await written(name)).toEqual(given);
        expect(await written(name, '--top-p', '0.2')).toEqual(other);
      } finally {
        await writeFile(card(name), JSON.stringify(plain));
      }
    }
  });

  test('a policy that there is not is refused by its name', async () => {
    const plain = await read('tiny-mdlm');
    await writeFile(card('tiny-mdlm'), JSON.stringify({ ...plain, sampling: { policy: 'position-wheighted' } }));
    const { code, errors } = await palimpsest(['generate', model('tiny-mdlm'), ...fixed]);
    await writeFile(card('tiny-mdlm'), JSON.stringify(plain));
    expect(code).toBe(2);
    expect(errors).toContain('--policy: expected one of low-confidence');
    expect(errors).toContain('Did you mean position-weighted?');
  });
});

describe.each(ways)('generate $name', ({ name, way }) => {
  test('into a pipe: the text on one side, what it cost on the other; the same seed gives the same text', async () => {
    const first = await palimpsest(['generate', model(name), ...fixed]);
    const again = await palimpsest(['generate', model(name), ...fixed]);
    const other = await palimpsest(['generate', model(name), ...fixed.slice(0, -1), '8']);
    expect(first.code).toBe(0);
    expect(first.output.startsWith(prompt)).toBe(true);
    expect(first.output.endsWith('\n')).toBe(true);
    expect(first.output).not.toContain('\u001b');
    expect(again.output).toBe(first.output);
    expect(other.output).not.toBe(first.output);
    expect(first.errors).toMatch(new RegExp(`^${name}, seed 7: \\d+ tokens in .* tokens/s · \\d+ passes, .* per pass · first token .* positions · state .* · .*\\n$`));
  });

  test('as JSON: one event per line, from start over commits to the result, whose text is the one in the pipe', async () => {
    const { code, output, errors } = await palimpsest(['generate', model(name), ...fixed, '--json']);
    expect([code, errors]).toEqual([0, '']);
    const events = jsonLines(output);
    const [start] = events;
    const tokenizer = await loadTokenizer(model(name));
    expect(start).toEqual({ type: 'start', model: name, way, seed: 7, prompt: [0, ...tokenizer.encode(prompt)] });
    const commits = events.filter(({ type }) => type === 'tokens-commit');
    const written = new Map(commits.flatMap(({ positions, ids }) => (positions as number[]).map((position, index) => [position, (ids as number[])[index]!])));
    const finish = events.at(-2)!;
    const result = events.at(-1)!;
    expect(finish).toMatchObject({ type: 'finish', usage: { promptTokens: (start!['prompt'] as number[]).length, generatedTokens: (result['ids'] as number[]).length } });
    const ids = [...written].sort(([a], [b]) => a - b).map(([, id]) => id);
    expect(ids.slice(0, (result['ids'] as number[]).length)).toEqual(result['ids']);
    const piped = await palimpsest(['generate', model(name), ...fixed]);
    expect(piped.output).toBe(`${prompt}${String(result['text'])}\n`);
  });

  test('on a terminal: the page fills frame by frame, and the last screen is the text and its cost', async () => {
    const { code, screen, frames } = await palimpsestOnScreen(['generate', model(name), ...fixed], 40, 12);
    const piped = await palimpsest(['generate', model(name), ...fixed]);
    expect(code).toBe(0);
    const lines = screen.lines();
    const cost = lines.findIndex((line) => line.startsWith(`${name}, seed 7:`));
    const squeezed = (text: string): string => text.replace(/\s+/g, '');
    expect(squeezed(lines.slice(0, cost).join(''))).toBe(squeezed(harmless(piped.output)));
    expect(new Set(frames.map((frame) => frame.join('\n'))).size).toBeGreaterThan(10);
    expect(screen.cursorVisible()).toBe(true);
  });

  test('interrupted: it ends with 130, says so, and shows what was written', async () => {
    const stop = new AbortController();
    let events = 0;
    let output = '';
    const { code } = await palimpsest(['generate', model(name), ...fixed, '--json'], {
      signal: stop.signal,
      output: {
        write: (text) => {
          output += text;
          if (++events === 4) stop.abort(new Error('enough'));
        },
      },
    });
    const last = jsonLines(output).slice(-2);
    expect(code).toBe(130);
    expect(last).toMatchObject([{ type: 'finish', reason: 'aborted' }, { type: 'result' }]);
    expect(jsonLines(output).filter(({ type }) => type === 'tokens-commit').length).toBeLessThan(12);
  });
});

describe('generate', () => {
  test('the canvas shows open cells until they are written; fewer steps write more to a pass', async () => {
    const { frames } = await palimpsestOnScreen(['generate', model('tiny-mdlm'), ...fixed, '--steps', '4'], 40, 12);
    const open = frames.map((frame) => frame.join(' ').split('░░░').length - 1);
    expect(Math.max(...open)).toBe(12);
    expect(open.at(-1)).toBe(0);
    const { output } = await palimpsest(['generate', model('tiny-mdlm'), ...fixed, '--steps', '4', '--json']);
    const sizes = jsonLines(output).filter(({ type }) => type === 'tokens-commit').map(({ ids }) => (ids as number[]).length);
    expect(sizes.slice(0, 2)).toEqual([3, 3]);
  });

  test('an interrupted canvas is printed with its gaps', async () => {
    const stop = new AbortController();
    const { code, output } = await palimpsest(['generate', model('tiny-mdlm'), ...fixed, '--temperature', '0'], {
      signal: stop.signal,
      clock: (() => {
        let looks = 0;
        return () => {
          if (++looks === 12) stop.abort(new Error('enough'));
          return looks;
        };
      })(),
    });
    expect(code).toBe(130);
    expect(output).toContain(prompt);
  });

  test('drafts are events of their own when they are asked for', async () => {
    const { output } = await palimpsest(['generate', model('tiny-mdlm'), ...fixed, '--draft', '--json']);
    expect(jsonLines(output).some(({ type, entropy }) => type === 'draft' && Array.isArray(entropy))).toBe(true);
  });

  test.each([
    ['--policy', 'confidence-threshold=0'], ['--policy', 'margin'], ['--policy', 'remasking=0.1'], ['--block', '4'], ['--top-k', '3'], ['--top-p', '0.9'], ['--temperature', '0'], ['--sub-block', '3'],
  ])('%s %s changes the text', async (option, value) => {
    const usual = await palimpsest(['generate', model('tiny-mdlm'), ...fixed]);
    const changed = await palimpsest(['generate', model('tiny-mdlm'), ...fixed, option, value]);
    expect(changed.code).toBe(0);
    expect(changed.output).not.toBe(usual.output);
  });

  test('blocks are written one behind the other, the last one whole unless a length is asked for; fewer steps write more to a pass', async () => {
    const events = async (...options: readonly string[]) => jsonLines((await palimpsest(['generate', model('tiny-bd'), '--prompt', prompt, '--seed', '7', ...options, '--json'])).output);
    const ranges = (all: readonly Record<string, unknown>[]): readonly { readonly start: number; readonly end: number }[] =>
      all.filter(({ type }) => type === 'block-start').map(({ range }) => range as { readonly start: number; readonly end: number });
    const usual = ranges(await events('--policy', 'sequential'));
    expect(usual.every(({ end }) => end % 5 === 0)).toBe(true);
    usual.slice(1).forEach(({ start }, index) => expect(start).toBe(usual[index]!.end));
    expect(ranges(await events('--tokens', '12', '--block', '10')).at(-1)!.end % 5).not.toBe(0);
    const passes = async (steps: string): Promise<number> => {
      const finish = (await events('--tokens', '20', '--steps', steps)).find(({ type }) => type === 'finish') as { readonly usage?: { readonly forwardPasses: number } } | undefined;
      return finish!.usage!.forwardPasses;
    };
    expect(await passes('4')).toBeLessThan(await passes('20') / 2);
  });

  test('written tokens are edited, in finished blocks too; what it costs is told', async () => {
    const recorded = async (name: string, ...options: readonly string[]) => jsonLines((await palimpsest(['generate', model(name), ...fixed, '--json', ...options])).output);
    const revoked = (all: readonly Record<string, unknown>[]): number => all.flatMap(({ type, positions }) => (type === 'tokens-revoke' ? (positions as number[]) : [])).length;
    const passesOf = (all: readonly Record<string, unknown>[]): number => (all.at(-2) as { readonly usage: { readonly forwardPasses: number } }).usage.forwardPasses;
    for (const name of ['tiny-bd', 'tiny-mdlm', 'tiny-scans']) {
      const [plain, edited] = [await recorded(name), await recorded(name, '--edit', '0', '--edit-looks', '2')];
      expect([revoked(plain), revoked(edited) > 0]).toEqual([0, true]);
      expect(passesOf(edited)).toBeGreaterThan(passesOf(plain));
    }
    const [own, finished] = [await recorded('tiny-bd', '--edit', '0', '--edit-looks', '1'), await recorded('tiny-bd', '--edit', '0', '--edit-looks', '1', '--edit-blocks', '2')];
    expect(passesOf(finished)).toBeGreaterThan(passesOf(own));
  });

  test('a dual cache computes fewer positions; it wants to know the parts, and a backbone that can cut its text', async () => {
    const events = async (name: string, ...options: readonly string[]) => palimpsest(['generate', model(name), '--prompt', prompt, '--seed', '7', '--sub-block', '4', '--json', ...options]);
    const positionsOf = ({ output }: { readonly output: string }): number => (jsonLines(output).at(-2) as { readonly usage: { readonly positionsComputed: number } }).usage.positionsComputed;
    const [exact, cached] = [await events('tiny-bd', '--policy', 'sequential'), await events('tiny-bd', '--policy', 'sequential', '--dual-cache')];
    expect(positionsOf(cached) / positionsOf(exact)).toBeLessThan(0.95);
    const without = await palimpsest(['generate', model('tiny-bd'), '--prompt', prompt, '--dual-cache']);
    expect([without.code, without.errors]).toEqual([2, expect.stringContaining('--dual-cache: expected --sub-block beside it; got none.')]);
    expect((await events('tiny-scans', '--dual-cache')).code).not.toBe(0);
  });

  test('blocks in flight: the next one is begun before one is full; a policy that follows the plan is refused by name', async () => {
    const events = async (...options: readonly string[]) => palimpsest(['generate', model('tiny-bd'), '--prompt', prompt, '--seed', '7', '--json', '--policy', 'confidence-threshold=0.01', ...options]);
    const order = ({ output }: { readonly output: string }): string => jsonLines(output).flatMap(({ type, block }) => (type === 'block-start' ? [`+${String(block)}`] : type === 'block-end' ? [`-${String(block)}`] : [])).join(' ');
    expect(order(await events())).toMatch(/^\+0 -0 \+1 -1/);
    expect(order(await events('--in-flight', '2'))).toMatch(/^\+0 \+1 -0/);
    expect((await events('--in-flight', '1', '--policy', 'sequential')).code).toBe(0);
    expect(await events('--in-flight', '2', '--policy', 'sequential')).toMatchObject({ code: 2, errors: expect.stringContaining('a policy that ignores the plan beside inFlight') });
  });

  test('a text that goes round in circles is stopped', async () => {
    const write = async (...options: readonly string[]) => palimpsest(['generate', model('tiny-bd'), '--prompt', prompt, '--seed', '7', '--tokens', '90', '--window', '25', '--json', ...options]);
    const finish = ({ output }: { readonly output: string }) => jsonLines(output).find(({ type }) => type === 'finish');
    expect(finish(await write())).toMatchObject({ reason: 'length', usage: { generatedTokens: 90 } });
    expect(finish(await write('--stop-entropy', '4.1'))).toMatchObject({ reason: 'stable', usage: { generatedTokens: expect.not.closeTo(90, 0) } });
    expect(await write('--stop-entropy', '5')).toMatchObject({ code: 2, errors: expect.stringContaining('a number above 0, up to 4.159, the entropy of 64 tokens that all differ') });
  });

  test('a window has blocks outgrow the context', async () => {
    const { code, output } = await palimpsest(['generate', model('tiny-bd'), '--prompt', prompt, '--seed', '7', '--tokens', '70', '--window', '25', '--json']);
    expect(code).toBe(0);
    expect(Math.max(...jsonLines(output).filter(({ type }) => type === 'block-start').map(({ range }) => (range as { readonly end: number }).end))).toBeGreaterThan(45);
  });

  test('without a seed another one is drawn, and told, so that the text can be had again', async () => {
    const free = await palimpsest(['generate', model('tiny-ar'), '--tokens', '5']);
    expect(free.errors).toContain('seed 4321');
    expect((await palimpsest(['generate', model('tiny-ar'), '--tokens', '5', '--seed', '4321'])).output).toBe(free.output);
  });
});

describe('bad input is told in one sentence and ends with 2', () => {
  const cases: readonly (readonly [words: readonly string[], sentence: RegExp])[] = [
    [['nowhere'], /expected .*a model's folder; got "nowhere"/],
    [['tiny-ar', '--steps', '4'], /--steps: expected an option of autoregressive; got one that does not apply to it/],
    [['tiny-mdlm', '--tokens', '12', '--block', '5'], /blockLength that divides the canvas of 12; got 5.*4 or 6/],
    [['tiny-mdlm', '--tokens', '12', '--block', '4', '--steps', '10'], /steps that divide evenly over the 3 blocks of 4; got 10.*9 or 12/],
    [['tiny-bd', '--block', '7'], /expected blocks of a multiple of 5 tokens under block-causal\(5\) visibility; got 7. Try 5 or 10/],
    [['tiny-bd', '--tokens', '70'], /at most the 45 tokens of the backbone's context; got \d+: .*or give it a window/],
    [['tiny-bd', '--tokens', '70', '--window', '50'], /expected a window of at most the 45 tokens of the backbone's context; got 50/],
    [['tiny-mdlm', '--window', '20'], /--window: expected an option of masked-diffusion; got one that does not apply to it/],
    [['tiny-bd', '--edit-blocks', '2'], /--edit-blocks: expected --edit beside it; got none. Say what is to be edited, as in --edit 0.9/],
    [['tiny-bd', '--edit', '2'], /--edit: expected a probability from 0 to 1, such as 0.9; got "2"/],
    [['tiny-bd', '--window', '3'], /generateBlockDiffusion: expected a window of at least 10 tokens, for a block of 5 and 5 before it; got 3\./],
    [['tiny-bd', '--edit', '0.5', '--edit-blocks', '1', '--window', '20'], /expected no window beside finishedBlocks of editing; got a window of 20 tokens/],
    [['tiny-scans', '--edit', '0.5', '--edit-blocks', '1'], /expected contexts that can be rewound, for blocks that are finished; got one that cannot: state model\.layers\.0\.mixer\.\S+ and 9 more/],
    [['tiny-bd', '--end', 'last'], /--end: expected an option of block-diffusion; got one that does not apply to it/],
    [['tiny-mdlm', '--tokens', '45'], /at most the 45 tokens of the backbone's context; got 46/],
    [['tiny-ar', '--prompt', 'fox '.repeat(60)], /--prompt: expected fewer than the 45 tokens of the model's context; got \d+ tokens. Shorten the prompt/],
    [['tiny-blocks'], /tiny-blocks: expected a model for autoregressive or masked-diffusion or block-diffusion; got block-causal\(5\)/],
    [['tiny-mdlm', '--policy', 'low-confidense'], /--policy: expected one of .*; got "low-confidense". Did you mean low-confidence\?/],
    [['tiny-mdlm', '--policy', 'foo'], /--policy: expected one of low-confidence, .*; got "foo"\.$/m],
    [['tiny-mdlm', '--policy', 'confidence-threshold=2'], /confidenceThreshold: expected a probability from 0 to 1; got 2/],
    [['tiny-mdlm', '--policy', 'margin=2'], /--policy: expected margin without a number/],
    [['tiny-ar', '--temperature', '-1'], /--temperature: expected a number of at least 0; got "-1"/],
    [['tiny-ar', '--tokens', '1.5'], /--tokens: expected a whole number of at least 1; got "1.5"/],
    [['tiny-ar', '--tokens', ''], /--tokens: expected a whole number of at least 1; got ""/],
    [['tiny-ar', '--device', 'cuba'], /--device: expected one of cpu, webgpu, cuda; got "cuba"/],
    [['tiny-ar', '--sed', '4'], /palimpsest generate: expected an option that it has; got --sed. Did you mean --seed\?/],
    [['tiny-ar', 'tiny-mdlm'], /palimpsest generate: .*too many arguments/],
    [['tiny-ar', '--seed'], /palimpsest generate: expected a value for --seed/],
  ];
  test.each(cases)('%j', async ([name = '', ...options], sentence) => {
    const words = ['generate', name.startsWith('tiny') ? model(name) : name, ...options.map((word) => (word === 'tiny-mdlm' ? model(word) : word))];
    const { code, output, errors } = await palimpsest(words);
    expect([code, output]).toEqual([2, '']);
    expect(errors).toMatch(sentence);
    expect(errors.trimEnd().split('\n').length).toBe(1);
  });

  test('for programs as JSON; where in the code only when asked', async () => {
    const { code, output, errors } = await palimpsest(['generate', model('tiny-ar'), '--steps', '4', '--json']);
    expect([code, output]).toEqual([2, '']);
    expect(jsonLines(errors)).toEqual([expect.objectContaining({ type: 'error', where: '--steps', got: 'one that does not apply to it' })]);
    expect((await palimpsest(['generate', 'nowhere', '--debug'])).errors).toMatch(/\n\s+at .*open-model/);
  });

  test('a file that was cut off names the file', async () => {
    const other = await temporaryFolder();
    try {
      await writeTinyModels(other);
      await truncate(join(other, 'tiny-ar', 'model.safetensors'), 900);
      const { code, errors } = await palimpsest(['generate', join(other, 'tiny-ar')]);
      expect(code).toBe(2);
      expect(errors).toMatch(/tiny-ar\/model\.safetensors: expected a header of at most 892 bytes; got \d+/);
    } finally {
      await removeFolder(other);
    }
  });
});
