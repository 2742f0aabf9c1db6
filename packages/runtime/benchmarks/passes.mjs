// What passes of the shipped size cost, and what the runtime adds to them. Build first; then:
// node packages/runtime/benchmarks/passes.mjs [--rounds=20] [--threads=2]
import { cpus } from 'node:os';
import { bidirectional, causal } from '@palimpsest/backbone';
import { defineTransformer } from '@palimpsest/layers';
import { openBackbone } from '../dist/index.js';

const option = (name, otherwise) => Number(process.argv.find((argument) => argument.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise);
const [rounds, threads] = [option('rounds', 20), option('threads', 2)];

const modelOf = (visibility) => defineTransformer({
  vocabularySize: 2048, width: 192, layers: 6, heads: 6, keyHeads: 6, headSize: 32, hidden: 512, maximumLength: 512, visibility,
  prediction: visibility === causal ? 'next' : 'same', rotary: { theta: 10_000 }, normEpsilon: 1e-6, tiedHead: true,
});
const weightsOf = ({ parameters }) => new Map(parameters.map(({ name, shape: [rows, columns] }, parameter) => {
  const data = Float32Array.from({ length: rows * (columns ?? 1) }, (_, i) => (columns === undefined ? 1 : Math.sin(97 * parameter + (i % 4099) ** 2) / 10));
  return [name, { shape: columns === undefined ? [rows] : [rows, columns], data }];
}));
const open = (visibility, thread) => {
  const definition = modelOf(visibility);
  return openBackbone({ definition, weights: weightsOf(definition), vocabulary: { size: 2048 }, threads, thread });
};

const sorted = (values) => [...values].sort((a, b) => a - b);
const at = (values, share) => sorted(values)[Math.floor(share * (values.length - 1))];
const show = (values, digits = 2) => `${at(values, 0.5).toFixed(digits)} (${at(values, 0.1).toFixed(digits)} to ${at(values, 0.9).toFixed(digits)}, least ${at(values, 0).toFixed(digits)})`;
async function timed(action) {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

const top = { give: 'top', top: 1 };
const wants = { worker: top, drawn: { give: 'draw', temperature: 1, uniforms: Float64Array.of(0.37) }, logits: { give: 'logits' } };
const [worker, own, canvas] = await Promise.all([open(causal, 'worker'), open(causal, 'own'), open(bidirectional, 'worker')]);
const text = (length) => Int32Array.from({ length }, (_, i) => (37 * i + 5) % 2048);
const prefixed = async (backbone, length) => {
  const context = await backbone.open();
  await context.append(text(length), { ...top, rows: Int32Array.of(length - 1) });
  return context;
};
const single = { worker: await prefixed(worker, 64), own: await prefixed(own, 64) };
const many = await Promise.all(Array.from({ length: 50 }, () => prefixed(worker, 64)));
const masks = await canvas.open();
const [step, whole] = [Int32Array.of(7), text(128)];

const times = { worker: [], drawn: [], logits: [], own: [], together: [], 'in a row': [], canvas: [], 'event loop': [] };
for (let round = -3; round < rounds; round++) {
  const keep = (name, values) => round >= 0 && times[name].push(...values);
  for (const name of ['worker', 'drawn', 'logits', 'own']) {
    const context = name === 'own' ? single.own : single.worker;
    const passes = [];
    for (let pass = 0; pass < 40; pass++) passes.push(await timed(() => context.append(step, wants[name] ?? top)));
    await context.rewind(64);
    keep(name, passes);
  }
  keep('together', [await timed(() => Promise.all(many.map((context) => context.score(step, top))))]);
  keep('in a row', [await timed(async () => {
    for (const context of many) await context.score(step, top);
  })]);
  let [last, widest] = [performance.now(), 0];
  const timer = setInterval(() => {
    widest = Math.max(widest, performance.now() - last);
    last = performance.now();
  }, 1);
  keep('canvas', [await timed(() => masks.score(whole, top)), await timed(() => masks.score(whole, top))]);
  clearInterval(timer);
  keep('event loop', [widest]);
}

console.log(`${cpus().length} x ${cpus()[0].model}, Node ${process.version}, ${threads} threads; milliseconds, median (10th to 90th percentile) of ${rounds} rounds in turn`);
console.log(`one token after 64 to 103, worker thread:   ${show(times.worker, 3)}`);
console.log(`the same, the next token drawn:             ${show(times.drawn, 3)}`);
console.log(`the same, all logits of it:                 ${show(times.logits, 3)}`);
console.log(`one token after 64 to 103, caller's thread: ${show(times.own, 3)}`);
console.log(`50 contexts, one token each, together:      ${show(times.together)}`);
console.log(`50 contexts, one token each, in a row:      ${show(times['in a row'])}`);
console.log(`together / in a row:                        ${show(times.together.map((value, i) => value / times['in a row'][i]))}`);
console.log(`canvas of 128, best token of every row:     ${show(times.canvas)}`);
console.log(`longest wait of a 1 ms timer meanwhile:     ${show(times['event loop'])}`);
await Promise.all([worker, own, canvas].map((backbone) => backbone[Symbol.asyncDispose]()));
