import type { GenerationEvent, Prediction } from '@palimpsest/backbone';
import { entropy, generateMaskedDiffusion, lowConfidence, margin, random } from '@palimpsest/diffusion';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { generateNaive } from '../src/reverse-process/masked-diffusion.naive.js';
import { neighbourBackbone, randomTables } from './neighbour-backbone.js';

const size = 11;
const mask = 6;
const places = 48;
const policies = { 'low confidence': lowConfidence, random, margin, entropy };

const ids = (maxLength: number): fc.Arbitrary<number[]> => fc.array(fc.integer({ min: 0, max: size - 1 }), { maxLength });
const settings = fc.record({
  model: fc.nat(1000),
  prediction: fc.constantFrom<Prediction>('same', 'next'),
  prompt: fc.oneof(fc.constant([]), ids(9)), // the mask id among them
  suffix: ids(5),
  blockLength: fc.integer({ min: 1, max: 8 }),
  blocks: fc.integer({ min: 1, max: 3 }),
  stepsPerBlock: fc.integer({ min: 1, max: 10 }),
  fixed: fc.uniqueArray(fc.tuple(fc.nat(23), fc.integer({ min: 0, max: size - 1 })), { maxLength: 4, selector: ([cell]) => cell }),
  order: fc.constantFrom('low confidence' as const, 'random' as const, 'margin' as const, 'entropy' as const),
  temperature: fc.constantFrom(0, 0, 0.3, 1, 1.7),
  topP: fc.constantFrom(1, 0.9, 0.5, 0.2),
  draft: fc.boolean(),
  banned: fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: 3 }),
  seed: fc.maxSafeNat(),
});

interface Step {
  readonly text: readonly number[];
  /** The event that followed, if any. */
  readonly draft?: Extract<GenerationEvent, { readonly type: 'draft' }>;
}

/** The whole text after each commit, rebuilt from the events alone, and what was drafted on it. */
async function stepsOf(events: AsyncIterable<GenerationEvent>, start: readonly number[]): Promise<Step[]> {
  const text = [...start];
  const steps: Step[] = [];
  for await (const event of events) {
    if (event.type === 'draft') steps.push({ ...steps.pop()!, draft: event });
    if (event.type !== 'tokens-commit') continue;
    event.positions.forEach((position, index) => (text[position] = event.ids[index]!));
    steps.push({ text: [...text] });
  }
  return steps;
}

test('the same texts and drafts, step by step, as the published loop over all logits', async () => {
  await fc.assert(
    fc.asyncProperty(settings, async ({ model, prediction, blocks, stepsPerBlock, order, draft, ...given }) => {
      const backbone = neighbourBackbone({ tables: randomTables(model, size, places), vocabulary: { size, mask, end: 2 }, prediction });
      const canvasLength = blocks * given.blockLength;
      const fixed = given.fixed.filter(([cell]) => cell < canvasLength).map(([cell, id]) => ({ position: given.prompt.length + cell, id }));
      const shared = { backbone, canvasLength, blockLength: given.blockLength, steps: blocks * stepsPerBlock, fixed, temperature: given.temperature, topP: given.topP, banned: given.banned, seed: given.seed };
      const start = [...given.prompt, ...new Array<number>(canvasLength).fill(mask), ...given.suffix];
      for (const { position, id } of fixed) start[position] = id;

      const generation = generateMaskedDiffusion({
        ...shared, prompt: Int32Array.from(given.prompt), suffix: Int32Array.from(given.suffix), policy: policies[order],
        draft, stopAtEnd: false, clock: () => 0,
      });
      const [steps, expected] = [await stepsOf(generation, start), await generateNaive({ ...shared, prompt: given.prompt, suffix: given.suffix, order })];
      expect(steps.map(({ text }) => text)).toEqual(expected.map(({ text }) => text));
      for (const [index, { text, draft: drafted }] of steps.entries()) {
        expect(drafted !== undefined).toBe(draft && index < steps.length - 1); // the last step leaves nothing open
        if (drafted === undefined) continue;
        const filled = [...text];
        drafted.positions.forEach((position, place) => (filled[position] = drafted.ids[place]!));
        expect(filled).toEqual(expected[index]!.draft);
        drafted.positions.forEach((position, place) => expect(drafted.entropy[place]).toBeCloseTo(expected[index]!.entropy[position]!, 5));
      }
      expect(backbone.openContexts).toBe(0);
    }),
    { numRuns: 150, seed: 5 }, // fixed: two confidences that float32 cannot tell apart would be a difference of no meaning
  );
});
