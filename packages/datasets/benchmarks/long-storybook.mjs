// The numbers of the README on long stories: how long they are, how much of them repeats an earlier chapter and from how far, what they cost.
// Build first; then: node packages/datasets/benchmarks/long-storybook.mjs [stories]
import { fileURLToPath } from 'node:url';
import { loadTokenizer } from '../../tokenizer/dist/index.js';
import { checkLongStory, longStorybook, recalledTokens } from '../dist/index.js';

const count = Number(process.argv[2] ?? 100);
const tokenizer = await loadTokenizer(fileURLToPath(new URL('../../models/storybook-ar', import.meta.url)));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const quantiles = (values) => {
  const sorted = values.toSorted((one, other) => one - other);
  return [0, 0.1, 0.5, 0.9, 1].map((share) => sorted[Math.round(share * (sorted.length - 1))]);
};

console.log('chapters | tokens: least, median, most | recalled tokens | told last, tokens back: 10 %, median, 90 % | introduced: 10 %, median, 90 % | nats a token');
for (const chapters of [18, 24, 40, 56]) {
  const stories = Array.from({ length: count }, (_, seed) => longStorybook(seed, { chapters }));
  const lengths = stories.map(({ text }) => tokenizer.encode(text).length);
  const recalled = stories.flatMap((story) => recalledTokens(story, tokenizer));
  const [least, , median, , most] = quantiles(lengths);
  const [, told10, told50, told90] = quantiles(recalled.map(({ sinceTold }) => sinceTold));
  const [, new10, new50, new90] = quantiles(recalled.map(({ sinceIntroduced }) => sinceIntroduced));
  const share = (100 * recalled.length) / lengths.reduce((sum, length) => sum + length, 0);
  const nats = mean(stories.map(({ choiceNats }) => choiceNats)) / mean(lengths);
  console.log([chapters, `${least}, ${median}, ${most}`, `${share.toFixed(1)} %`, `${told10}, ${told50}, ${told90}`, `${new10}, ${new50}, ${new90}`, nats.toFixed(3)].join(' | '));
}

const seeds = Array.from({ length: 20 }, (_, seed) => seed);
const texts = seeds.map((seed) => longStorybook(seed).text);
const perSecond = (work) => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return ((seeds.length / (user + system)) * 1e6).toFixed(0);
};
perSecond(() => texts.forEach((text) => checkLongStory(text)));
console.log(`of 24 chapters, per second of processor time: ${perSecond(() => seeds.forEach((seed) => longStorybook(seed)))} written, ${perSecond(() => texts.forEach((text) => checkLongStory(text)))} checked`);
