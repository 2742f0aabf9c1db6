import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { Backbone, Context } from '@palimpsest/backbone';
import { fromPrompt, fromStart, generateBlockDiffusion } from '@palimpsest/block-diffusion';
import type { BlockDiffusionOptions } from '@palimpsest/block-diffusion';
import { confidenceThreshold, editAbove, linear, lowConfidence, random, remasking, sequentialThreshold, subBlocks } from '@palimpsest/diffusion';
import type { UnmaskingPolicy } from '@palimpsest/diffusion';
import { describe, expect, test } from 'vitest';
import { oddBackbone } from './odd-backbone.js';
import { changesOf, only, run } from './run.js';

const policies = [lowConfidence, random, confidenceThreshold(0.2), remasking(linear, 0.3), sequentialThreshold(0.3)];
const given = { prompt: Int32Array.of(3, 1, 4, 1, 5, 2, 6), maximumTokens: 14, seed: 7, clock: () => 0 };

describe.each([{ alignment: fromStart }, { alignment: fromPrompt }])('$alignment.name', ({ alignment }) => {
  // a token of the toy is what it is, whatever it looked at: nothing is ever stale, and the cache must be exact
  test.each(['same', 'next'] as const)('where a token is the same whatever it saw, the texts and passes of exact looks at the same parts; row predicts the %s token', async (prediction) => { // shifted ones draw by the number of passes
    let saved = 0;
    for (let seed = 0; seed < 40; seed++) {
      const backbone = oddBackbone(blockCausal(6), prediction, { salt: seed + 1 });
      const partSize = [1, 2, 3, 4, 6, 9][seed % 6]!;
      const policy = policies[seed % 5]!;
      const options = {
        ...given, backbone, alignment, seed, prompt: Int32Array.from({ length: [0, 4, 11][seed % 3]! }, (_, index) => (index * 5 + 2) % 7), maximumTokens: 23 + (seed % 4),
        stepsPerBlock: 6 + (seed % 5), temperature: prediction === 'same' ? [0, 1, 0.7][seed % 3]! : 0, stopAtEnd: false, ...(seed % 7 === 0 && { window: { tokens: 24, keep: 12 } }),
      };
      const cached = await run(generateBlockDiffusion({ ...options, policy, dualCache: { partSize } }));
      const exact = await run(generateBlockDiffusion({ ...options, policy: subBlocks(policy, partSize) }));
      const blocks = only(cached.events, 'block-start').length;
      const fewer = exact.result.usage.forwardPasses - cached.result.usage.forwardPasses;
      expect(changesOf(cached.events)).toEqual(changesOf(exact.events));
      expect(fewer).toBeGreaterThanOrEqual(0);
      expect(fewer).toBeLessThanOrEqual(prediction === 'same' ? 0 : blocks); // a part of which only the block's first token is open, which the commit before has read, needs no look
      expect(blocks).toBeGreaterThan(3);
      saved += exact.result.usage.positionsComputed - cached.result.usage.positionsComputed;
      expect(backbone.openContexts).toBe(0);
    }
    expect(saved).toBeGreaterThan(500);
  });
});

test('positions: all of a block for the first look at each part and for the commit, a part for each other look', async () => {
  const backbone = oddBackbone(blockCausal(6), 'same');
  const { result } = await run(generateBlockDiffusion({ ...given, prompt: new Int32Array(), backbone, maximumTokens: 12, dualCache: { partSize: 3 }, stopAtEnd: false }));
  expect(result.usage).toMatchObject({ forwardPasses: 13, positionsComputed: 2 * (2 * 6 + 4 * 3) + 6 });
  expect((await run(generateBlockDiffusion({ ...given, prompt: new Int32Array(), backbone, maximumTokens: 6, dualCache: { partSize: 3 }, stopAtEnd: false }))).result.usage.stateBytes).toBe(6 * 4); // the block that stands there while it is written
  const shifted = oddBackbone(blockCausal(6), 'next');
  const fromTheRight: UnmaskingPolicy = { name: 'from the right', decide: ({ open }) => ({ commit: [open.at(-1)!] }) };
  const next = await run(generateBlockDiffusion({ ...given, prompt: new Int32Array(), backbone: shifted, maximumTokens: 12, policy: fromTheRight, dualCache: { partSize: 3 }, stopAtEnd: false }));
  // the row before a part is looked at while the part's first cell is open; the commit before it has read the first cell of the second block, which needs no look
  expect(next.result.usage).toMatchObject({ forwardPasses: 7 + 5, positionsComputed: (6 + 3 + 3) + (6 + 4 + 4) + 6 + (6 + 3) + (6 + 4 + 4) });
});

test('each part begins with a look at all of the block, which stands in the context until the next one does; a block that is cut is looked at whole', async () => {
  const seen: string[] = [];
  const base = oddBackbone(blockCausal(6), 'same', { salt: 3 });
  const backbone: Backbone = { ...base, open: async (options) => {
    const context = await base.open(options);
    return Object.create(context, {
      score: { value: (...asked: Parameters<Context['score']>) => (seen.push(`score ${asked[0].length}`), context.score(...asked)) },
      append: { value: (...asked: Parameters<Context['score']>) => (seen.push(`append ${asked[0].length}`), context.append!(...asked)) },
      rescore: { value: (start: number, ...asked: Parameters<Context['score']>) => (seen.push(`rescore ${start} ${asked[0].length}`), context.rescore!(start, ...asked)) },
      rewind: { value: (length: number) => (seen.push(`rewind ${length}`), context.rewind!(length)) },
    }) as Context;
  } };
  await run(generateBlockDiffusion({ ...given, backbone, prompt: Int32Array.of(1, 2), maximumTokens: 13, dualCache: { partSize: 2 }, stopAtEnd: false }));
  expect(seen).toEqual([
    'append 6', 'rescore 2 2', 'rewind 0', 'append 6', 'rescore 4 2', 'rewind 0', 'append 6', // the prompt's two tokens and four cells, in two parts; then committed
    'append 6', 'rescore 6 2', 'rewind 6', 'append 6', 'rescore 8 2', 'rewind 6', 'append 6', 'rescore 10 2', 'rewind 6', 'append 6',
    'score 3', 'score 3', 'score 3', // the last block is cut
  ]);
});

describe('what has no dual cache is said before any pass', () => {
  const start = (options: Partial<BlockDiffusionOptions>) => (): unknown => generateBlockDiffusion({ ...given, backbone: oddBackbone(blockCausal(5), 'same'), dualCache: { partSize: 2 }, ...options });

  test('other blocks than those of the visibility, editing, no part', () => {
    expect(start({ backbone: oddBackbone(bidirectional, 'same') })).toThrow('generateBlockDiffusion: expected a block-causal backbone and blocks of its size beside dualCache; got bidirectional.');
    expect(start({ backbone: oddBackbone(causal, 'next'), blockSize: 4 })).toThrow('got blocks of 4 under causal visibility.');
    expect(start({ editing: { policy: editAbove(0.5) } })).toThrow('expected no editing beside dualCache; got both.');
    expect(start({ dualCache: { partSize: 0 } })).toThrow('expected a positive integer partSize of dualCache; got 0.');
  });

  test('a state that cannot be cut, by its name; a context without the verb, which is disposed', async () => {
    expect(start({ backbone: { ...oddBackbone(blockCausal(5), 'same'), cannotRewind: 'state model.layers.3.mixer.state' } })).toThrow(
      'generateBlockDiffusion: dualCache: expected contexts that can look at a part of a block beside the rest as it was; got one that cannot: state model.layers.3.mixer.state. Leave it out: subBlocks');
    const backbone = oddBackbone(blockCausal(5), 'same');
    const without: Backbone = { ...backbone, open: async () => Object.create(await backbone.open(), { rescore: { value: undefined } }) as Context };
    await expect(run(generateBlockDiffusion({ ...given, backbone: without, dualCache: { partSize: 2 } }))).rejects.toThrow('got one that cannot: it has no rescore');
    expect([backbone.passes.length, backbone.openContexts]).toEqual([0, 0]);
  });
});
