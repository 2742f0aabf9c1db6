import { bidirectional, blockCausal, causal, PalimpsestError } from '@palimpsest/backbone';
import { bidirectionalTableBackbone, blockTableBackbone, tableBackbone } from '@palimpsest/backbone/testing';
import { nelbo, perplexity } from '@palimpsest/evaluation';
import type { Likelihood, ScoredText } from '@palimpsest/evaluation';
import { describe, expect, test } from 'vitest';
import { chainNats, chainOf, exactBound, logSoftmaxOf, oddBackbone, oddRow, writtenBy } from './languages.js';

const chain = chainOf(5, 3);
const texts: readonly ScoredText[] = [11, 2, 7].flatMap((length, seed) => writtenBy(chain, 2, length, seed)).map((tokens) => ({ tokens }));
const natsOf = (text: ScoredText): number => chainNats(chain, text.tokens, text.given ?? 1);
const total = texts.reduce((sum, text) => sum + natsOf(text), 0);
const scored = texts.reduce((sum, { tokens }) => sum + tokens.length - 1, 0);

/** float32 logits and log-probabilities. */
const digits = 4;

describe('perplexity', () => {
  test('is the chain\'s own likelihood, for each text and for all', async () => {
    await using backbone = tableBackbone({ chain });
    const result = await perplexity({ backbone, texts });
    expect(result).toMatchObject({ kind: 'exact', tokens: scored, standardError: 0 });
    result.texts.forEach(({ tokens, nats }, index) => {
      expect(tokens).toBe(texts[index]!.tokens.length - 1);
      expect(nats).toBeCloseTo(natsOf(texts[index]!), digits);
    });
    expect(result.natsPerToken).toBeCloseTo(total / scored, digits + 1);
    expect(result.perplexity).toBeCloseTo(Math.exp(total / scored), digits);
    expect(backbone.openContexts).toBe(0);
  });

  test('takes one pass to a text, over all tokens but the last, several texts in one', async () => {
    await using backbone = tableBackbone({ chain });
    const progress: number[] = [];
    await perplexity({ backbone, texts, together: 2, onProgress: (done) => progress.push(done) });
    expect(backbone.passes.reduce((sum, { positions }) => sum + positions, 0)).toBe(scored);
    expect(Math.max(...backbone.passes.map(({ contexts }) => contexts))).toBe(2);
    expect(progress).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('scores what is not given', async () => {
    await using backbone = tableBackbone({ chain });
    const tokens = texts[0]!.tokens;
    const result = await perplexity({ backbone, texts: [{ tokens, given: 8 }, { tokens, given: 10 }] });
    expect(result.texts.map((text) => text.tokens)).toEqual([3, 1]);
    expect(result.texts[0]!.nats).toBeCloseTo(chainNats(chain, tokens, 8), digits);
    expect(result.texts[1]!.nats).toBeCloseTo(chainNats(chain, tokens, 10), digits);
  });

  test('of another language is higher on average, and uniform rows give the number of words', async () => {
    await using other = tableBackbone({ chain: chainOf(5, 4) });
    const many = writtenBy(chain, 40, 30, 9).map((tokens) => ({ tokens }));
    const [own, foreign] = [many.reduce((sum, text) => sum + natsOf(text), 0) / (40 * 29), await perplexity({ backbone: other, texts: many })];
    expect(foreign.natsPerToken).toBeGreaterThan(own + 0.1);
    const flat = [0.2, 0.2, 0.2, 0.2, 0.2];
    await using uniform = tableBackbone({ chain: { initial: flat, transitions: [flat, flat, flat, flat, flat] } });
    expect((await perplexity({ backbone: uniform, texts })).perplexity).toBeCloseTo(5, digits);
  });
});

const toyNelbo = async (backbone: Parameters<typeof nelbo>[0]['backbone'], options: Partial<Parameters<typeof nelbo>[0]> = {}): Promise<Likelihood> =>
  nelbo({ backbone, texts, seed: 5, draws: 64, group: 8, ...options });

describe('nelbo of a model that knows the language', () => {
  test('comes to the likelihood itself, within its standard error', async () => {
    await using backbone = bidirectionalTableBackbone({ chain });
    for (const given of [1, 0]) {
      const result = await toyNelbo(backbone, { texts: texts.map(({ tokens }) => ({ tokens, given })) });
      const exact = texts.reduce((sum, { tokens }) => sum + chainNats(chain, tokens, given), 0) / result.tokens;
      expect(result).toMatchObject({ kind: 'upper-bound', tokens: given === 1 ? scored : scored + texts.length });
      expect(Math.abs(result.natsPerToken - exact)).toBeLessThan(4 * result.standardError);
      expect(result.standardError).toBeLessThan(0.03);
      expect(result.perplexity).toBe(Math.exp(result.natsPerToken));
    }
    expect(backbone.openContexts).toBe(0);
  });

  test('more draws bring it nearer, and their standard error says how near', async () => {
    await using backbone = bidirectionalTableBackbone({ chain });
    const few = await toyNelbo(backbone, { draws: 16, group: 8 });
    const many = await toyNelbo(backbone, { draws: 400, group: 8 });
    expect(many.standardError).toBeLessThan(few.standardError / 2);
    expect(Math.abs(many.natsPerToken - total / scored)).toBeLessThan(4 * many.standardError);
  });

  test('in blocks after clean ones it is the likelihood too, and exactly that in blocks of one', async () => {
    await using threes = blockTableBackbone({ chain, blockSize: 3 });
    const bound = await toyNelbo(threes);
    expect(Math.abs(bound.natsPerToken - total / scored)).toBeLessThan(4 * bound.standardError);
    await using ones = blockTableBackbone({ chain, blockSize: 1 });
    const exact = await toyNelbo(ones);
    expect(exact.standardError).toBe(0);
    exact.texts.forEach(({ nats }, index) => expect(nats).toBeCloseTo(natsOf(texts[index]!), digits));
    expect([threes.openContexts, ones.openContexts]).toEqual([0, 0]);
  });

  test('a single token has no spread, and takes one pass', async () => {
    await using backbone = bidirectionalTableBackbone({ chain });
    const text = { tokens: Int32Array.of(2, 0, 4, 1), given: 3 };
    const result = await toyNelbo(backbone, { texts: [text] });
    expect(result.standardError).toBe(0);
    expect(result.natsPerToken).toBeCloseTo(natsOf(text), digits);
    expect(backbone.passes).toEqual([{ contexts: 1, positions: 4 }]);
  });
});

describe('nelbo of a model that knows nothing exactly', () => {
  const words = 4;
  const odd: readonly ScoredText[] = writtenBy(chainOf(words, 8), 2, 6, 1).map((tokens, index) => ({ tokens, given: 1 + index }));
  /** By enumeration of all maskings, block by block. */
  function enumerated(blockSize: number, shift: 0 | 1): number {
    const nats = odd.map(({ tokens, given = 1 }) => {
      let sum = 0;
      for (let start = 0; start < tokens.length; start += blockSize) {
        const end = Math.min(start + blockSize, tokens.length);
        if (end <= given) continue;
        sum += exactBound(tokens.subarray(0, end), Math.max(start, given), words, (masked, cell) => {
          const row = cell - shift; // what it sees ends with its own block
          const visible = Math.min((Math.floor(row / blockSize) + 1) * blockSize, end);
          return logSoftmaxOf(oddRow(masked, row, visible, words), tokens[cell]!);
        });
      }
      return sum;
    });
    return nats.reduce((sum, value) => sum + value, 0) / odd.reduce((sum, { tokens, given = 1 }) => sum + tokens.length - given, 0);
  }

  test.each([
    { visibility: bidirectional, size: 6, prediction: 'same', shift: 0 },
    { visibility: bidirectional, size: 6, prediction: 'next', shift: 1 },
    { visibility: blockCausal(2), size: 2, prediction: 'same', shift: 0 },
    { visibility: blockCausal(4), size: 4, prediction: 'next', shift: 1 },
  ] as const)('$visibility.name, row predicts the $prediction token: the bound by enumeration', async ({ visibility, size, prediction, shift }) => {
    await using backbone = oddBackbone({ visibility, prediction }, words);
    const exact = enumerated(size, shift);
    const result = await toyNelbo(backbone, { texts: odd, draws: 1024, group: 16 });
    expect(result.standardError).toBeLessThan(0.03);
    expect(Math.abs(result.natsPerToken - exact)).toBeLessThan(4 * result.standardError);
    expect(Math.abs(result.natsPerToken - enumerated(size, shift === 0 ? 1 : 0))).toBeGreaterThan(8 * result.standardError);
  });

  test('a causal, shifted one in blocks of one is the exact likelihood of left to right', async () => {
    await using backbone = oddBackbone({ visibility: causal, prediction: 'next' }, words);
    const [bound, exact] = [await toyNelbo(backbone, { texts: odd }), await perplexity({ backbone, texts: odd })];
    expect(bound.standardError).toBe(0);
    expect(bound.natsPerToken).toBeCloseTo(exact.natsPerToken, digits);
  });

  test('the standard error is neither too small nor too large: over 60 seeds the squared error is what it says', async () => {
    await using backbone = oddBackbone({ visibility: bidirectional, prediction: 'same' }, words);
    const exact = enumerated(6, 0);
    const ratios: number[] = [];
    for (let seed = 0; seed < 60; seed++) {
      const { natsPerToken, standardError } = await toyNelbo(backbone, { texts: odd, draws: 48, group: 4, seed });
      ratios.push(((natsPerToken - exact) / standardError) ** 2);
    }
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    expect(mean).toBeGreaterThan(0.5);
    expect(mean).toBeLessThan(2); // 12 groups: Student's t has variance 11 / 9
  });

  test('it lies above the likelihood of the language, by more than its error', async () => {
    const many = writtenBy(chain, 40, 9, 12).map((tokens) => ({ tokens }));
    const own = many.reduce((sum, text) => sum + natsOf(text), 0) / (40 * 8);
    await using stranger = bidirectionalTableBackbone({ chain: chainOf(5, 4) });
    const bound = await toyNelbo(stranger, { texts: many, draws: 16, group: 8 });
    expect(bound.natsPerToken - 4 * bound.standardError).toBeGreaterThan(own);
  });
});

test('a likelihood depends on the seed alone, and is plain JSON', async () => {
  await using backbone = bidirectionalTableBackbone({ chain });
  const [first, again, other] = [await toyNelbo(backbone), await toyNelbo(backbone), await toyNelbo(backbone, { seed: 6 })];
  expect(again).toEqual(first);
  expect(other.natsPerToken).not.toBe(first.natsPerToken);
  expect(JSON.parse(JSON.stringify(first))).toEqual(first);
});

describe('what is refused', () => {
  const ask = (tokens: readonly number[], given?: number): readonly ScoredText[] => [{ tokens: Int32Array.of(0, 1) }, { tokens: Int32Array.from(tokens), ...(given !== undefined && { given }) }];

  test.each<[string, readonly ScoredText[], string]>([
    ['no texts', [], 'perplexity: expected at least one text; got none'],
    ['a text of one token', ask([1]), 'perplexity: text 1: expected from 1 to 0 given tokens, of 1; got 1. Begin a text with the begin token.'],
    ['nothing left to score', ask([1, 2], 2), 'expected from 1 to 1 given tokens, of 2; got 2'],
    ['nothing given', ask([1, 2], 0), 'expected from 1 to 1 given tokens, of 2; got 0'],
    ['a text beyond the context', ask(new Array(65).fill(1) as number[]), "expected at most the 64 tokens of the backbone's context; got 65"],
    ['an id beyond the vocabulary', ask([1, 5]), 'expected token ids from 0 to 4; got 5'],
  ])('%s', async (_, given, message) => {
    await using backbone = tableBackbone({ chain });
    await expect(perplexity({ backbone, texts: given })).rejects.toThrow(PalimpsestError);
    await expect(perplexity({ backbone, texts: given })).rejects.toThrow(message);
    expect(backbone.passes).toEqual([]);
  });

  test('the wrong measure for a backbone', async () => {
    await using both = bidirectionalTableBackbone({ chain });
    await using left = tableBackbone({ chain });
    await expect(perplexity({ backbone: both, texts })).rejects.toThrow("expected a causal backbone whose rows predict the 'next' token; got bidirectional, 'same'. For masked diffusion take nelbo");
    await expect(toyNelbo(left)).rejects.toThrow('expected a backbone whose vocabulary has a mask token; got one without. For an autoregressive model take perplexity');
  });

  test.each([[63, 8], [8, 8], [64, 0], [64, 2.5]])('%s draws in groups of %s', async (draws, group) => {
    await using backbone = bidirectionalTableBackbone({ chain });
    await expect(toyNelbo(backbone, { draws, group })).rejects.toThrow(`expected draws in two or more groups of ${group}; got ${draws}`);
  });

  test('an abortion ends both with its reason and leaves no context open', async () => {
    for (const measure of ['perplexity', 'nelbo'] as const) {
      const controller = new AbortController();
      const delay = async (): Promise<void> => controller.abort(new Error('enough'));
      await using backbone = measure === 'nelbo' ? bidirectionalTableBackbone({ chain, delay }) : tableBackbone({ chain, delay });
      const running = measure === 'nelbo' ? toyNelbo(backbone, { signal: controller.signal }) : perplexity({ backbone, texts, together: 2, signal: controller.signal });
      await expect(running).rejects.toThrow('enough');
      expect(backbone.openContexts).toBe(0);
      expect(backbone.passes.length).toBeLessThanOrEqual(2);
    }
  });
});
