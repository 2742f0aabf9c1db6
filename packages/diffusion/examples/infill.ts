import { bidirectionalTableBackbone } from '@palimpsest/backbone/testing';
import { generateMaskedDiffusion, margin } from '@palimpsest/diffusion';

// Any bidirectional Backbone with a mask token will do. This one has no weights: it knows which word follows which.
const words = ['the', 'cat', 'bird', 'saw', 'heard', 'and'];
const follows = [[0, 3, 1, 0, 0, 0], [0, 0, 0, 2, 1, 2], [0, 0, 0, 1, 2, 2], [1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]];
const transitions = follows.map((row) => row.map((weight) => weight / row.reduce((sum, other) => sum + other)));
const backbone = bidirectionalTableBackbone({ chain: { initial: [1, 0, 0, 0, 0, 0], transitions } });

const [prompt, suffix] = [Int32Array.of(0), Int32Array.of(0, 1)]; // the … the cat
const text = ['the', ...new Array<string>(5).fill('_'), 'the', 'cat'];
const generation = generateMaskedDiffusion({
  backbone, prompt, suffix, canvasLength: 5, policy: margin, temperature: 1, seed: 7, clock: () => performance.now(),
});
for await (const event of generation) {
  if (event.type === 'tokens-commit') {
    event.positions.forEach((position, index) => (text[position] = words[event.ids[index]!]!));
    console.log(text.join(' '));
  }
  if (event.type === 'finish') console.log(event.reason, event.usage.forwardPasses, 'passes');
}
