import { generateAutoregressive } from '@palimpsest/autoregressive';
import type { AutoregressiveOptions } from '@palimpsest/autoregressive';
import type { Backbone, Generation, GenerationEvent, Want } from '@palimpsest/backbone';
import { scoresFromLogits } from '@palimpsest/backbone/testing';
import { ancestral, confidenceThreshold, entropy, generateMaskedDiffusion, linear, margin, random } from '@palimpsest/diffusion';
import type { MaskedDiffusionOptions } from '@palimpsest/diffusion';
import { openModel } from '@palimpsest/models';
import { expect, test } from 'vitest';

/** The same backbone, except that every draw is made here, by the definition and in doubles, from all logits of its rows. */
function drawingHere(backbone: Backbone, change: (want: Want) => Want = (want) => want): Backbone {
  const { size } = backbone.vocabulary;
  return Object.create(backbone, {
    open: {
      value: async () => {
        const context = await backbone.open();
        const ask = (verb: 'score' | 'append') => async (tokens: Int32Array, want: Want) => {
          const { rows: _, ...ofRows } = change(want);
          return scoresFromLogits((await context[verb]!(tokens, { give: 'logits', ...(want.rows && { rows: want.rows }) })).logits, size, ofRows);
        };
        return Object.create(context, { score: { value: ask('score') }, ...(context.append && { append: { value: ask('append') } }) });
      },
    },
  });
}

interface Told {
  readonly text: readonly unknown[];
  readonly confidence: readonly number[];
}

/** Which tokens were written and masked again where and when, and how sure the model was of them. */
async function told(generation: Generation): Promise<Told> {
  const text: unknown[] = [];
  const confidence: number[] = [];
  for await (const event of generation as AsyncIterable<GenerationEvent>) {
    if (event.type === 'tokens-commit') {
      text.push([...event.positions], [...event.ids]);
      confidence.push(...event.confidence);
    }
    if (event.type === 'tokens-revoke') text.push([...event.positions]);
  }
  return { text, confidence };
}

function expectSame(actual: Told, expected: Told): void {
  expect(actual.text).toEqual(expected.text);
  for (const [index, confidence] of actual.confidence.entries()) expect(confidence).toBeCloseTo(expected.confidence[index]!, 5);
}

const seeds = [1, 2, 3];

test.each<[string, Partial<MaskedDiffusionOptions>]>([
  ['the low-confidence order, top-p 0.9', { temperature: 1, topP: 0.9 }],
  ['the low-confidence order, a lower temperature, top-p 0.6, a ban', { temperature: 0.7, topP: 0.6, banned: [17] }],
  ['the margin order', { temperature: 1, policy: margin }],
  ['the margin order, top-p 0.8, two steps to a cell', { temperature: 1.2, topP: 0.8, policy: margin, steps: 32 }],
  ['the entropy order', { temperature: 1, policy: entropy }],
  ['random order, top-p 0.5', { temperature: 1, topP: 0.5, policy: random }],
  ['a threshold, top-p 0.95', { temperature: 1, topP: 0.95, policy: confidenceThreshold(0.5) }],
  ['the ancestral process', { temperature: 1, policy: ancestral(linear) }],
])('storybook-mdlm, %s: the tokens that all logits give', async (_, settings) => {
  await using model = await openModel('storybook-mdlm', { thread: 'own', threads: 2 });
  const prompt = Int32Array.from(model.tokenizer.encode('once upon a time'));
  const write = (backbone: Backbone, seed: number): Promise<Told> =>
    told(generateMaskedDiffusion({ backbone, prompt, canvasLength: 16, stopAtEnd: false, clock: () => 0, ...settings, seed }));
  for (const seed of seeds) expectSame(await write(model.backbone, seed), await write(drawingHere(model.backbone), seed));
});

test.each<[string, Partial<AutoregressiveOptions>]>([
  ['top-p 0.8', { topP: 0.8 }],
  ['temperature 1.6, top-p 0.9, a ban', { temperature: 1.6, topP: 0.9, banned: [17] }],
  ['all tokens', {}],
])('storybook-ar, %s: the tokens that all logits give', async (_, settings) => {
  await using model = await openModel('storybook-ar', { thread: 'own', threads: 1 });
  const write = (backbone: Backbone, seed: number): Promise<Told> =>
    told(generateAutoregressive({ backbone, prompt: new Int32Array(), maximumTokens: 40, clock: () => 0, ...settings, seed }));
  for (const seed of seeds) expectSame(await write(model.backbone, seed), await write(drawingHere(model.backbone), seed));
});

test('the comparison notices a top-p that is a tenth off, and one that is forgotten', async () => {
  await using model = await openModel('storybook-mdlm', { thread: 'own', threads: 2 });
  const write = (backbone: Backbone): Promise<Told> =>
    told(generateMaskedDiffusion({ backbone, prompt: new Int32Array(), canvasLength: 16, stopAtEnd: false, clock: () => 0, policy: random, temperature: 1, topP: 0.9, seed: 1 }));
  const { text } = await write(model.backbone);
  for (const topP of [0.8, 1]) {
    const other = await write(drawingHere(model.backbone, (want) => (want.give === 'draw' ? { ...want, topP } : want)));
    expect(other.text).not.toEqual(text);
  }
});
