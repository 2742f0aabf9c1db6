// storybook-bd-16 beside storybook-ar: the same seeds in turn, each with the sampling that it writes best with; tokens per second of each text, their ratio, the checker's score of the
// same texts, and between the texts what a pass over one row and over sixteen costs, for the bound (tokens per pass) x (one row / sixteen). Build first; then run:
// node benchmarks/blocks-beside-tokens.mjs [--texts=200] [--first=0] [--threads=2] [--one=storybook-ar] [--blocks=storybook-bd-16] [--threshold=0.98] [--nucleus=0.6]
import { cpus } from 'node:os';
import { generateAutoregressive } from '../packages/autoregressive/dist/index.js';
import { resultOf } from '../packages/backbone/dist/index.js';
import { generateBlockDiffusion } from '../packages/block-diffusion/dist/index.js';
import { sequentialThreshold } from '../packages/diffusion/dist/index.js';
import { scoreStories, spreadOf } from '../packages/evaluation/dist/index.js';
import { openModel } from '../packages/models/dist/index.js';
import { settings, spread } from './report.mjs';

const { texts, first, threads, one, blocks, threshold, nucleus } = settings({ texts: 200, first: 0, threads: 2, one: 'storybook-ar', blocks: 'storybook-bd-16', threshold: 0.98, nucleus: 0.6 });
const [single, many] = [await openModel(one, { threads, thread: 'own' }), await openModel(blocks, { threads, thread: 'own' })];
const { blockSize } = many.backbone.visibility;
const length = 127 - (128 % blockSize);
const clock = () => performance.now();
const writers = [single, many].map(({ backbone, tokenizer }, side) => async (seed) => {
  const common = { backbone, prompt: Int32Array.of(backbone.vocabulary.begin), maximumTokens: length, temperature: 1, seed, clock };
  const { ids, usage } = await resultOf(side === 0
    ? generateAutoregressive({ ...common, topP: 0.8 })
    : generateBlockDiffusion({ ...common, topP: nucleus, policy: sequentialThreshold(threshold) }), () => undefined);
  return { usage, perSecond: (1000 * usage.generatedTokens) / usage.milliseconds, text: tokenizer.decode(ids, { skipSpecial: true }).trim() };
});

// a token is appended, a block is looked at; with the least that can be asked of either, and not as many draws as the two ask for
const tokens = (count) => Int32Array.from({ length: count }, (_, i) => 10 + ((37 * i) % 1900));
const least = { give: 'top', top: 1 };
const [short, wide] = [await single.backbone.open(), await many.backbone.open()];
for (const context of [short, wide]) await context.append(tokens(64), { give: 'top', top: 1, rows: new Int32Array() });
const timed = async (action) => {
  const start = clock();
  await action();
  return clock() - start;
};

const median = (numbers) => spreadOf(numbers).median;
const [rows, costs] = [[[], []], [[], []]];
for (let text = -2; text < texts; text++) {
  const [a, b] = [await writers[0](first + Math.max(0, text)), await writers[1](first + Math.max(0, text))];
  const [ofOne, ofBlock] = [[], []];
  for (let pass = 0; pass < 8; pass++) ofOne.push(await timed(() => short.append(tokens(1), least)));
  await short.rewind(64);
  for (let pass = 0; pass < 8; pass++) ofBlock.push(await timed(() => wide.score(tokens(blockSize), least)));
  if (text < 0) continue;
  rows[0].push(a);
  rows[1].push(b);
  costs[0].push(median(ofOne));
  costs[1].push(median(ofBlock));
}

console.log(`${cpus()[0].model}, ${threads} threads, ${texts} texts, seeds from ${first}; medians and their 95 % intervals`);
const perPass = rows.map((side) => side.reduce((sum, { usage }) => sum + usage.generatedTokens, 0) / side.reduce((sum, { usage }) => sum + usage.forwardPasses, 0));
for (const [side, name] of [one, blocks].entries()) {
  const { score, standardError } = scoreStories(rows[side].map(({ text }) => text));
  console.log(`${name}: score ${score.toFixed(3)} ± ${standardError.toFixed(3)}, ${perPass[side].toFixed(2)} tokens per pass, ${spread(spreadOf(rows[side].map(({ perSecond }) => perSecond)), 0)} tokens/s`);
}
console.log(`a token appended behind 64: ${spread(spreadOf(costs[0]))} ms; a look at ${blockSize} there: ${spread(spreadOf(costs[1]))} ms`);
const bound = perPass[1] * (median(costs[0]) / median(costs[1]));
const ratios = rows[1].map(({ perSecond }, index) => perSecond / rows[0][index].perSecond);
console.log(`ratio of tokens/s ${spread(spreadOf(ratios))}; bound ${bound.toFixed(2)}; share of it ${spread(spreadOf(ratios.map((ratio) => (100 * ratio) / bound)), 0)} %`);
for (const context of [short, wide]) await context[Symbol.asyncDispose]();
for (const model of [single, many]) await model[Symbol.asyncDispose]();
