import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import { bidirectionalTableBackbone, blockTableBackbone, tableBackbone } from '@palimpsest/backbone/testing';
import { leftToRight, perplexity } from '@palimpsest/evaluation';
import { describe, expect, test } from 'vitest';
import { chainNats, chainOf, logSoftmaxOf, oddBackbone, oddRow, writtenBy } from './languages.js';

const chain = chainOf(5, 3);
const texts = [11, 2, 7].flatMap((length, seed) => writtenBy(chain, 2, length, seed)).map((tokens) => ({ tokens }));

describe('leftToRight', () => {
  test.each([1, 3, 4, Infinity])('of a model that knows the language is its likelihood, in blocks of %s', async (blockSize) => {
    await using backbone = blockSize === Infinity ? bidirectionalTableBackbone({ chain }) : blockTableBackbone({ chain, blockSize });
    for (const together of [1, 3, 16]) {
      const result = await leftToRight({ backbone, texts, together });
      expect(result).toMatchObject({ kind: 'exact', standardError: 0 });
      result.texts.forEach(({ nats, tokens }, index) => {
        expect(tokens).toBe(texts[index]!.tokens.length - 1);
        expect(nats).toBeCloseTo(chainNats(chain, texts[index]!.tokens, 1), 4);
      });
    }
    expect(backbone.openContexts).toBe(0);
  });

  test('in blocks of one it is the perplexity of the causal model', async () => {
    await using causalOne = oddBackbone({ visibility: causal, prediction: 'next' }, 4);
    const exact = await perplexity({ backbone: causalOne, texts });
    const found = await leftToRight({ backbone: causalOne, texts });
    found.texts.forEach(({ nats }, index) => expect(nats).toBeCloseTo(exact.texts[index]!.nats, 4));
  });

  test.each([['same', 4], ['next', 4], ['same', Infinity], ['next', Infinity]] as const)('of a model that knows nothing exactly: each token is asked with it and all behind it masked; prediction %s, blocks of %s', async (prediction, blockSize) => {
    const words = 4;
    await using backbone = oddBackbone({ visibility: blockSize === Infinity ? bidirectional : blockCausal(blockSize), prediction }, words);
    const odd = writtenBy(chainOf(words, 8), 3, 10, 1).map((tokens, index) => ({ tokens, given: 1 + 2 * index }));
    const shift = prediction === 'next' ? 1 : 0;
    const result = await leftToRight({ backbone, texts: odd });
    odd.forEach(({ tokens, given }, index) => {
      let nats = 0;
      for (let place = given; place < tokens.length; place++) {
        const [row, ownEnd] = [place - shift, Math.min((Math.floor(place / blockSize) + 1) * blockSize, tokens.length)];
        const visible = Math.min(Number.isFinite(blockSize) ? (Math.floor(row / blockSize) + 1) * blockSize : Infinity, ownEnd);
        const masked = tokens.map((id, at) => (at >= place && at < ownEnd ? words : id));
        nats -= logSoftmaxOf(oddRow(masked, row, visible, words), tokens[place]!);
      }
      expect(result.texts[index]!.nats).toBeCloseTo(nats, 3);
    });
  });

  test('what is refused', async () => {
    await using backbone = tableBackbone({ chain });
    await expect(leftToRight({ backbone, texts })).rejects.toThrow('leftToRight: expected a backbone whose vocabulary has a mask token; got one without. For an autoregressive model take perplexity.');
    await using diffusion = bidirectionalTableBackbone({ chain });
    await expect(leftToRight({ backbone: diffusion, texts: [] })).rejects.toThrow('leftToRight: expected at least one text');
    const stop = AbortSignal.abort(new Error('enough'));
    await expect(leftToRight({ backbone: diffusion, texts, signal: stop })).rejects.toThrow('enough');
    expect(diffusion.openContexts).toBe(0);
  });
});
