import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { Backbone, Context, GenerationEvent } from '@palimpsest/backbone';
import { fromPrompt, fromStart, generateBlockDiffusion } from '@palimpsest/block-diffusion';
import type { BlockDiffusionOptions } from '@palimpsest/block-diffusion';
import { confidenceThreshold, editAbove, generateMaskedDiffusion, linear, lowConfidence, random, remasking } from '@palimpsest/diffusion';
import { describe, expect, test } from 'vitest';
import { generateNaive } from '../src/sampler/block-diffusion.naive.js';
import { oddBackbone, vocabulary } from './odd-backbone.js';
import { changesOf, run } from './run.js';

const given = { prompt: Int32Array.of(3, 1, 4, 1, 5, 2, 6), maximumTokens: 12, seed: 7, clock: () => 0 };
const policies = [lowConfidence, random, confidenceThreshold(0.2), remasking(linear, 0.3)];

/** How many tokens of finished blocks were edited; events may neither write over a token nor erase what is not there. */
function editsOf(events: readonly GenerationEvent[], promptLength: number): { readonly all: number; readonly finished: number } {
  const written = new Set<number>();
  let [start, all, finished] = [0, 0, 0];
  for (const event of events) {
    if (event.type === 'block-start') start = event.range.start;
    if (event.type === 'tokens-revoke') {
      for (const position of event.positions) {
        expect(written.delete(position)).toBe(true);
        if (position < start) finished++;
      }
      all += event.positions.length;
    }
    if (event.type === 'tokens-commit') {
      for (const position of event.positions) {
        expect(position >= promptLength && !written.has(position)).toBe(true);
        written.add(position);
      }
    }
  }
  return { all, finished };
}

describe.each([
  { visibility: blockCausal(5), blockSize: 5, alignment: fromStart },
  { visibility: blockCausal(3), blockSize: 6, alignment: fromPrompt },
  { visibility: blockCausal(5), blockSize: 5, alignment: fromPrompt },
  { visibility: causal, blockSize: 4, alignment: fromStart },
])('editing in blocks of $blockSize under $visibility.name visibility, $alignment.name', ({ visibility, blockSize, alignment }) => {
  test.each(['same', 'next'] as const)('cut back and committed again, the texts and passes of recomputing everything; row predicts the %s token', async (prediction) => {
    const total = { all: 0, finished: 0 };
    for (let seed = 0; seed < 30; seed++) {
      const promptLength = [0, 4, 11][seed % 3]!;
      const backbone = oddBackbone(visibility, prediction, { salt: seed + 1 });
      const prompt = Array.from({ length: promptLength }, (_, index) => (index * 5 + 2) % 7);
      const editing = { threshold: [0.1, 0.2, 0.4][seed % 3]!, looks: [1, 2, 0, 16, 1][seed % 5]!, finishedBlocks: [2, 1, 9, 0][seed % 4]! };
      const options = { backbone, maximumTokens: 23, stepsPerBlock: 1 + (seed % 4), policy: policies[seed % 4]!, temperature: [0, 1, 0.7][seed % 3]!, seed };
      const { events, result } = await run(generateBlockDiffusion({
        ...options, prompt: Int32Array.from(prompt), blockSize, alignment, stopAtEnd: false, clock: () => 0,
        editing: { policy: editAbove(editing.threshold), looks: editing.looks, finishedBlocks: editing.finishedBlocks },
      }));
      const { changes, passes } = await generateNaive({ ...options, prompt, blockSize, committed: alignment(promptLength, blockSize), editing });
      expect(changesOf(events)).toEqual(changes);
      expect(result.usage.forwardPasses).toBe(passes);
      const { all, finished } = editsOf(events, promptLength);
      [total.all, total.finished] = [total.all + all, total.finished + finished];
      expect(backbone.openContexts).toBe(0);
    }
    expect(total.all).toBeGreaterThan(100);
    expect(total.finished).toBeGreaterThan(prediction === 'next' && visibility === causal ? 0 : 20);
  });
});

describe('editing and the special cases', () => {
  test('one block for all is masked diffusion, event by event', async () => {
    for (const prediction of ['same', 'next'] as const) {
      for (const temperature of [0, 1]) {
        const backbone = oddBackbone(bidirectional, prediction, { salt: 4 });
        const common = { ...given, backbone, temperature, draft: true, editing: { policy: editAbove(0.3), looks: 3 } };
        const blocks = await run(generateBlockDiffusion({ ...common, maximumTokens: 13, stepsPerBlock: 7 }));
        expect(blocks).toEqual(await run(generateMaskedDiffusion({ ...common, canvasLength: 13, steps: 7 })));
        expect(editsOf(blocks.events, 7).all).toBeGreaterThan(0);
      }
    }
  });

  test('blocks of one token in a shifted model: nothing to say of a token but what wrote it, and no pass more', async () => {
    const common = { ...given, backbone: oddBackbone(causal, 'next'), temperature: 1 };
    const plain = await run(generateBlockDiffusion(common));
    expect(await run(generateBlockDiffusion({ ...common, editing: { policy: editAbove(0), finishedBlocks: 3 } }))).toEqual(plain);
  });

  test('where no edit fires, only a look at each full block is added', async () => {
    const common = { ...given, backbone: oddBackbone(blockCausal(5), 'same'), stopAtEnd: false };
    const plain = await run(generateBlockDiffusion(common));
    const edited = await run(generateBlockDiffusion({ ...common, editing: { policy: { name: 'never', edit: () => [] }, finishedBlocks: 2 } }));
    expect(edited.result.ids).toEqual(plain.result.ids);
    expect(edited.result.usage.forwardPasses).toBe(plain.result.usage.forwardPasses + 3);
  });

  test('revisions stand between start and end of the block that is written; an end token that they write ends the text, one that they erase does not', async () => {
    const reasons = new Set<string>();
    for (let seed = 0; seed < 24; seed++) {
      const editing = { policy: editAbove(0.1), looks: 1 + (seed % 3), finishedBlocks: 2 };
      const { events, result } = await run(generateBlockDiffusion({ ...given, backbone: oddBackbone(blockCausal(5), 'same', { salt: seed }), temperature: 1, editing, seed }));
      let open = false;
      const text = new Map<number, number>();
      for (const event of events) {
        if (event.type === 'block-start') open = true;
        if (event.type === 'block-end') open = false;
        if (event.type === 'tokens-revoke') event.positions.forEach((position) => text.delete(position));
        if (event.type === 'tokens-commit') event.positions.forEach((position, index) => text.set(position, event.ids[index]!));
        if (event.type === 'tokens-revoke' || event.type === 'tokens-commit') expect(open).toBe(true);
      }
      const ids = Array.from({ length: 12 }, (_, cell) => text.get(7 + cell));
      const end = ids.findIndex((id) => id === undefined || id === vocabulary.end);
      expect([...result.ids]).toEqual(end < 0 ? ids : ids.slice(0, end));
      expect(result.reason).toBe(ids[end] === vocabulary.end ? 'end-token' : 'length');
      reasons.add(result.reason);
    }
    expect(reasons.size).toBe(2);
  });
});

describe('what cannot be edited is said before any pass', () => {
  const editing = { policy: editAbove(0.5), finishedBlocks: 1 };
  const start = (options: Partial<BlockDiffusionOptions>) => (): unknown => generateBlockDiffusion({ ...given, backbone: oddBackbone(blockCausal(5), 'same'), editing, ...options });

  test('visibility under which no block is finished before the text; a window, which forgets', () => {
    expect(start({ backbone: oddBackbone(bidirectional, 'same') })).toThrow(
      'generateBlockDiffusion: expected visibility under which blocks are finished before the text is, for finishedBlocks of editing; got bidirectional. generateMaskedDiffusion edits finished blocks');
    expect(start({ window: { tokens: 20 } })).toThrow('expected no window beside finishedBlocks of editing; got a window of 20 tokens');
    expect(start({ editing: { policy: editAbove(), looks: 1.5 } })).toThrow('generateBlockDiffusion: editing: expected a whole number of looks; got 1.5');
  });

  test('a backbone that cannot be rewound: by the name of what cannot', () => {
    const backbone: Backbone = { ...oddBackbone(blockCausal(5), 'same'), cannotRewind: 'state model.layers.3.mixer.state and 1 more' };
    expect(start({ backbone })).toThrow(
      'generateBlockDiffusion: editing: expected contexts that can be rewound, for blocks that are finished; got one that cannot: state model.layers.3.mixer.state and 1 more. Leave finishedBlocks out');
    start({ backbone, editing: { policy: editAbove(0.5) } })(); // the block that is written needs none
  });

  test('a context without rewind that nobody told of, which is disposed', async () => {
    const backbone = oddBackbone(blockCausal(5), 'same');
    const without: Backbone = { ...backbone, open: async () => {
      const context = await backbone.open();
      return {
        get length() { return context.length; },
        stateBytes: 0, score: context.score, append: context.append!, [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
      } satisfies Context;
    } };
    await expect(run(generateBlockDiffusion({ ...given, backbone: without, editing }))).rejects.toThrow('got one that cannot: it has no rewind');
    expect([backbone.passes.length, backbone.openContexts]).toEqual([0, 0]);
    await run(generateBlockDiffusion({ ...given, backbone: without, editing: { policy: editAbove(0.5) } }));
    expect(backbone.passes.length).toBeGreaterThan(0);
  });
});
