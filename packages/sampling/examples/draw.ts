import { categoricalSampler, parseSampling, randomStream } from '@palimpsest/sampling';

const logits = Float32Array.of(9, 1, 2, 3, 1); // one row, vocabulary of 5
const settings = parseSampling({ temperature: 0.8, topP: 0.9, banned: [0] }, logits.length);
const sample = categoricalSampler(settings, 42);

const { id, probability } = sample(logits, 1, 7); // pass 1, position 7: asked again, the answer is the same
console.log(id, probability.toFixed(5));

const dice = randomStream(42, 1);
console.log(dice.integer(6) + 1, dice.shuffle(['red', 'green', 'blue']).join(' '));
