// Seconds to learn a vocabulary from a text file, and to encode and decode it. Run: node packages/tokenizer/benchmarks/speed.mjs FILE [VOCABULARY] [ROUNDS]
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { createTokenizer, trainByteLevelBpe } from '../dist/index.js';

const [file, vocabulary = '2048', rounds = '5'] = process.argv.slice(2);
if (file === undefined) throw new Error('speed.mjs: expected the path of a text file; got nothing.');
const text = readFileSync(file, 'utf8');
const megabytes = Buffer.byteLength(text) / 1e6;
const documents = text.split(/(?<=\n)(?=\S)/);

const times = { train: [], encode: [], decode: [] };
const timed = (name, work) => {
  const start = performance.now();
  const result = work();
  times[name].push((performance.now() - start) / 1000);
  return result;
};
for (let round = 0; round < Number(rounds); round++) {
  const tokenizer = createTokenizer(timed('train', () => trainByteLevelBpe({ documents, vocabularySize: Number(vocabulary) })));
  const ids = timed('encode', () => documents.map((document) => tokenizer.encode(document)));
  timed('decode', () => ids.map((list) => tokenizer.decode(list)));
}
console.log(`${cpus()[0].model}, node ${process.version}, ${megabytes.toFixed(2)} MB in ${documents.length} documents, vocabulary ${vocabulary}`);
for (const [name, seconds] of Object.entries(times)) {
  const sorted = seconds.toSorted((a, b) => a - b);
  const [least, middle, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
  console.log(`${name}: ${middle.toFixed(2)} s (${least.toFixed(2)} to ${most.toFixed(2)}), ${(megabytes / middle).toFixed(1)} MB/s`);
}
