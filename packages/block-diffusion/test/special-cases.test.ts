import { generateAutoregressive } from '@palimpsest/autoregressive';
import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import { generateBlockDiffusion } from '@palimpsest/block-diffusion';
import { confidenceThreshold, entropy, generateMaskedDiffusion, lowConfidence, margin, random, remasking, linear } from '@palimpsest/diffusion';
import { expect, test } from 'vitest';
import { oddBackbone, vocabulary } from './odd-backbone.js';
import { only, run } from './run.js';

const clock = (): number => 0;
const settings = [{ temperature: 0 }, { temperature: 0.9 }, { temperature: 1.3, topK: 3 }, { temperature: 1, topP: 0.8 }];

test.each(settings)('blocks of one token in a shifted model are autoregressive decoding, event by event and pass by pass: %o', async (setting) => {
  for (const [seed, promptLength] of [1, 4, 9].entries()) {
    const backbone = oddBackbone(causal, 'next', { salt: seed + 1 });
    const prompt = Int32Array.from({ length: promptLength }, (_, index) => (index * 3 + 1) % 7);
    for (const policy of [lowConfidence, random]) {
      const blocks = await run(generateBlockDiffusion({ ...setting, backbone, prompt, maximumTokens: 20, policy, seed, clock }));
      const tokens = await run(generateAutoregressive({ ...setting, backbone, prompt, maximumTokens: 20, banned: [vocabulary.mask], seed, clock }));
      expect(only(blocks.events, 'tokens-commit')).toEqual(only(tokens.events, 'tokens-commit'));
      expect(blocks.result.ids.length).toBeGreaterThan(0);
      expect(blocks.result).toEqual(tokens.result); // passes, positions and state bytes too
    }
  }
});

test('and where row i predicts token i, they are that of the twin that reads from a mask', async () => {
  const backbone = oddBackbone(causal, 'same', { salt: 5 });
  const { events, result } = await run(generateBlockDiffusion({ backbone, prompt: Int32Array.of(2, 6), maximumTokens: 12, seed: 3, stopAtEnd: false, clock }));
  const text = [2, 6];
  for (let position = 2; position < 14; position++) {
    await using context = await backbone.open();
    const { ids } = await context.score(Int32Array.of(...text, vocabulary.mask), { give: 'top', top: 2, rows: Int32Array.of(position) });
    text.push(ids[0] === vocabulary.mask ? ids[1]! : ids[0]!);
  }
  expect(only(events, 'tokens-commit').flatMap(({ ids }) => [...ids])).toEqual(text.slice(2));
  expect(result.usage).toMatchObject({ forwardPasses: 12 + 12, positionsComputed: 2 + 11 + 12 }); // each token is looked at, and all but the last are committed
});

test.each([
  { visibility: bidirectional, more: {} },
  { visibility: blockCausal(48), more: {} },
  { visibility: blockCausal(12), more: { blockSize: 48 } },
])('one block for all is masked diffusion, event by event: $visibility.name', async ({ visibility, more }) => {
  for (const prediction of ['same', 'next'] as const) {
    for (const policy of [lowConfidence, margin, entropy, random, confidenceThreshold(0.4), remasking(linear, 0.2)]) {
      for (const [seed, setting] of settings.entries()) {
        const backbone = oddBackbone(visibility, prediction, { salt: seed + 2 });
        const common = { ...setting, backbone, prompt: Int32Array.of(1, 0, 5), policy, seed, draft: seed % 2 === 0, clock };
        const length = visibility.blockSize === 12 ? 9 : 13; // masked diffusion lets every cell see all others
        const blocks = await run(generateBlockDiffusion({ ...common, ...more, maximumTokens: length, stepsPerBlock: 7 }));
        const canvas = await run(generateMaskedDiffusion({ ...common, canvasLength: length, steps: 7 }));
        expect(blocks).toEqual(canvas);
      }
    }
  }
});
