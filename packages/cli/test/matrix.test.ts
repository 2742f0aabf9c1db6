import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openModel } from '@palimpsest/models';
import { liveSessions, liveWorkers } from '@palimpsest/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CellResult } from '../src/matrix/run-cell.js';
import { jsonLines, palimpsest } from './command.js';
import type { Outcome } from './command.js';
import { removeFolder, temporaryFolder } from './tiny-models.js';

const layers = ['transformer', 'state-space', 'test-time-training', 'hybrid'] as const;
const ways = ['autoregressive', 'masked-diffusion', 'block-diffusion'] as const;

let folder = '';
const matrix = (...options: readonly string[]): Promise<Outcome> => palimpsest(['matrix', '--size', 'toy', '--out', folder, '--threads', '1', ...options]);
const cellsOf = ({ output }: Outcome): readonly CellResult[] => jsonLines(output).map((line) => line as unknown as CellResult);
let first: Outcome;
beforeAll(async () => {
  folder = await temporaryFolder();
  first = await matrix('--json');
}, 120_000);
afterAll(() => removeFolder(folder));

describe('all twelve at a size for seconds', () => {
  const cell = (architecture: string, way: string): CellResult => cellsOf(first).find((each) => each.architecture === architecture && each.way === way)!;

  test('every kind of layers is trained, measured and sampled in every way, on as many positions', () => {
    expect([first.code, first.errors]).toEqual([0, '']);
    expect(cellsOf(first).map(({ architecture, way }) => `${architecture} ${way}`)).toEqual(layers.flatMap((architecture) => ways.map((way) => `${architecture} ${way}`)));
    for (const { positions, heldOut, samples } of cellsOf(first)) {
      expect(positions).toBe(2 * 128 * 2);
      expect(heldOut.natsPerToken).toBeGreaterThan(6.5); // two steps from a guess among 2,048 tokens, at 7.6; padding counts too where a page is filled
      expect(heldOut.natsPerToken).toBeLessThan(9.5);
      expect(samples.cost.generatedTokens).toBeGreaterThan(0);
    }
    expect([liveSessions(), liveWorkers()]).toEqual([0, 0]);
  });

  test.each(layers)('%s: one set of parameters in all ways, exact or a bound, and what the tokens leave behind', (architecture) => {
    const [autoregressive, masked, block] = ways.map((way) => cell(architecture, way)) as [CellResult, CellResult, CellResult];
    expect([masked.parameters, block.parameters]).toEqual([autoregressive.parameters, autoregressive.parameters]);
    expect([autoregressive, masked, block].map(({ heldOut: { kind, standardError } }) => [kind, standardError > 0])).toEqual([['exact', false], ['upper-bound', true], ['upper-bound', true]]);
    expect(masked.samples.cost.stateBytes).toBe(0);
    expect(block.samples.cost.stateBytes).toBeGreaterThan(0);
    expect(new Set([autoregressive, masked, block].map(({ samples }) => samples.example)).size).toBe(3);
  });

  test('the state of scans does not grow with the text, that of attention is a row of keys and values to a token', () => {
    const scans = 2 * (4 * (2 * 4 * 16 + (32 + 2 * 4) * 3)); // two layers: a state to each of two heads, the last inputs of the convolution
    expect(cell('state-space', 'block-diffusion').samples.cost.stateBytes).toBeGreaterThanOrEqual(scans);
    const { stateBytes } = cell('transformer', 'autoregressive').samples.cost;
    expect([stateBytes % (2 * 16 * 4), stateBytes > 0]).toEqual([0, true]);
  });

  test('the same command again keeps what is finished, and one table is left', async () => {
    const again = await matrix('--json');
    expect([again.code, again.output]).toEqual([0, first.output]);
    const table = await readFile(join(folder, 'matrix.md'), 'utf8');
    expect(table.split('\n').filter((line) => line.startsWith('| '))).toHaveLength(2 + 12);
    expect(JSON.parse(await readFile(join(folder, 'matrix.json'), 'utf8'))).toHaveLength(12);
    const shown = await matrix();
    expect(shown.output.trimEnd().split('\n')).toHaveLength(1 + 12);
    expect(shown.output).toMatch(/^hybrid +masked-diffusion +≤ \d\.\d{3} ± /m);
  });

  test('of what the folder keeps, only what was asked for is told; its table stays whole', async () => {
    const some = await matrix('--only', 'hybrid,autoregressive,block-diffusion', '--json');
    expect(cellsOf(some)).toEqual([cell('hybrid', 'autoregressive'), cell('hybrid', 'block-diffusion')]);
    const shown = await matrix('--only', 'hybrid,autoregressive');
    expect(shown.output.trimEnd().split('\n').slice(1).map((line) => line.split(/ +/).slice(0, 2))).toEqual([['hybrid', 'autoregressive']]);
    expect(JSON.parse(await readFile(join(folder, 'matrix.json'), 'utf8'))).toHaveLength(12);
  });

  test('a cell whose result is gone is made again, the others are not; a cell is a model like any other', async () => {
    const name = 'state-space-block-diffusion';
    await rm(join(folder, name, 'result.json'));
    const again = await matrix('--only', 'state-space,block-diffusion');
    expect(again.errors).toMatch(/^1 of 1 to train and measure, about .*\n1 of 1 finished: state-space-block-diffusion\n$/);
    await using model = await openModel(join(folder, name, 'model'), { threads: 1, thread: 'own' });
    expect(model.backbone.visibility.name).toBe('block-causal(16)');
  });
});

test.each([
  [['--size', 'huge'], '--size: expected one of toy, small, shipped; got "huge".'],
  [['--only', 'rwkv'], '--only: expected names among transformer, state-space, test-time-training, hybrid, autoregressive, masked-diffusion, block-diffusion, with commas between; got "rwkv".'],
])('%j is refused', async (words, sentence) => {
  const { code, errors } = await palimpsest(['matrix', ...words]);
  expect([code, errors.trim()]).toEqual([2, sentence]);
});
