import { blockTableBackbone } from '@palimpsest/backbone/testing';
import { generateBlockDiffusion } from '@palimpsest/block-diffusion';
import { confidenceThreshold } from '@palimpsest/diffusion';

// Any block-causal Backbone with a mask token will do. This one has no weights: it knows which word follows which.
const words = ['the', 'cat', 'bird', 'saw', 'heard', 'and'];
const follows = [[0, 3, 1, 0, 0, 0], [0, 0, 0, 2, 1, 2], [0, 0, 0, 1, 2, 2], [1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]];
const transitions = follows.map((row) => row.map((weight) => weight / row.reduce((sum, other) => sum + other)));
const backbone = blockTableBackbone({ chain: { initial: [1, 0, 0, 0, 0, 0], transitions }, blockSize: 4 });

const text = ['the', ...new Array<string>(9).fill('_')];
const generation = generateBlockDiffusion({
  backbone, prompt: Int32Array.of(0), maximumTokens: 9, policy: confidenceThreshold(0.9), temperature: 1, seed: 3, clock: () => performance.now(),
});
for await (const event of generation) {
  if (event.type === 'tokens-commit') {
    event.positions.forEach((position, index) => (text[position] = words[event.ids[index]!]!));
    console.log(text.join(' '));
  }
  if (event.type === 'finish') console.log(event.reason, event.usage.forwardPasses, 'passes', event.usage.positionsComputed, 'positions');
}
