// What sampler and events cost beside the model. First a canvas of 128 over a vocabulary of 2,048, by a backbone whose answers are ready,
// in processor time, so that other work on the machine counts less; then the shipped model, in wall-clock time: the generator's own time as a
// share of the passes', and what a pass costs by what is wanted of it. Build first; then run:
// node packages/diffusion/benchmarks/overhead.mjs [--rounds=15] [--stories=5] [--threads=2]
import { cpus } from 'node:os';
import { bidirectional } from '@palimpsest/backbone';
import { randomStream } from '@palimpsest/sampling';
import { openModel } from '../../models/dist/index.js';
import { ancestral, confidenceThreshold, entropy, generateMaskedDiffusion, linear, lowConfidence, margin, random } from '../dist/index.js';

const option = (name, otherwise) => Number(process.argv.find((argument) => argument.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise);
const [rounds, stories, threads] = [option('rounds', 15), option('stories', 5), option('threads', 2)];
const [canvasLength, size, mask, passMilliseconds] = [128, 2048, 2047, 6];

const stream = randomStream(1);
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

const drawnIds = Int32Array.from({ length: canvasLength }, (_, row) => (7 * row) % mask);
const drawnLogProbabilities = Float32Array.from(drawnIds, () => -3 * stream.uniform());
const entropies = Float32Array.from(drawnIds, () => 3 * stream.uniform());
const margins = Float32Array.from(drawnIds, () => stream.uniform());
const ready = {
  top: ({ rows, top }) => topOf(rows.length, top),
  draw: ({ rows: { length } }) => ({
    ids: drawnIds.subarray(0, length), logProbabilities: drawnLogProbabilities.subarray(0, length), entropy: entropies.subarray(0, length), margin: margins.subarray(0, length),
  }),
};

const backbone = {
  specification: 'backbone-v1',
  vocabulary: { size, mask },
  maximumLength: canvasLength,
  visibility: bidirectional,
  prediction: 'same',
  open: async () => ({
    length: 0,
    stateBytes: 0,
    score: async (_, want) => ready[want.give](want),
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
  'temperature 1, ancestral': { policy: ancestral(linear), temperature: 1 },
  'temperature 1, top-p 0.9': { policy: lowConfidence, temperature: 1, topP: 0.9 },
  'temperature 1, with drafts': { policy: lowConfidence, temperature: 1, draft: true },
  'temperature 1, entropy order': { policy: entropy, temperature: 1 },
  'temperature 1, margin order': { policy: margin, temperature: 1 },
  'temperature 1, top-k 40': { policy: lowConfidence, temperature: 1, topK: 40 },
  'temperature 0.7': { policy: lowConfidence, temperature: 0.7 },
};

const processorMilliseconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function usageOf(options) {
  const generation = generateMaskedDiffusion({ prompt: new Int32Array(0), canvasLength, ...options });
  for (;;) {
    const { done, value } = await generation.next();
    if (done) return value.usage;
  }
}

const at = (values, share) => [...values].sort((a, b) => a - b)[Math.round(share * (values.length - 1))];
const spread = (values, digits) => `${at(values, 0.5).toFixed(digits).padStart(5)} (${at(values, 0.1).toFixed(digits)} to ${at(values, 0.9).toFixed(digits)})`;

/** What `measure` gives for each side, side by side in every round; the first rounds are not counted. */
async function inTurn(cases, warmup, count, measure) {
  const results = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let round = -warmup; round < count; round++) {
    for (const [name, side] of Object.entries(cases)) {
      const result = await measure(side, round + warmup);
      if (round >= 0) results[name].push(result);
    }
  }
  return Object.entries(results);
}

console.log(`${cpus().length} x ${cpus()[0].model}, Node ${process.version}`);
console.log(`\nAnswers that are ready: microseconds of processor time a pass, median (10th to 90th percentile) of ${rounds}`);
const beside = async (side, seed) => {
  const usage = await usageOf({ backbone, seed, clock: processorMilliseconds, ...side });
  return (1000 * (usage.milliseconds - usage.millisecondsInModel)) / usage.forwardPasses;
};
for (const [name, taken] of await inTurn(sides, 3, rounds, beside)) {
  console.log(`${name.padEnd(32)} ${spread(taken, 0)}  ${(at(taken, 0.5) / (10 * passMilliseconds)).toFixed(1)} % of a pass of ${passMilliseconds} ms`);
}

const model = await openModel('storybook-mdlm', { threads });
const clock = () => performance.now();
const generated = {
  'temperature 0': { policy: lowConfidence },
  'temperature 1': { policy: lowConfidence, temperature: 1 },
  'temperature 1, top-p 0.9': { policy: lowConfidence, temperature: 1, topP: 0.9 },
  'temperature 1, margin order': { policy: margin, temperature: 1 },
};
console.log(`\n${model.name}, ${threads} threads: canvas of ${canvasLength} in as many passes, wall-clock time, median (10th to 90th percentile) of ${stories}`);
console.log(''.padEnd(26) + 'beside the passes, % of them   ms of a pass, as the generator sees it');
const story = (side, seed) => usageOf({ backbone: model.backbone, seed, clock, stopAtEnd: false, ...side });
for (const [name, usages] of await inTurn(generated, 1, stories, story)) {
  const shares = usages.map(({ milliseconds, millisecondsInModel }) => (100 * (milliseconds - millisecondsInModel)) / millisecondsInModel);
  console.log(`${name.padEnd(26)}${spread(shares, 1).padEnd(31)}${spread(usages.map(({ millisecondsInModel, forwardPasses }) => millisecondsInModel / forwardPasses), 2)}`);
}

const draw = { give: 'draw', temperature: 1, uniforms: Float64Array.from({ length: canvasLength }, () => stream.uniform()), banned: Int32Array.of(model.backbone.vocabulary.mask) };
const wants = {
  'top 1': { give: 'top', top: 1 },
  'top 2': { give: 'top', top: 2 },
  draw,
  'draw, top-p 0.9': { ...draw, topP: 0.9 },
  logits: { give: 'logits' },
};
const context = await model.backbone.open();
const canvas = new Int32Array(canvasLength).fill(model.backbone.vocabulary.mask);
console.log(`\nthe same model: ms of a pass for ${canvasLength} rows, by what is wanted of it, median (10th to 90th percentile) of ${10 * stories}`);
console.log(''.padEnd(26) + 'wall clock                processor, all threads');
const pass = async (want) => {
  const [start, processorStart] = [clock(), processorMilliseconds()];
  await context.score(canvas, want);
  return { wall: clock() - start, processor: processorMilliseconds() - processorStart };
};
for (const [name, taken] of await inTurn(wants, 5, 10 * stories, pass)) {
  console.log(`${name.padEnd(26)}${spread(taken.map(({ wall }) => wall), 2).padEnd(26)}${spread(taken.map(({ processor }) => processor), 2)}`);
}
await model[Symbol.asyncDispose]();
