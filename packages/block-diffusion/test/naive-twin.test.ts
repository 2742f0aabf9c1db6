import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import { fromPrompt, fromStart, generateBlockDiffusion } from '@palimpsest/block-diffusion';
import type { Alignment } from '@palimpsest/block-diffusion';
import { ancestral, confidenceThreshold, entropy, linear, lowConfidence, margin, random, remasking, secondLook } from '@palimpsest/diffusion';
import { describe, expect, test } from 'vitest';
import { generateNaive } from '../src/sampler/block-diffusion.naive.js';
import { oddBackbone } from './odd-backbone.js';
import { changesOf, run } from './run.js';

/** One of nobody's: the last two tokens of the prompt stand in the first block. */
const sharingTwo: Alignment = (promptLength) => Math.max(0, promptLength - 2);
const policies = [lowConfidence, margin, entropy, random, confidenceThreshold(0.5), ancestral(linear), remasking(linear, 0.3), secondLook(lowConfidence, { sure: 0.25, doubtful: 1 })];
const settings = [{ temperature: 0 }, { temperature: 0.8 }, { temperature: 1.2, topK: 4 }, { temperature: 1, topP: 0.9, banned: [3] }];

describe.each([
  { visibility: blockCausal(5), blockSize: 5, alignment: fromStart },
  { visibility: blockCausal(3), blockSize: 6, alignment: fromStart },
  { visibility: blockCausal(5), blockSize: 5, alignment: fromPrompt },
  { visibility: blockCausal(3), blockSize: 6, alignment: fromPrompt },
  { visibility: blockCausal(5), blockSize: 5, alignment: sharingTwo },
  { visibility: blockCausal(3), blockSize: 6, alignment: sharingTwo },
  { visibility: causal, blockSize: 4, alignment: fromStart },
  { visibility: causal, blockSize: 4, alignment: fromPrompt },
  { visibility: causal, blockSize: 1, alignment: fromStart },
  { visibility: bidirectional, blockSize: Infinity, alignment: fromStart },
])('blocks of $blockSize under $visibility.name visibility, $alignment.name', ({ visibility, blockSize, alignment }) => {
  test.each(['same', 'next'] as const)('cached, the texts of recomputing everything, step by step; row predicts the %s token', async (prediction) => {
    let seed = 1;
    for (const promptLength of [0, 3, 10]) {
      const backbone = oddBackbone(visibility, prediction, { salt: promptLength + 1 });
      const prompt = Array.from({ length: promptLength }, (_, index) => (index * 5 + 2) % 7);
      for (const policy of policies) {
        for (const setting of settings) {
          const stepsPerBlock = 1 + (seed++ % 5);
          const options = { ...setting, backbone, maximumTokens: 13, stepsPerBlock, policy, seed };
          const { events, result } = await run(generateBlockDiffusion({ ...options, prompt: Int32Array.from(prompt), blockSize, alignment, stopAtEnd: false, clock: () => 0 }));
          const { changes, passes } = await generateNaive({ ...options, prompt, blockSize, committed: alignment(promptLength, blockSize) });
          expect(changesOf(events)).toEqual(changes);
          expect(result.usage.forwardPasses).toBe(passes);
        }
      }
    }
  });
});

describe.each([
  { visibility: blockCausal(5), blockSize: 5, alignment: fromStart, window: { tokens: 15, keep: 10 } },
  { visibility: blockCausal(3), blockSize: 6, alignment: fromPrompt, window: { tokens: 17, keep: 7 } },
  { visibility: causal, blockSize: 4, alignment: fromPrompt, window: { tokens: 9, keep: 5 } },
  { visibility: causal, blockSize: 1, alignment: fromStart, window: { tokens: 7, keep: 3 } },
])('a window of $window.tokens tokens that keeps $window.keep, blocks of $blockSize under $visibility.name visibility, $alignment.name', ({ visibility, blockSize, alignment, window }) => {
  test.each(['same', 'next'] as const)('the texts of looking at the window alone; row predicts the %s token', async (prediction) => {
    for (const [index, promptLength] of [0, 4, 11].entries()) {
      const backbone = oddBackbone(visibility, prediction, { salt: promptLength + 1 });
      const prompt = Array.from({ length: promptLength }, (_, place) => (place * 5 + 2) % 7);
      const options = { backbone, maximumTokens: 41, stepsPerBlock: 3, policy: lowConfidence, seed: 5 + index, temperature: 1 }; // longer than the context of 48 with the last prompt
      const { events } = await run(generateBlockDiffusion({ ...options, prompt: Int32Array.from(prompt), blockSize, alignment, window, stopAtEnd: false, clock: () => 0 }));
      const naive = { ...options, prompt, blockSize, committed: alignment(promptLength, blockSize) };
      expect(changesOf(events)).toEqual((await generateNaive({ ...naive, window })).changes);
      if (promptLength === 4) expect(changesOf(events)).not.toEqual((await generateNaive(naive)).changes); // what was forgotten shows
    }
  });
});
