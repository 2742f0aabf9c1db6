import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { Backbone } from '@palimpsest/backbone';
import { belowEntropy, fromPrompt, fromStart, generateBlockDiffusion } from '@palimpsest/block-diffusion';
import type { BlockDiffusionOptions } from '@palimpsest/block-diffusion';
import { confidenceThreshold, editAbove, entropyBound, firstHitting, lowConfidence, sequentialThreshold } from '@palimpsest/diffusion';
import { describe, expect, test } from 'vitest';
import { oddBackbone, vocabulary } from './odd-backbone.js';
import { changesOf, only, run } from './run.js';

const policies = [confidenceThreshold(0.3), sequentialThreshold(0.2), entropyBound(1.5), firstHitting];
const given = { prompt: Int32Array.of(3, 1, 4, 1, 5, 2, 6), maximumTokens: 23, seed: 7, clock: () => 0 };

test.each([{ visibility: blockCausal(5), blockSize: 5 }, { visibility: blockCausal(3), blockSize: 6 }, { visibility: causal, blockSize: 4 }, { visibility: causal, blockSize: 1 }])(
  'one at a time they are blocks in turn, event by event: blocks of $blockSize under $visibility.name visibility', async ({ visibility, blockSize }) => {
    for (const prediction of ['same', 'next'] as const) {
      for (const [seed, policy] of policies.entries()) {
        const backbone = oddBackbone(visibility, prediction, { salt: seed + 1 });
        const options = { ...given, backbone, blockSize, policy, seed, temperature: seed % 2, alignment: seed < 2 ? fromStart : fromPrompt, draft: seed === 1 };
        expect(await run(generateBlockDiffusion({ ...options, inFlight: { most: 1 } }))).toEqual(await run(generateBlockDiffusion(options)));
      }
    }
  },
);

interface Naive {
  readonly backbone: Backbone;
  readonly prompt: readonly number[];
  readonly length: number;
  readonly blockSize: number;
  readonly threshold: number;
  readonly most: number;
  readonly beginAt: number;
  readonly activeAt: number;
  readonly sure: number;
}

/** The twin, for the most probable tokens by a threshold: every look is at the whole text so far in a context of its own, and nothing is remembered. */
async function inFlightNaive({ backbone, prompt, length, blockSize, threshold, most, beginAt, activeAt, sure }: Naive): Promise<readonly string[]> {
  const { size, mask } = backbone.vocabulary;
  const text = Array.from({ length }, (_, position) => prompt[position] ?? -1);
  const cellsOf = (block: number): readonly number[] => text.flatMap((_, position) => (Math.floor(position / blockSize) === block && position >= prompt.length ? [position] : []));
  const written = (block: number): number => cellsOf(block).filter((cell) => text[cell] !== -1).length / cellsOf(block).length;
  const changes: string[] = [];
  const last = Math.ceil(length / blockSize) - 1;
  for (let first = Math.floor(prompt.length / blockSize), begun = first; first <= last;) {
    if (written(first) === 1) {
      begun = Math.max(begun, ++first);
      continue;
    }
    while (begun < Math.min(last, first + most - 1) && written(begun) >= beginAt) begun++;
    const end = Math.min((begun + 1) * blockSize, length);
    await using context = await backbone.open();
    const { logits } = await context.score(Int32Array.from(text.slice(0, end), (id) => (id === -1 ? mask! : id)), { give: 'logits' });
    const said = (cell: number): { readonly id: number; readonly probability: number } => {
      const row = logits.subarray((backbone.prediction === 'next' ? cell - 1 : cell) * size).subarray(0, size);
      const id = [...row.keys()].filter((each) => each !== mask).reduce((best, each) => (row[each]! > row[best]! ? each : best));
      return { id, probability: Math.exp(row[id]!) / row.reduce((sum, logit) => sum + Math.exp(logit), 0) };
    };
    const chosen: number[] = [];
    for (let block = first; block <= begun; block++) {
      const open = cellsOf(block).filter((cell) => text[cell] === -1).sort((a, b) => said(b).probability - said(a).probability || a - b);
      const active = block === first || written(block - 1) >= activeAt;
      chosen.push(...(active ? open.filter((cell, rank) => rank === 0 || said(cell).probability >= threshold) : open.filter((cell) => said(cell).probability >= sure).sort((a, b) => a - b)));
    }
    changes.push(chosen.map((cell) => `${cell}=${said(cell).id}`).join(' '));
    for (const [cell, { id }] of chosen.map((each) => [each, said(each)] as const)) text[cell] = id;
  }
  return changes;
}

test.each(['same', 'next'] as const)('several at once, the texts of recomputing everything, look by look; row predicts the %s token', async (prediction) => {
  let [beside, behind] = [0, 0];
  for (let seed = 0; seed < 24; seed++) {
    const backbone = oddBackbone(blockCausal(5), prediction, { salt: seed + 1 });
    const prompt = Array.from({ length: 1 + ((5 * seed) % 13) }, (_, index) => (index * 5 + 2) % 7);
    const inFlight = { most: 2 + (seed % 3), beginAt: [0.1, 0.5, 0][seed % 3]!, activeAt: [0.6, 1, 0.3][seed % 3]!, sure: [0.3, 0.2, 0.45][(seed >> 1) % 3]! };
    const threshold = [0.2, 0.35, 0.9][(seed >> 2) % 3]!;
    const length = prompt.length + 22;
    const { events } = await run(generateBlockDiffusion({
      ...given, backbone, prompt: Int32Array.from(prompt), maximumTokens: 22, policy: confidenceThreshold(threshold), inFlight, stopAtEnd: false,
    }));
    const looks = changesOf(events).map((change) => ('written' in change ? change.written.map((position, index) => `${position}=${change.ids[index]}`).join(' ') : 'revoked'));
    expect(looks).toEqual(await inFlightNaive({ backbone, prompt, length, blockSize: 5, threshold, ...inFlight }));
    const starts = events.flatMap((event, index) => (event.type === 'block-start' ? [[event.block, index]] : []));
    const ends = new Map(events.flatMap((event, index) => (event.type === 'block-end' ? [[event.block, index] as const] : [])));
    expect([...ends.keys()]).toEqual(starts.map(([block]) => block)); // each ends, in order
    for (const [block, index] of starts) {
      if (block! > 0 && index! < (ends.get(block! - 1) ?? 0)) beside++;
      else behind++;
    }
    expect(backbone.openContexts).toBe(0);
  }
  expect(Math.min(beside, behind)).toBeGreaterThan(10);
});

test('an end token ends the text where all before it is written, though later blocks are begun; the stop rule and an abort end it too', async () => {
  let [ended, begun] = [0, 0];
  for (let seed = 0; seed < 40; seed++) {
    const backbone = oddBackbone(blockCausal(5), 'same', { salt: seed });
    const { events, result } = await run(generateBlockDiffusion({ ...given, backbone, seed, temperature: 1, policy: confidenceThreshold(0.4), inFlight: { most: 3, sure: 0.4 } }));
    const text = new Map(only(events, 'tokens-commit').flatMap(({ positions, ids }) => [...positions].map((position, index) => [position, ids[index]!] as const)));
    const ids = Array.from({ length: 23 }, (_, cell) => text.get(7 + cell));
    const end = ids.findIndex((id) => id === undefined || id === vocabulary.end);
    expect([...result.ids]).toEqual(end < 0 ? ids : ids.slice(0, end));
    expect(result.reason).toBe(ids[end] === vocabulary.end ? 'end-token' : 'length');
    if (result.reason === 'end-token') ended++;
    begun += only(events, 'block-start').length - only(events, 'block-end').length;
  }
  expect([ended > 5, begun > 5]).toEqual([true, true]); // some blocks were begun and never ended
  const options = { ...given, backbone: oddBackbone(blockCausal(5), 'same'), policy: firstHitting, stopAtEnd: false, inFlight: { most: 2 } };
  expect((await run(generateBlockDiffusion({ ...options, stopRule: belowEntropy({ window: 8, nats: Math.log(8) }) }))).result.reason).toBe('stable');
  const rule = { name: 'eight', stops: (ids: Int32Array) => ids.length >= 8 };
  const endless = oddBackbone(blockCausal(5), 'same', { salt: 1, words: { size: 9, mask: 7 } });
  const stopped = { ...given, backbone: endless, seed: 1, temperature: 1, policy: confidenceThreshold(0.3), stopRule: rule };
  const [inTurn, several] = [await run(generateBlockDiffusion(stopped)), await run(generateBlockDiffusion({ ...stopped, inFlight: { most: 4, sure: 0.2, activeAt: 0.2 } }))];
  expect([inTurn.result.ids.length, several.result.ids.length, several.result.reason]).toEqual([8, 8, 'stable']); // what the rule never saw is no part of the text
  const stop = new AbortController();
  const generation = generateBlockDiffusion({ ...options, signal: stop.signal });
  for await (const event of generation) if (event.type === 'tokens-commit') stop.abort();
  expect(options.backbone.openContexts).toBe(0);
});

describe('what stands against blocks in flight is said before any pass', () => {
  const start = (options: Partial<BlockDiffusionOptions>) => (): unknown => generateBlockDiffusion({ ...given, backbone: oddBackbone(blockCausal(5), 'same'), policy: firstHitting, inFlight: { most: 2 }, ...options });

  test.each<[string, Partial<BlockDiffusionOptions>]>([
    ['a policy that ignores the plan beside inFlight; got low-confidence. Try confidenceThreshold or sequentialThreshold.', { policy: lowConfidence }],
    ['no editing beside inFlight; got both.', { editing: { policy: editAbove(0.5) } }],
    ['no window beside inFlight; got both.', { window: { tokens: 20 } }],
    ['no dualCache beside inFlight; got both.', { dualCache: { partSize: 2 } }],
    ['a positive integer most of inFlight; got 1.5.', { inFlight: { most: 1.5 } }],
    ['sure of inFlight from 0 to 1; got NaN.', { inFlight: { most: 2, sure: Number.NaN } }],
    ['a backbone that can commit a block, such as a block-causal one; got bidirectional visibility.', { backbone: oddBackbone(bidirectional, 'same'), blockSize: 5 }],
  ])('%s', (sentence, options) => {
    expect(start(options)).toThrow(`generateBlockDiffusion: expected ${sentence}`);
  });
});
