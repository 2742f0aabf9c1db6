import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { add, evaluate, input, matMul, parameter, reference, writeOnnx } from '../src/index.js';
import type { Reference, StoredTensor, StoredType } from '../src/index.js';
import { randomReference, relativeDifference } from '../src/testing/index.js';
import { runOnnx } from './onnx-runtime.js';

/** Six numbers that every type holds exactly, and their bits: 1, -2, 0.5, -0.09375, 240, -0. */
const exact = reference([3, 2], [1, -2, 0.5, -0.09375, 240, -0]);
const bits: { readonly [type in StoredType]: Uint8Array } = {
  F32: new Uint8Array(Float32Array.from(exact.data).buffer),
  F16: new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x3800, 0xae00, 0x5b80, 0x8000).buffer),
  BF16: new Uint8Array(Uint16Array.of(0x3f80, 0xc000, 0x3f00, 0xbdc0, 0x4370, 0x8000).buffer),
};

/** Bytes of a safetensors file (length, JSON header, data) whose data starts at an odd byte. */
function safetensors(tensors: { readonly [type in StoredType]: Uint8Array }): {
  readonly bytes: Uint8Array;
  readonly ranges: { readonly [type in StoredType]: StoredTensor };
} {
  let end = 0;
  const entries = (Object.keys(tensors) as StoredType[]).map((type) => ({ type, start: end, end: (end += tensors[type].length) }));
  const json = JSON.stringify(
    Object.fromEntries(
      entries.map(({ type, start, end: stop }) => [type, { dtype: type, shape: exact.shape, data_offsets: [start, stop] }]),
    ),
  );
  const header = new TextEncoder().encode(json.length % 2 === 0 ? `${json} ` : json);
  const length = new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer);
  const range = (type: StoredType): StoredTensor => {
    const { start, end: stop } = entries.find((entry) => entry.type === type)!;
    return { location: 'weights.safetensors', offset: 8 + header.length + start, bytes: stop - start, type };
  };
  return {
    bytes: Buffer.concat([length, header, ...entries.map(({ type }) => tensors[type])]),
    ranges: { F32: range('F32'), F16: range('F16'), BF16: range('BF16') },
  };
}

const file = safetensors(bits);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'palimpsest-graph-'));
  writeFileSync(join(folder, 'weights.safetensors'), file.bytes);
});
afterAll(() => { rmSync(folder, { recursive: true }); });

/** Writes the model beside its weights and runs it. */
async function runBeside(
  model: Uint8Array,
  feeds: Readonly<Record<string, Reference>>,
  optimization: 'disabled' | 'all',
): Promise<Reference> {
  const path = join(folder, 'model.onnx');
  writeFileSync(path, model);
  return (await runOnnx(path, feeds, {}, optimization))['y']!;
}

describe.each(['disabled', 'all'] as const)('weights in a safetensors file, optimisation %s', (optimization) => {
  test.each(['F32', 'F16', 'BF16'] as const)('%s at an odd byte', async (type) => {
    expect(file.ranges[type].offset % 2).toBe(1);
    const x = input('x', ['rows', 3]);
    const weight = parameter('weight', [3, 2]);
    const y = add(matMul(x, weight), weight.shape.length);
    const feeds = { x: randomReference([5, 3], 1) };
    const result = await runBeside(writeOnnx({ outputs: { y }, storage: () => file.ranges[type] }), feeds, optimization);
    expect(relativeDifference(result, evaluate([y], { ...feeds, weight: exact })[0]!)).toBeLessThan(1e-6);
  });

  test.each(['F32', 'F16', 'BF16'] as const)('%s as it lies there', async (type) => {
    const result = await runBeside(
      writeOnnx({ outputs: { y: parameter('weight', [3, 2]) }, storage: () => file.ranges[type] }),
      {},
      optimization,
    );
    expect(result).toEqual(exact);
  });
});

test('weights are not copied into the graph', () => {
  const model = writeOnnx({
    outputs: { y: parameter('weight', [1000, 1000]) },
    storage: () => ({ location: 'a.safetensors', offset: 9, bytes: 4_000_000, type: 'F32' }),
  });
  expect(model.length).toBeLessThan(400);
});
