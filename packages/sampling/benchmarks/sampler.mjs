// Milliseconds to sample every row of a canvas of 128 over a vocabulary of 2,048. Run: node packages/sampling/benchmarks/sampler.mjs
import { cpus } from 'node:os';
import { candidateSampler, candidatesNeeded, categoricalSampler, fillUniform, gumbelSampler, parseSampling, randomStream } from '../dist/index.js';

const rows = 128;
const vocabularySize = 2048;
const forwardMilliseconds = 5;
const rounds = 30;

const stream = randomStream(1);
const logits = Float32Array.from({ length: rows * vocabularySize }, () => 4 * stream.normal());
for (let row = 0; row < rows; row++) logits[row * vocabularySize + stream.integer(vocabularySize)] += 14; // peaked, as a trained model's
const views = Array.from({ length: rows }, (_, row) => logits.subarray(row * vocabularySize, (row + 1) * vocabularySize));

const ofRows = (make, settings) => {
  const sample = make(parseSampling(settings, vocabularySize), 7);
  return (pass) => views.forEach((row, position) => sample(row, pass, position));
};
const ofCandidates = (settings) => {
  const sampling = parseSampling(settings, vocabularySize);
  const count = candidatesNeeded(sampling);
  const ids = Int32Array.from({ length: count }, (_, rank) => 3 * rank);
  const logProbabilities = Float32Array.from(ids, (_, rank) => -0.5 - rank);
  const sample = candidateSampler(sampling, 7);
  return (pass) => views.forEach((_, position) => sample(ids, logProbabilities, pass, position));
};
const noise = new Float64Array(vocabularySize);
const sides = {
  'uniform numbers for every token': (pass) => views.forEach((_, position) => fillUniform(noise, 7, pass, position)),
  'categorical, temperature 0': ofRows(categoricalSampler, { temperature: 0 }),
  'categorical, temperature 1': ofRows(categoricalSampler, { temperature: 1 }),
  'categorical, temperature 0.7': ofRows(categoricalSampler, { temperature: 0.7 }),
  'categorical, top-k 40': ofRows(categoricalSampler, { topK: 40 }),
  'categorical, top-p 0.9': ofRows(categoricalSampler, { topP: 0.9 }),
  'Gumbel, temperature 1': ofRows(gumbelSampler, { temperature: 1 }),
  'candidates, temperature 0': ofCandidates({ temperature: 0 }),
  'candidates, top-k 40, top-p 0.9': ofCandidates({ topK: 40, topP: 0.9 }),
};

const times = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
for (let round = -5; round < rounds; round++) {
  for (const [name, side] of Object.entries(sides)) {
    const start = performance.now();
    side(round + 5);
    if (round >= 0) times[name].push(performance.now() - start);
  }
}
console.log(`${cpus()[0].model}, Node ${process.version}; ${rows} rows x ${vocabularySize}, median (10th to 90th percentile) of ${rounds}`);
for (const [name, taken] of Object.entries(times)) {
  const sorted = taken.sort((a, b) => a - b);
  const at = (share) => sorted[Math.round(share * (rounds - 1))];
  const share = `${((100 * at(0.5)) / forwardMilliseconds).toFixed(1)} % of a pass of ${forwardMilliseconds} ms`;
  console.log(`${name.padEnd(34)} ${at(0.5).toFixed(3)} ms (${at(0.1).toFixed(3)} to ${at(0.9).toFixed(3)})  ${share}`);
}
