import { readFileSync } from 'node:fs';
import type { GenerationEvent } from '@palimpsest/backbone';
import { generateMaskedDiffusion } from '@palimpsest/diffusion';
import { describe, expect, test } from 'vitest';
import { neighbourBackbone } from './neighbour-backbone.js';

interface Fixture {
  readonly vocabulary: number;
  readonly mask: number;
  readonly cases: readonly {
    readonly name: string;
    readonly prompt: readonly number[];
    readonly generate_length: number;
    readonly block_length: number;
    readonly steps: number;
    readonly trace: readonly {
      readonly block: number;
      readonly positions: readonly number[];
      readonly ids: readonly number[];
      readonly confidence: readonly number[];
      readonly canvas: readonly number[];
    }[];
  }[];
}

const folder = new URL('../../../tools/oracle/fixtures/llada-sampler/', import.meta.url);
const fixture = JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8')) as Fixture;

/** Float32 tensors by name: an 8-byte header length, a JSON header, the bytes. */
function readTensors(url: URL): Readonly<Record<string, Float32Array>> {
  const bytes = readFileSync(url);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, { data_offsets?: readonly [number, number] }>;
  return Object.fromEntries(
    Object.entries(header).flatMap(([name, { data_offsets: offsets }]) =>
      offsets === undefined ? [] : [[name, new Float32Array(Uint8Array.from(bytes.subarray(start + offsets[0], start + offsets[1])).buffer)]]),
  );
}

const { left, right, place } = readTensors(new URL('tables.safetensors', folder));
const backbone = neighbourBackbone({
  tables: { left: left!, right: right!, place: place! },
  vocabulary: { size: fixture.vocabulary, mask: fixture.mask },
});

describe('LLaDA with low confidence at temperature 0: the positions and tokens of the published algorithm, step by step', () => {
  test.each(fixture.cases)('$name', async ({ prompt, generate_length: canvasLength, block_length: blockLength, steps, trace }) => {
    const canvas = [...prompt, ...new Array<number>(canvasLength).fill(fixture.mask)];
    const expected = trace.filter(({ positions }) => positions.length > 0); // a quota of 0 changes nothing and costs us no pass
    const commits: (GenerationEvent & { type: 'tokens-commit' })[] = [];
    let block = -1;
    const generation = generateMaskedDiffusion({ backbone, prompt: Int32Array.from(prompt), canvasLength, blockLength, steps, seed: 0, clock: () => 0 });
    for await (const event of generation) {
      if (event.type === 'block-start') ({ block } = event);
      if (event.type !== 'tokens-commit') continue;
      const step = expected[commits.length]!;
      expect(block).toBe(step.block);
      expect([...event.positions]).toEqual(step.positions);
      expect([...event.ids]).toEqual(step.ids);
      event.confidence.forEach((confidence, index) => expect(Math.abs(confidence - step.confidence[index]!)).toBeLessThan(1e-6));
      event.positions.forEach((position, index) => (canvas[position] = event.ids[index]!));
      expect(canvas).toEqual(step.canvas);
      commits.push(event);
    }
    expect(commits.length).toBe(expected.length);
    expect(commits.map(({ pass }) => pass)).toEqual(expected.map((_, index) => index + 1));
  });
});
