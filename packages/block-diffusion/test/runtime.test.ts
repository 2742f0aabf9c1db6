import { createHash } from 'node:crypto';
import { generateAutoregressive } from '@palimpsest/autoregressive';
import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { Backbone, Context, GenerationEvent, Prediction, Visibility } from '@palimpsest/backbone';
import { fromPrompt, fromStart, generateBlockDiffusion } from '@palimpsest/block-diffusion';
import { confidenceThreshold, editAbove, generateMaskedDiffusion, lowConfidence, random, subBlocks } from '@palimpsest/diffusion';
import { attention, defineModel, residual, rmsNorm } from '@palimpsest/layers';
import type { Layer, ModelDefinition, Scope } from '@palimpsest/layers';
import { openBackbone } from '@palimpsest/runtime';
import { randomStream } from '@palimpsest/sampling';
import { mamba2 } from '@palimpsest/ssm';
import { tttLinear } from '@palimpsest/ttt';
import { describe, expect, test } from 'vitest';
import { generateNaive } from '../src/sampler/block-diffusion.naive.js';
import { changesOf, only, run } from './run.js';

const vocabulary = { size: 23, mask: 21, end: 22 };
const width = 14;
type Mixer = (scope: Scope) => Layer;
const rotary: Mixer = (scope) => attention(scope, { width, heads: 4, keyHeads: 2, headSize: 6, rotary: { theta: 100 } });
const scan = (backward: boolean): Mixer => (scope) =>
  mamba2(scope, { width, heads: 4, headSize: 6, stateSize: 5, groups: 2, normGroups: 2, normEpsilon: 1e-5, kernel: 4, depth: 2, ...(backward && { backward: 'separate' as const }) });
/** Turned by their places: two masks of a mini-batch would be equally likely without. */
const learner = (backward: boolean): Mixer => (scope) =>
  tttLinear(scope, { width, heads: 2, headSize: 6, miniBatch: 4, baseRate: 1, rotary: { theta: 100 }, normEpsilon: 1e-5, ...(backward && { backward: 'separate' as const }) });

function open(visibility: Visibility, prediction: Prediction, mixers: readonly Mixer[]): Promise<Backbone> {
  const norm = { width, epsilon: 1e-5 };
  const definition: ModelDefinition = defineModel({
    vocabularySize: vocabulary.size, width, maximumLength: 64, visibility, prediction, tiedHead: false,
    layers: (scope) => mixers.map((mixer, layer) => residual(rmsNorm(scope.child(layer).child('norm'), norm), mixer(scope.child(layer).child('mixer')))),
    finalNorm: (scope) => rmsNorm(scope, norm),
  });
  const { normal } = randomStream(5);
  const weights = new Map(definition.parameters.map(({ name, shape, role, initialise }) =>
    [name, { shape, data: initialise(shape, normal).map((value) => (role === 'embedding' ? 25 * value : 1.5 * value)) }]));
  return openBackbone({ definition, vocabulary, weights, threads: 1, thread: 'own' });
}

const models = [
  { name: 'attention', mixers: (): readonly Mixer[] => [rotary, rotary] },
  { name: 'scans', mixers: (backward: boolean): readonly Mixer[] => [scan(backward), scan(backward)] },
  { name: 'layers that learn while they read', mixers: (backward: boolean): readonly Mixer[] => [learner(backward), learner(backward)] },
  { name: 'scans and attention', mixers: (backward: boolean): readonly Mixer[] => [scan(backward), rotary] },
];
const prompt = Int32Array.from({ length: 11 }, (_, index) => (index * 7 + 3) % 21);
const common = { prompt, maximumTokens: 17, seed: 4, clock: (): number => 0 };

describe.each(models)('$name', ({ mixers }) => {
  test('blocks of one token in a shifted model are autoregressive decoding, token for token', async () => {
    await using backbone = await open(causal, 'next', mixers(false));
    const written = new Set<number>();
    for (const temperature of [0, 1, 3]) {
      const blocks = await run(generateBlockDiffusion({ ...common, backbone, temperature, banned: [vocabulary.end] }));
      const tokens = await run(generateAutoregressive({ ...common, backbone, temperature, banned: [vocabulary.mask, vocabulary.end] }));
      expect(only(blocks.events, 'tokens-commit')).toEqual(only(tokens.events, 'tokens-commit'));
      expect(blocks.result).toEqual(tokens.result);
      for (const id of blocks.result.ids) written.add(id);
    }
    expect(written.size).toBeGreaterThan(5); // or any model would do
  });

  test('one block for all is masked diffusion', async () => {
    await using backbone = await open(bidirectional, 'same', mixers(true));
    for (const temperature of [0, 1]) {
      const blocks = await run(generateBlockDiffusion({ ...common, backbone, temperature, draft: true, stepsPerBlock: 6 }));
      expect(blocks).toEqual(await run(generateMaskedDiffusion({ ...common, backbone, temperature, draft: true, canvasLength: 17, steps: 6 })));
    }
  });

  test.each(['same', 'next'] as const)('cached, the texts of recomputing everything; row predicts the %s token', async (prediction) => {
    await using backbone = await open(blockCausal(6), prediction, mixers(true));
    for (const policy of [lowConfidence, random, confidenceThreshold(0.3)]) {
      for (const { temperature, alignment } of [{ temperature: 0, alignment: fromStart }, { temperature: 1, alignment: fromStart }, { temperature: 1, alignment: fromPrompt }]) {
        const options = { ...common, backbone, policy, temperature, stepsPerBlock: 4 };
        const { events } = await run(generateBlockDiffusion({ ...options, alignment, stopAtEnd: false }));
        expect(changesOf(events)).toEqual((await generateNaive({ ...options, prompt: [...prompt], blockSize: 6, committed: alignment(11, 6) })).changes);
      }
    }
  });

  test('finished blocks are edited, as by recomputing everything, where the prefix can be cut; else what cannot be is named', async () => {
    await using backbone = await open(blockCausal(6), 'next', mixers(true));
    await using context = await backbone.open();
    let finished = 0;
    for (const [seed, threshold] of [0.02, 0.05, 0.1].entries()) {
      const editing = { policy: editAbove(threshold), looks: 2, finishedBlocks: 2 };
      const options = { ...common, backbone, policy: confidenceThreshold(0.1), temperature: 1, stepsPerBlock: 3, seed };
      const begin = () => generateBlockDiffusion({ ...options, editing, stopAtEnd: false });
      if (context.rewind === undefined) {
        expect(begin).toThrow(/contexts that can be rewound, for blocks that are finished; got one that cannot: state model\.layers\.0\.mixer\.\S+ and \d more/);
        continue;
      }
      const { events, result } = await run(begin());
      const naive = await generateNaive({ ...options, prompt: [...prompt], blockSize: 6, committed: 6, editing: { threshold, looks: 2, finishedBlocks: 2 } });
      expect([changesOf(events), result.usage.forwardPasses]).toEqual([naive.changes, naive.passes]);
      let start = 0;
      for (const event of events) {
        if (event.type === 'block-start') start = event.range.start;
        if (event.type === 'tokens-revoke') finished += event.positions.filter((position) => position < start).length;
      }
    }
    expect(finished > 0).toBe(context.rewind !== undefined);
  });

  test('parts of a block beside what the first look at each saw: exactly the texts of looking at all of it in one layer of attention, near them in more; else what cannot be is named', async () => {
    const [shallow, deep] = [mixers(true).slice(0, 1), mixers(true)];
    for (const mixing of [shallow, deep]) {
      await using backbone = await open(blockCausal(6), 'next', mixing);
      const options = { ...common, backbone, temperature: 0, policy: lowConfidence };
      if (backbone.cannotRewind !== undefined) {
        expect(() => generateBlockDiffusion({ ...options, dualCache: { partSize: 3 } })).toThrow(backbone.cannotRewind);
        continue;
      }
      const [cached, exact] = [await run(generateBlockDiffusion({ ...options, dualCache: { partSize: 3 } })), await run(generateBlockDiffusion({ ...options, policy: subBlocks(lowConfidence, 3) }))];
      expect(cached.result.usage.positionsComputed).toBeLessThan(exact.result.usage.positionsComputed);
      if (mixing.length === 1) expect(changesOf(cached.events)).toEqual(changesOf(exact.events));
      else expect(confidences(cached.events)).not.toEqual(confidences(exact.events)); // what is stale shows
    }
  });

  test('looks change no state: what the context says afterwards is the same, bit by bit', async () => {
    await using backbone = await open(blockCausal(6), 'same', mixers(true));
    await using context = await backbone.open();
    for (let block = 0; block < 3; block++) {
      const before = await hashOf(context);
      for (let look = 1; look <= 4; look++) await context.score(Int32Array.from({ length: 6 }, (_, index) => (look * 5 + index) % 23), { give: 'top', top: 3 });
      expect(await hashOf(context)).toBe(before);
      await context.append!(Int32Array.from({ length: 6 }, (_, index) => (block * 11 + index) % 21), { give: 'logits' });
      expect(await hashOf(context)).not.toBe(before); // the control: what is committed shows
    }
  });
});

const confidences = (events: readonly GenerationEvent[]): readonly number[] => only(events, 'tokens-commit').flatMap(({ confidence }) => [...confidence]);

/** Of all that a context can be asked to say, in bits: the logits of a few blocks behind its prefix, and how much it holds. */
async function hashOf(context: Context): Promise<string> {
  const hash = createHash('sha256').update(`${context.length} ${context.stateBytes}`);
  for (const first of [1, 8, 15]) {
    const { logits } = await context.score(Int32Array.from({ length: 6 }, (_, index) => (first + 3 * index) % 23), { give: 'logits' });
    hash.update(new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength));
  }
  return hash.digest('hex');
}
