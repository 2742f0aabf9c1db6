// What sampler and events cost beside the model: a canvas of 128 over a vocabulary of 2,048, by a backbone whose answers
// are ready. In processor time, so that other work on the machine counts less. Build first; then run:
// node packages/diffusion/benchmarks/overhead.mjs
import { cpus } from 'node:os';
import { bidirectional } from '@palimpsest/backbone';
import { randomStream } from '@palimpsest/sampling';
import { confidenceThreshold, entropy, generateMaskedDiffusion, lowConfidence, random } from '../dist/index.js';

const [canvasLength, size, mask, rounds, passMilliseconds] = [128, 2048, 2047, 40, 6];

const stream = randomStream(1);
const logits = Float32Array.from({ length: canvasLength * size }, () => 4 * stream.normal());
for (let row = 0; row < canvasLength; row++) logits[row * size + stream.integer(mask)] += 14; // peaked, as a trained model's
const candidates = new Map();

function topOf(rows, top) {
  if (!candidates.has(top)) {
    const ids = Int32Array.from({ length: canvasLength * top }, (_, index) => (7 * index) % mask);
    const logProbabilities = Float32Array.from(ids, (_, index) => -0.01 * stream.uniform() - (index % top));
    candidates.set(top, { ids, logProbabilities, logSumExp: new Float32Array(canvasLength), entropy: new Float32Array(canvasLength).fill(1) });
  }
  const { ids, logProbabilities, logSumExp, entropy: doubt } = candidates.get(top);
  return {
    ids: ids.subarray(0, rows * top), logProbabilities: logProbabilities.subarray(0, rows * top), logSumExp: logSumExp.subarray(0, rows),
    entropy: doubt.subarray(0, rows),
  };
}

const backbone = {
  specification: 'backbone-v1',
  vocabulary: { size, mask },
  maximumLength: canvasLength,
  visibility: bidirectional,
  prediction: 'same',
  open: async () => ({
    length: 0,
    stateBytes: 0,
    score: async (_, want) => (want.give === 'top' ? topOf(want.rows.length, want.top) : { logits: logits.subarray(0, want.rows.length * size) }),
    [Symbol.asyncDispose]: async () => {},
  }),
  [Symbol.asyncDispose]: async () => {},
};

const sides = {
  'temperature 0': { policy: lowConfidence },
  'temperature 0, 8 blocks': { policy: lowConfidence, blockLength: 16 },
  'temperature 0, with drafts': { policy: lowConfidence, draft: true },
  'temperature 0, random order': { policy: random },
  'temperature 0, threshold 0.995': { policy: confidenceThreshold(0.995) },
  'temperature 0, 32 steps': { policy: lowConfidence, steps: 32 },
  'temperature 1': { policy: lowConfidence, temperature: 1 },
  'temperature 1, 8 blocks': { policy: lowConfidence, temperature: 1, blockLength: 16 },
  'temperature 1, entropy order': { policy: entropy, temperature: 1 },
  'temperature 1, top-k 40': { policy: lowConfidence, temperature: 1, topK: 40 },
  'temperature 0.7': { policy: lowConfidence, temperature: 0.7 },
};

const processorMilliseconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function microsecondsPerPass(options, seed) {
  const generation = generateMaskedDiffusion({ backbone, prompt: new Int32Array(0), canvasLength, seed, clock: processorMilliseconds, ...options });
  for (;;) {
    const { done, value } = await generation.next();
    if (done) return (1000 * (value.usage.milliseconds - value.usage.millisecondsInModel)) / value.usage.forwardPasses;
  }
}

const times = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
for (let round = -10; round < rounds; round++) {
  for (const [name, options] of Object.entries(sides)) {
    const taken = await microsecondsPerPass(options, round + 10);
    if (round >= 0) times[name].push(taken);
  }
}
console.log(`${cpus()[0].model}, Node ${process.version}; microseconds a pass beside the model, median (10th to 90th percentile) of ${rounds}`);
for (const [name, taken] of Object.entries(times)) {
  const sorted = taken.sort((a, b) => a - b);
  const at = (share) => sorted[Math.round(share * (rounds - 1))];
  const share = `${(at(0.5) / (10 * passMilliseconds)).toFixed(1)} % of a pass of ${passMilliseconds} ms`;
  console.log(`${name.padEnd(32)} ${at(0.5).toFixed(0).padStart(5)} (${at(0.1).toFixed(0)} to ${at(0.9).toFixed(0)})  ${share}`);
}
