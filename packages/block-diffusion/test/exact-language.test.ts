import { blockTableBackbone, randomChain } from '@palimpsest/backbone/testing';
import { generateBlockDiffusion } from '@palimpsest/block-diffusion';
import { entropy, random } from '@palimpsest/diffusion';
import { randomStream } from '@palimpsest/sampling';
import { expect, test } from 'vitest';
import { run } from './run.js';

// A language of 3 words whose every conditional probability the backbone knows, so that of whole texts is known too.
const [words, length, runs] = [3, 4, 1500];
const stream = randomStream(6);
const chain = randomChain(words, () => stream.uniform());

/** Chi-square of the generated texts against the language; 80 degrees of freedom. */
async function chiSquareOf(blockSize: number, stepsPerBlock: number, policy = random): Promise<number> {
  const backbone = blockTableBackbone({ chain, blockSize });
  const counts = new Map<string, number>();
  for (let seed = 0; seed < runs; seed++) {
    const { result } = await run(generateBlockDiffusion({ backbone, prompt: new Int32Array(), maximumTokens: length, stepsPerBlock, policy, temperature: 1, seed, clock: () => 0 }));
    const text = result.ids.join('');
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const texts = Array.from({ length: words ** length }, (_, number) => [...number.toString(words).padStart(length, '0')].map(Number));
  return texts.reduce((sum, text) => {
    const probability = text.reduce((product, word, position) => product * (position === 0 ? chain.initial[word]! : chain.transitions[text[position - 1]!]![word]!), 1);
    return sum + ((counts.get(text.join('')) ?? 0) - runs * probability) ** 2 / (runs * probability);
  }, 0);
}

test.each([
  { blockSize: 1, policy: random }, { blockSize: 2, policy: random }, { blockSize: 3, policy: random }, { blockSize: 2, policy: entropy },
])('with an exact model, one cell a pass: blocks of $blockSize in $policy.name order write the language', async ({ blockSize, policy }) => {
  expect(await chiSquareOf(blockSize, blockSize, policy)).toBeLessThan(132); // p = 2e-4
});

test('control: two cells at once ignore each other', async () => {
  expect(await chiSquareOf(2, 1)).toBeGreaterThan(260);
});
