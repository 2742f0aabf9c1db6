// What benchmarks of one sequence share: a model of random weights, a text, prefill with greedy decoding, and a long text read on.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { families, writeTensors } from '../packages/checkpoints/dist/index.js';
import { spreadOf } from '../packages/evaluation/dist/index.js';
import { randomStream } from '../packages/sampling/dist/index.js';
import { megabytes, spread } from './report.mjs';

/** A folder in the layout of a checkpoint family, which is the caller's to remove. */
export async function writeRandom(family, config) {
  const folder = await mkdtemp(join(tmpdir(), 'palimpsest-'));
  const { definition, tensorName } = families.find(({ name }) => name === family).assemble(config, 'config.json');
  const { normal } = randomStream(1);
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeTensors(join(folder, 'model.safetensors'), new Map(definition.parameters.map(({ name, shape, initialise }) => [tensorName(name), { shape, data: initialise(shape, normal) }])), { metadata: { format: 'pt' } });
  return folder;
}

/** Ids below `vocabulary`. */
export const textOf = (length, vocabulary) => Int32Array.from({ length }, (_, i) => (7919 * i + 5) % vocabulary);
export const best = (length) => ({ give: 'top', top: 1, rows: Int32Array.of(length - 1) });

/** Milliseconds of the prefill and of a token after it. */
export async function decodeOnce(backbone, prompt, tokens, clock = () => performance.now()) {
  const context = await backbone.open();
  const start = clock();
  let { ids: next } = await context.append(prompt, best(prompt.length));
  const ids = [next[0]];
  const first = clock();
  while (ids.length < tokens) {
    ({ ids: next } = await context.append(next, best(1)));
    ids.push(next[0]);
  }
  const decode = (clock() - first) / (tokens - 1);
  const { stateBytes } = context;
  await context[Symbol.asyncDispose]();
  return { prefill: first - start, decode, ids, stateBytes };
}

/** The sides' own measurements of a part of a run, round by round. */
export const compare = ({ theirs, ours }, ofTheirs, ofOurs) => ({ theirs: spreadOf(theirs.map(ofTheirs)), ours: spreadOf(ours.map(ofOurs)), ratio: spreadOf(ours.map((own, round) => ofTheirs(theirs[round]) / ofOurs(own))) });

/** Lines about runs of `decodeOnce` beside a peer that was asked for the same. */
export function generationLines(sides, { engine, promptLength, tokens }) {
  const prefill = compare(sides, (their) => their.prefill_milliseconds, (own) => own.prefill);
  const decode = compare(sides, (their) => their.decode_milliseconds, (own) => own.decode);
  const [theirs, ours] = [sides.theirs.at(-1), sides.ours.at(-1)];
  return [
    `prefill of ${promptLength} tokens: ${engine} ${spread(prefill.theirs, 0)} ms, Palimpsest ${spread(prefill.ours, 0)} ms, ratio ${spread(prefill.ratio)}`,
    `decoding, a token: ${spread(decode.theirs, 1)} ms, Palimpsest ${spread(decode.ours, 1)} ms, ratio ${spread(decode.ratio)}`,
    `equal tokens: ${ours.ids.filter((id, index) => id === theirs.ids[index]).length} of ${tokens}; state ${megabytes(ours.stateBytes)}; peak memory ${megabytes(1024 * process.resourceUsage().maxRSS)} against ${megabytes(theirs.peak_bytes)}`,
  ];
}

/**
 * Prints what a token that is appended takes after 256 tokens of `text` and after each doubling up to `longest`: a context for each length, 32 tokens to
 * each in turn, so that none has a better minute than another. The mean has what is done once in 32 tokens.
 */
export async function alongLongText(backbone, text, longest, clock = () => performance.now()) {
  const rows = [];
  const context = await backbone.open();
  for (let length = 256; length <= longest; length *= 2) {
    await context.append(text.subarray(context.length, length), best(length - context.length));
    rows.push({ length, context: await context.fork(), times: [], peak: 1024 * process.resourceUsage().maxRSS });
  }
  await context[Symbol.asyncDispose]();
  for (let token = -4; token < 32; token++) {
    for (const { length, context: own, times } of rows) {
      const at = length + token + 4;
      const start = clock();
      await own.append(text.subarray(at % longest, (at % longest) + 1), best(1));
      if (token >= 0) times.push(clock() - start);
    }
  }
  const medians = rows.map(({ times }) => spreadOf(times).median);
  for (const [index, { length, context: own, times, peak }] of rows.entries()) {
    const mean = times.reduce((sum, each) => sum + each, 0) / times.length;
    console.log(`after ${length} tokens: ${medians[index].toFixed(1)} ms a token, mean ${mean.toFixed(1)}, state ${own.stateBytes} bytes, peak memory so far ${megabytes(peak)}`);
    await own[Symbol.asyncDispose]();
  }
  console.log(`last / first ${(medians.at(-1) / medians[0]).toFixed(3)}, slowest / quickest ${(Math.max(...medians) / Math.min(...medians)).toFixed(3)}`);
}
