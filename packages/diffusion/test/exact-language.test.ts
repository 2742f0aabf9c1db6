import { bidirectionalTableBackbone, randomChain } from '@palimpsest/backbone/testing';
import type { MarkovChain } from '@palimpsest/backbone/testing';
import { entropy, generateMaskedDiffusion, lowConfidence, margin, positionWeighted, positionWeightedEntropy, random } from '@palimpsest/diffusion';
import type { UnmaskingPolicy } from '@palimpsest/diffusion';
import { randomStream } from '@palimpsest/sampling';
import { describe, expect, test } from 'vitest';

// A language of 3 words whose every conditional probability the backbone knows, so that of whole texts is known too.
const words = 3;
const runs = 1200;
const stream = randomStream(4);
const chain = randomChain(words, () => stream.uniform());

const probabilityOf = ({ initial, transitions }: MarkovChain, text: readonly number[]): number =>
  text.reduce((product, word, position) => product * (position === 0 ? initial[word]! : transitions[text[position - 1]!]![word]!), 1);

interface Given {
  readonly policy: UnmaskingPolicy;
  readonly prompt: readonly number[];
  readonly suffix: readonly number[];
  readonly canvasLength: number;
  readonly steps: number;
}

/** Chi-square of the generated texts against the language, given prompt and suffix; words^canvasLength - 1 degrees of freedom. */
async function chiSquareOf({ policy, prompt, suffix, canvasLength, steps }: Given): Promise<number> {
  const backbone = bidirectionalTableBackbone({ chain });
  const counts = new Map<string, number>();
  for (let seed = 0; seed < runs; seed++) {
    const generation = generateMaskedDiffusion({
      backbone, prompt: Int32Array.from(prompt), suffix: Int32Array.from(suffix), canvasLength, steps, policy, temperature: 1, seed, clock: () => 0,
    });
    let next = await generation.next();
    while (!next.done) next = await generation.next();
    const text = next.value.ids.join('');
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const texts = Array.from({ length: words ** canvasLength }, (_, number) => number.toString(words).padStart(canvasLength, '0'));
  const weights = texts.map((text) => probabilityOf(chain, [...prompt, ...[...text].map(Number), ...suffix]));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return texts.reduce((sum, text, index) => {
    const expected = (runs * weights[index]!) / total;
    return sum + ((counts.get(text) ?? 0) - expected) ** 2 / expected;
  }, 0);
}

describe('with an exact model, one cell a pass at temperature 1', () => {
  const limit = 61.7; // 26 degrees of freedom, p = 1e-4

  // the order may depend on the text so far, and on chance, but not on the drawn words
  test.each([random, margin, entropy, positionWeightedEntropy()])('$name order writes texts of the language with their probabilities', async (policy) => {
    expect(await chiSquareOf({ policy, prompt: [], suffix: [], canvasLength: 3, steps: 3 })).toBeLessThan(limit);
  });

  test('infill writes them given what stands before and after', async () => {
    expect(await chiSquareOf({ policy: random, prompt: [2, 0], suffix: [1], canvasLength: 3, steps: 3 })).toBeLessThan(limit);
  });

  test('controls: the drawn word steers the low-confidence order and its weighted form, and two cells at once ignore each other', async () => {
    expect(await chiSquareOf({ policy: lowConfidence, prompt: [], suffix: [], canvasLength: 3, steps: 3 })).toBeGreaterThan(2 * limit);
    expect(await chiSquareOf({ policy: positionWeighted(), prompt: [], suffix: [], canvasLength: 3, steps: 3 })).toBeGreaterThan(2 * limit);
    expect(await chiSquareOf({ policy: random, prompt: [], suffix: [], canvasLength: 3, steps: 1 })).toBeGreaterThan(2 * limit);
  });
});
