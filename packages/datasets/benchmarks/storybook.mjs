// The numbers of the README: what the stories hold and what writing and checking them costs.
// Run: node packages/datasets/benchmarks/storybook.mjs [stories]
import { cpus } from 'node:os';
import { createTokenizer, trainByteLevelBpe } from '../../tokenizer/dist/index.js';
import { checkStory, measureStorybook, storybook, storybookDataset } from '../dist/index.js';

const count = Number(process.argv[2] ?? 100_000);
const { plots, ...measure } = measureStorybook(0, count);
console.log(measure);
console.log('expected repeats among a billion stories:', 5e17 * measure.repeatProbability);
console.log('log2 of the number of tellings:', plots.map(({ plot, log2Tellings }) => `${plot} ${log2Tellings.toFixed(0)}`).join(', '));

const documents = Array.from({ length: 20_000 }, (_, index) => storybookDataset.training(index));
const tokenizer = createTokenizer(trainByteLevelBpe({ documents, vocabularySize: 2048 }));
// Two more for begin and end.
const lengths = Array.from({ length: 5000 }, (_, index) => 2 + tokenizer.encode(storybookDataset.heldOut(index)).length).toSorted((one, other) => one - other);
const meanLength = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
const fitting = lengths.filter((length) => length <= 128).length / lengths.length;
console.log(`tokens of a vocabulary of 2048: ${meanLength.toFixed(1)} a story, longest ${lengths.at(-1)}, ${(100 * fitting).toFixed(1)} % within 128; ` +
  `entropy ${(measure.entropyPerStory / (meanLength - 1)).toFixed(3)} nats a token (end token counted)`);

const seeds = Array.from({ length: 2000 }, (_, index) => index);
const texts = seeds.map((seed) => storybook(seed).text);
const perSecond = (work) => {
  const rates = Array.from({ length: 9 }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (seeds.length / (user + system)) * 1e6;
  }).toSorted((one, other) => one - other);
  return `${Math.round(rates[4])} (${Math.round(rates[0])} to ${Math.round(rates[8])})`;
};
console.log(`${cpus()[0].model}, Node ${process.version}; per second of processor time, median (least to most) of 9 rounds of ${seeds.length}`);
console.log('stories written:', perSecond(() => seeds.forEach((seed) => storybook(seed))));
console.log('stories checked:', perSecond(() => texts.forEach((text) => checkStory(text))));
