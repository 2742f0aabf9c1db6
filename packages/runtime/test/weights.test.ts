import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { causal } from '@palimpsest/backbone';
import { liveSessions, liveWorkers } from '@palimpsest/runtime';
import type { StoredWeight, Weight, Weights } from '@palimpsest/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTiny, randomTokens, randomWeights, tinyModel } from './tiny-model.js';

const definition = tinyModel(causal);
const inline = randomWeights(definition, 7);
let folder = '';
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'weights-')); });
afterAll(() => rm(folder, { recursive: true }));

const numbersOf = (weight: Weight): Float32Array => ('data' in weight ? weight.data : new Float32Array());

/** The upper half of a float32. */
const toBfloat16 = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16;
const fromBfloat16 = (bits: number): number => new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!;

/** All weights in one file, one byte off any alignment. */
async function stored(name: string, type: 'F32' | 'BF16'): Promise<Weights> {
  const path = join(folder, name);
  const chunks: Uint8Array[] = [Uint8Array.of(0)];
  let offset = 1;
  const weights = new Map<string, StoredWeight>();
  for (const [parameter, weight] of inline) {
    const numbers = numbersOf(weight);
    const bytes = type === 'F32' ? new Uint8Array(numbers.slice().buffer) : new Uint8Array(Uint16Array.from(numbers, toBfloat16).buffer);
    weights.set(parameter, { shape: weight.shape, path, offset, bytes: bytes.length, type });
    chunks.push(bytes);
    offset += bytes.length;
  }
  await writeFile(path, Buffer.concat(chunks));
  return weights;
}

async function logitsWith(weights: Weights): Promise<Float32Array> {
  await using backbone = await openTiny(definition, { weights });
  await using context = await backbone.open();
  await context.append!(randomTokens(3, 23, 1), { give: 'logits', rows: new Int32Array() });
  return (await context.score(randomTokens(4, 23, 2), { give: 'logits' })).logits;
}

test('byte ranges of a file count as the same numbers inline; narrow weights are widened', async () => {
  expect(await logitsWith(await stored('wide.bin', 'F32'))).toEqual(await logitsWith(inline));
  const rounded = new Map([...inline].map(([name, weight]) => [name, { shape: weight.shape, data: numbersOf(weight).map((value) => fromBfloat16(toBfloat16(value))) }]));
  const expected = await logitsWith(rounded);
  expect(await logitsWith(await stored('narrow.bin', 'BF16'))).toEqual(expected);
  expect(expected).not.toEqual(await logitsWith(inline));
});

const without = (name: string): Weights => new Map([...inline].filter(([other]) => other !== name));
const replaced = (name: string, weight: Weight): Weights => new Map([...inline, [name, weight]]);
const query = 'model.layers.1.self_attn.q_proj.weight';

test.each<[string, () => Promise<Weights>, string]>([
  ['a missing weight', async () => without(query), `weights: expected a tensor ${query}; got none. The nearest names are model.layers.0.self_attn.q_proj.weight, model.layers.1.self_attn.k_proj.weight, model.layers.1.self_attn.v_proj.weight.`],
  ['another shape', async () => replaced(query, { shape: [20, 36], data: new Float32Array(720) }), `weights: ${query}: expected shape [36, 20]; got [20, 36]. Do the configuration and the weights belong together?`],
  ['too few numbers', async () => replaced(query, { shape: [36, 20], data: new Float32Array(719) }), `weights: ${query}: expected 720 numbers for [36, 20]; got 719.`],
  ['too few bytes', async () => replaced(query, { shape: [36, 20], path: 'nowhere', offset: 0, bytes: 1440, type: 'F32' }), `weights: ${query}: expected 2880 bytes of F32 for [36, 20]; got 1440.`],
  ['a vector that is not finite', async () => replaced('model.norm.weight', { shape: [20], data: new Float32Array(20).fill(1).fill(NaN, 13, 14) }), 'weights: model.norm.weight: expected finite numbers; got another at 13.'],
  ['a stored one', async () => {
    const weights = await stored('damaged.bin', 'BF16');
    const { path, offset } = weights.get('model.norm.weight') as StoredWeight; // as stored() just made it
    const bytes = await readFile(path);
    bytes.writeUInt16LE(0xffc0, offset + 2 * 7);
    await writeFile(path, bytes);
    return weights;
  }, 'weights: model.norm.weight: expected finite numbers; got another at 7.'],
  ['no file', async () => replaced(query, { shape: [36, 20], path: join(folder, 'nowhere'), offset: 0, bytes: 2880, type: 'F32' }), 'weights: expected a file'],
  ['a file that was cut off', async () => {
    const weights = await stored('cut.bin', 'F32');
    const { offset, bytes } = weights.get('model.norm.weight') as StoredWeight; // as stored() just made it
    await truncate(join(folder, 'cut.bin'), offset + bytes - 1);
    return weights;
  }, 'The file was cut off: fetch it again.'],
])('%s is refused when the backbone is opened, and nothing stays open', async (_, weights, message) => {
  const before = [liveSessions(), liveWorkers()];
  await expect(openTiny(definition, { weights: await weights(), thread: 'worker' })).rejects.toThrow(message);
  expect([liveSessions(), liveWorkers()]).toEqual(before);
});

test('a vocabulary of another size is refused', async () => {
  await expect(openTiny(definition, { vocabulary: { size: 24 } })).rejects.toThrow("openBackbone: expected a vocabulary of the model's size, 23; got 24.");
});

test('a device that is not there is an error, not another device', async () => {
  const before = liveSessions();
  await expect(openTiny(definition, { device: 'cuda' })).rejects.toThrow('device cuda: expected an ONNX Runtime that runs on cuda');
  expect(liveSessions()).toBe(before);
});
