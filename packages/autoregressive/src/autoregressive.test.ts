import { blockCausal, PalimpsestError } from '@palimpsest/backbone';
import type { Backbone, GenerationEvent, GenerationResult } from '@palimpsest/backbone';
import { bidirectionalTableBackbone, randomChain, seededUniform, tableBackbone, toyBackbone } from '@palimpsest/backbone/testing';
import type { ToyBackbone } from '@palimpsest/backbone/testing';
import { SamplingError } from '@palimpsest/sampling';
import { describe, expect, test } from 'vitest';
import { generateAutoregressive } from './autoregressive.js';
import type { AutoregressiveOptions } from './autoregressive.js';
import { generateNaive } from './autoregressive.naive.js';

const size = 13;
const chain = randomChain(size, seededUniform(11));
const table = (): ToyBackbone => tableBackbone({ chain, special: { end: 12, begin: 0 }, maximumLength: 40 });

/** A language in which all earlier tokens matter, so that a lost or doubled prefix shows. */
const remembering = (): ToyBackbone =>
  toyBackbone({
    vocabulary: { size, end: 12, begin: 0 },
    maximumLength: 40,
    visibility: blockCausal(1),
    prediction: 'next',
    row: (tokens, _, visible) =>
      Array.from({ length: size }, (_, id) => tokens.subarray(0, visible).reduce((sum, token, place) => sum + Math.sin(token * 2.3 + id * 1.7 + place), 0)),
  });

async function collect(options: AutoregressiveOptions): Promise<{ events: GenerationEvent[]; result: GenerationResult }> {
  const events: GenerationEvent[] = [];
  const generation = generateAutoregressive(options);
  for (;;) {
    const next = await generation.next();
    if (next.done) return { events, result: next.value };
    events.push(next.value);
  }
}

const still = (): number => 0;
const base = (backbone: Backbone): AutoregressiveOptions => ({ backbone, prompt: Int32Array.of(3, 9, 4), maximumTokens: 17, seed: 5, clock: still });

describe('tokens', () => {
  const settings = [{ temperature: 0 }, {}, { temperature: 0.7, banned: [2, 7] }, { topK: 3 }, { topK: 5, topP: 0.8, banned: [1] }, { topP: 0.6 }, { temperature: 0, banned: [1, 5] }];

  test.each(settings)('are those of recomputing everything, with their probabilities: %j', async (setting) => {
    for (const seed of [0, 1, 2 ** 45]) {
      for (const prompt of [Int32Array.of(3, 9, 4), Int32Array.of()]) {
        const options = { ...base(remembering()), ...setting, seed, prompt };
        const expected = await generateNaive(options);
        const { events, result } = await collect(options);
        expect([...result.ids]).toEqual(expected.ids);
        const confidence = events.flatMap((event) => (event.type === 'tokens-commit' ? [...event.confidence] : []));
        expect(confidence.length).toBe(expected.confidence.length);
        for (const [index, value] of confidence.entries()) expect(value).toBeCloseTo(expected.confidence[index]!, 5);
      }
    }
  });

  test('from a row that is no distribution are an error, wherever they are drawn', async () => {
    const broken = toyBackbone({ vocabulary: { size }, maximumLength: 40, visibility: blockCausal(1), prediction: 'next', row: () => new Array<number>(size).fill(Number.NaN) });
    await expect(collect({ ...base(broken), endTokens: [] })).rejects.toThrow('expected a log-probability that is a number; got NaN');
    await expect(collect({ ...base(broken), endTokens: [], topP: 0.5 })).rejects.toThrow('expected a log-probability that is a number; got NaN');
  });

  test('repeat with the same seed and differ with another', async () => {
    const textOf = async (seed: number): Promise<string> => (await collect({ ...base(remembering()), endTokens: [], seed })).result.ids.join();
    expect(await textOf(8)).toBe(await textOf(8));
    expect(new Set(await Promise.all([8, 9, 10, 11].map(textOf))).size).toBe(4);
  });

  test('come first as often as the table says', async () => {
    const backbone = table();
    const draws = 1500;
    for (const [first, extra] of [[4, {}], [7, { topK: size - 1, banned: [0] }]] as const) {
      const counts = new Array<number>(size).fill(0);
      for (let seed = 0; seed < draws; seed++) {
        const { events } = await collect({ ...base(backbone), ...extra, prompt: Int32Array.of(1, first), maximumTokens: 1, seed });
        const [commit] = events;
        if (commit?.type === 'tokens-commit') counts[commit.ids[0]!]! += 1;
      }
      const allowed = chain.transitions[first]!.map((p, id) => ('banned' in extra && id === 0 ? 0 : p));
      const mass = allowed.reduce((sum, p) => sum + p, 0);
      const statistic = allowed.reduce((sum, p, id) => (p === 0 ? sum : sum + (counts[id]! - (draws * p) / mass) ** 2 / ((draws * p) / mass)), 0);
      expect(statistic).toBeLessThan(39.1); // 12 degrees of freedom, p = 1e-4
    }
  });

  test('contexts asked at once write what each writes alone', async () => {
    const backbone = remembering();
    const options = [1, 2, 3, 4, 5].map((seed) => ({ ...base(backbone), seed, prompt: Int32Array.of(seed), maximumTokens: 6 + seed }));
    const together = await Promise.all(options.map((each) => collect(each)));
    expect(backbone.passes.some(({ contexts }) => contexts === 5)).toBe(true);
    for (const [index, each] of options.entries()) expect(together[index]!.result.ids).toEqual((await collect(each)).result.ids);
  });
});

describe('events and usage', () => {
  test('a commit to a token, the end token last, then what it cost', async () => {
    // the table goes 1, 2, 3, 0 whatever the seed
    const cycle = { initial: [1, 0, 0, 0], transitions: [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0]] };
    let now = 0;
    const backbone = tableBackbone({ chain: cycle, special: { end: 0 }, delay: async () => void (now += 10) });
    const generation = generateAutoregressive({ ...base(backbone), prompt: Int32Array.of(0, 1), clock: () => (now += 0.5) });
    const events: GenerationEvent[] = [];
    let next = await generation.next();
    for (; !next.done; next = await generation.next()) events.push(next.value);
    const commit = (position: number, id: number, pass: number): GenerationEvent => ({
      type: 'tokens-commit', positions: Int32Array.of(position), ids: Int32Array.of(id), confidence: Float32Array.of(1), pass,
    });
    expect(events.slice(0, -1)).toEqual([commit(2, 2, 1), commit(3, 3, 2), commit(4, 0, 3)]);
    const usage = {
      promptTokens: 2, generatedTokens: 2, forwardPasses: 3, positionsComputed: 4, stateBytes: 16,
      milliseconds: 35, millisecondsToFirstToken: 12.5, millisecondsInModel: 32,
    };
    expect(events.at(-1)).toEqual({ type: 'finish', reason: 'end-token', usage });
    expect(next.value).toEqual({ ids: Int32Array.of(2, 3), reason: 'end-token', usage });
    expect(backbone.passes.map(({ positions }) => positions)).toEqual([2, 1, 1]);
  });

  test('stops at maximumTokens, or when the context is full, with reason length', async () => {
    const short = await collect({ ...base(table()), endTokens: [], maximumTokens: 4 });
    expect(short.result).toMatchObject({ reason: 'length', usage: { generatedTokens: 4, forwardPasses: 4, positionsComputed: 6 } });
    const full = await collect({ ...base(table()), endTokens: [], maximumTokens: 500 });
    expect(full.result).toMatchObject({ reason: 'length', usage: { generatedTokens: 38, forwardPasses: 38, stateBytes: 160 } });
    const exact = await collect({ ...base(table()), endTokens: [], prompt: new Int32Array(40).fill(2), maximumTokens: 9 });
    expect(exact.result.ids.length).toBe(1);
  });

  test('asks for no more than it draws from', async () => {
    const asked: string[] = [];
    const spying = (backbone: Backbone): Backbone => ({
      ...backbone,
      open: async (options) => {
        const context = await backbone.open(options);
        return Object.create(context, {
          append: {
            value: (tokens: Int32Array, want: Parameters<typeof context.score>[1]) => {
              asked.push(`${want.give} ${'top' in want ? want.top : ''} of row ${want.rows?.join()}`);
              return context.append!(tokens, want);
            },
          },
        });
      },
      [Symbol.asyncDispose]: () => backbone[Symbol.asyncDispose](),
    });
    for (const setting of [{ temperature: 0 }, { topK: 4 }, { topP: 0.9 }, { temperature: 0, banned: [1, 2] }, { temperature: 0.7, banned: [1, 2] }, {}]) {
      await collect({ ...base(spying(table())), ...setting, maximumTokens: 1 });
    }
    expect(asked).toEqual(['top 1 of row 2', 'top 4 of row 2', 'draw  of row 2', 'top 3 of row 2', 'draw  of row 2', 'draw  of row 2']);
  });

  test('an empty prompt starts from the begin token, which counts as computed but not as prompt', async () => {
    const { events, result } = await collect({ ...base(table()), prompt: Int32Array.of(), maximumTokens: 2, endTokens: [] });
    expect(result.usage).toMatchObject({ promptTokens: 0, positionsComputed: 2, generatedTokens: 2 });
    expect(events.flatMap((event) => (event.type === 'tokens-commit' ? [...event.positions] : []))).toEqual([0, 1]);
  });
});

describe('stopping', () => {
  test('an abort finishes with what there is and disposes the context', async () => {
    const backbone = table();
    const controller = new AbortController();
    const generation = generateAutoregressive({ ...base(backbone), endTokens: [], signal: controller.signal });
    await generation.next();
    await generation.next();
    expect(backbone.openContexts).toBe(1);
    controller.abort(new Error('enough'));
    const finish = await generation.next();
    expect(finish.value).toMatchObject({ type: 'finish', reason: 'aborted', usage: { generatedTokens: 2, forwardPasses: 2, positionsComputed: 4 } });
    expect(await generation.next()).toMatchObject({ done: true, value: { reason: 'aborted' } });
    expect(backbone.openContexts).toBe(0);
  });

  test('an abort before the start computes nothing', async () => {
    const backbone = table();
    const { events, result } = await collect({ ...base(backbone), signal: AbortSignal.abort(new Error('never mind')) });
    expect(events.map(({ type }) => type)).toEqual(['finish']);
    expect(result).toMatchObject({ reason: 'aborted', ids: new Int32Array(), usage: { forwardPasses: 0, millisecondsToFirstToken: 0 } });
    expect(backbone.passes).toEqual([]);
  });

  test('a consumer that leaves early disposes the context', async () => {
    const backbone = table();
    for await (const event of generateAutoregressive(base(backbone))) if (event.type === 'tokens-commit') break;
    expect(backbone.openContexts).toBe(0);
  });

  test('a failure of the model passes through, and disposes the context', async () => {
    const failure = new Error('no power');
    let passes = 0;
    const backbone = tableBackbone({ chain, delay: async () => { if (++passes === 3) throw failure; } });
    await expect(collect({ ...base(backbone), signal: new AbortController().signal })).rejects.toBe(failure);
    expect(backbone.openContexts).toBe(0);
  });
});

describe('bad input fails before anything runs', () => {
  test.each([
    ['a bidirectional backbone', { backbone: bidirectionalTableBackbone({ chain }) }, 'expected a backbone with causal visibility; got bidirectional. Models that see ahead generate with @palimpsest/diffusion.'],
    ['rows that predict their own token', { backbone: { ...table(), prediction: 'same' as const } }, "expected a backbone whose rows predict the 'next' token; got 'same'."],
    ['an empty prompt without a begin token', { backbone: tableBackbone({ chain }), prompt: Int32Array.of() }, 'expected a prompt, or a vocabulary with a begin token; got neither. Give at least one token.'],
    ['a prompt too long', { prompt: new Int32Array(41) }, "expected a prompt of at most the 40 tokens of the backbone's context; got 41. Shorten the prompt."],
    ['ids outside the vocabulary', { prompt: Int32Array.of(1, 13) }, 'expected prompt ids from 0 to 12; got 13 at index 1. Was it encoded with another tokenizer?'],
    ['an end token outside the vocabulary', { endTokens: [-1] }, 'expected endTokens ids from 0 to 12; got -1 at index 0.'],
    ['no tokens to write', { maximumTokens: 0 }, 'expected maximumTokens of at least 1; got 0.'],
  ])('%s', (_, change, message) => {
    const backbone = table();
    const start = (): unknown => generateAutoregressive({ ...base(backbone), ...change });
    expect(start).toThrow(PalimpsestError);
    expect(start).toThrow(`generateAutoregressive: ${message}`);
    expect(backbone.passes).toEqual([]);
  });

  test('settings and seeds that are out of range', () => {
    for (const change of [{ temperature: -1 }, { topK: 0 }, { banned: [13] }, { seed: -1 }, { seed: 0.5, temperature: 0 }]) {
      expect(() => generateAutoregressive({ ...base(table()), ...change })).toThrow(SamplingError);
    }
  });

  test('a context that cannot be appended to', async () => {
    const backbone = table();
    const fixed: Backbone = Object.create(backbone, {
      open: { value: async () => Object.create(await backbone.open(), { append: { value: undefined } }) },
    });
    await expect(collect(base(fixed))).rejects.toThrow('expected a backbone whose contexts can be appended to; got a context without append.');
    expect(backbone.openContexts).toBe(0);
  });
});
