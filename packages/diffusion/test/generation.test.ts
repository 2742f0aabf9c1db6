import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { GenerationEvent, GenerationResult } from '@palimpsest/backbone';
import {
  ancestral, confidenceThreshold, entropy, entropyBound, generateMaskedDiffusion, linear, lowConfidence, margin, random, remasking,
} from '@palimpsest/diffusion';
import type { MaskedDiffusionOptions, UnmaskingPolicy } from '@palimpsest/diffusion';
import { categoricalSampler, parseSampling } from '@palimpsest/sampling';
import { describe, expect, test } from 'vitest';
import { neighbourBackbone, randomTables, recording } from './neighbour-backbone.js';
import type { NeighbourTables } from './neighbour-backbone.js';

const [size, mask, end, places] = [13, 5, 9, 40];
const vocabulary = { size, mask, end };
const tables = randomTables(1, size, places);
const backboneOf = (seed = 1): ReturnType<typeof neighbourBackbone> => neighbourBackbone({ tables: randomTables(seed, size, places), vocabulary });

const given = { prompt: Int32Array.of(3, 1, 4), canvasLength: 12, seed: 7, clock: () => 0 };

interface Run {
  readonly events: readonly GenerationEvent[];
  readonly result: GenerationResult;
}

async function run(options: Partial<MaskedDiffusionOptions> = {}): Promise<Run> {
  const generation = generateMaskedDiffusion({ backbone: backboneOf(), ...given, ...options });
  const events: GenerationEvent[] = [];
  for (;;) {
    const { done, value } = await generation.next();
    if (done) return { events, result: value };
    events.push(value);
  }
}

type EventOf<Type extends GenerationEvent['type']> = Extract<GenerationEvent, { readonly type: Type }>;
const only = <Type extends GenerationEvent['type']>(events: readonly GenerationEvent[], type: Type): EventOf<Type>[] =>
  events.filter((event): event is EventOf<Type> => event.type === type);

/** Logits by place alone: every cell has its own favourite, surer from left to right or as given. */
const favourites = (ids: readonly number[], strength: (position: number) => number): NeighbourTables => {
  const place = new Float32Array(places * size);
  ids.forEach((id, position) => (place[position * size + id] = strength(position)));
  return { left: new Float32Array(size * size), right: new Float32Array(size * size), place };
};

describe('the event stream', () => {
  test('blocks from left to right, each cell once, and what it cost', async () => {
    let now = 0;
    const backbone = neighbourBackbone({ tables, vocabulary, delay: async () => void (now += 10) });
    const { events, result } = await run({ backbone, blockLength: 4, steps: 6, stopAtEnd: false, clock: () => ++now, prompt: Int32Array.of(3, 1, 4) });
    expect(events.map((event) => event.type === 'block-start' ? `${event.block}: ${event.range.start}-${event.range.end}` : event.type)).toEqual([
      '0: 3-7', 'tokens-commit', 'tokens-commit', 'block-end', '1: 7-11', 'tokens-commit', 'tokens-commit', 'block-end',
      '2: 11-15', 'tokens-commit', 'tokens-commit', 'block-end', 'finish',
    ]);
    const commits = only(events, 'tokens-commit');
    expect(commits.flatMap(({ positions }) => [...positions]).sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => 3 + index));
    expect(commits.map(({ pass }) => pass)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(commits.flatMap(({ confidence }) => [...confidence]).every((value) => value > 0 && value <= 1)).toBe(true);
    const { usage, reason } = only(events, 'finish')[0]!;
    expect(result).toEqual({ ids: result.ids, reason, usage });
    expect(usage).toMatchObject({ promptTokens: 3, generatedTokens: result.ids.length, forwardPasses: 6, positionsComputed: 6 * 15, stateBytes: 0 });
    expect(usage.millisecondsInModel).toBe(6 * 11 + 1); // six passes and the opening, each one tick of the clock longer
    expect(usage.millisecondsToFirstToken).toBeLessThan(usage.milliseconds / 4);
    expect(usage.millisecondsToFirstToken).toBeGreaterThan(10);
    expect(usage.milliseconds).toBe(now - 1);
  });

  test('draft: what was proposed for every cell that is open still and the doubt, in later blocks too, whatever is wanted of the model', async () => {
    const asked: readonly (readonly [Partial<MaskedDiffusionOptions>, string])[] = [
      [{ temperature: 0 }, 'top'], [{ temperature: 0.8, topK: 4 }, 'top'], [{ temperature: 0.8 }, 'draw'], [{ temperature: 0.8, policy: margin }, 'draw'],
      [{ temperature: 0.8, topP: 0.7 }, 'draw'], [{ temperature: 1.3, topP: 0.4, policy: margin, banned: [2] }, 'draw'],
    ];
    for (const [settings, give] of asked) {
      const { recorded, questions } = recording(backboneOf());
      const { events } = await run({ backbone: recorded, blockLength: 6, draft: true, ...settings, stopAtEnd: false });
      expect(new Set(questions.map(({ want }) => want.give))).toEqual(new Set([give]));
      const drafts = only(events, 'draft');
      const commits = only(events, 'tokens-commit');
      expect(drafts.map(({ pass }) => pass)).toEqual(Array.from({ length: 11 }, (_, index) => index + 1)); // the last pass leaves nothing open
      const closed = new Set<number>();
      for (const [index, { positions, ids, entropy: doubt }] of drafts.entries()) {
        for (const position of commits[index]!.positions) closed.add(position);
        expect([...positions]).toEqual(Array.from({ length: 12 }, (_, cell) => 3 + cell).filter((position) => !closed.has(position)));
        await using context = await backboneOf().open();
        const { logits } = await context.score(Int32Array.from(questions[index]!.tokens), { give: 'logits' });
        positions.forEach((position, place) => {
          const row = [...logits.subarray(position * size, (position + 1) * size)];
          const sample = categoricalSampler(parseSampling({ ...settings, banned: [mask, ...(settings.banned ?? [])] }, size), given.seed);
          expect(ids[place]).toBe(sample(Float32Array.from(row), index, position).id);
          const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
          expect(doubt[place]).toBeCloseTo(-row.reduce((sum, logit) => sum + (Math.exp(logit) / total) * Math.log(Math.exp(logit) / total), 0), 5);
        });
      }
    }
  });

  test('a policy that revokes is heard, and the events tell what the model sees', async () => {
    const { recorded, questions } = recording(backboneOf(3));
    const { events, result } = await run({ policy: remasking(linear, 0.3), steps: 24, temperature: 1, draft: true, stopAtEnd: false, backbone: recorded });
    const text = [...given.prompt, ...new Array<number>(12).fill(mask)];
    let drafts = 0;
    let revoked: readonly number[] = [];
    for (const event of events) {
      if (event.type === 'tokens-revoke') {
        revoked = [...event.positions];
        for (const position of revoked) text[position] = mask;
      }
      if (event.type === 'tokens-commit') event.positions.forEach((position, index) => (text[position] = event.ids[index]!));
      if (event.type !== 'draft') continue;
      drafts++;
      // of a cell that was masked again just now the model has not been asked
      expect([...event.positions]).toEqual(text.flatMap((id, position) => (id === mask && !revoked.includes(position) ? [position] : [])));
      expect(questions[event.pass]!.tokens).toEqual(text); // of the pass that follows
      revoked = [];
    }
    expect(only(events, 'tokens-revoke').length).toBeGreaterThan(2);
    expect(drafts).toBeGreaterThan(9);
    expect(text.slice(3, 3 + result.ids.length)).toEqual([...result.ids]);
    expect(text.indexOf(end) < 0 ? text.length : text.indexOf(end)).toBe(3 + result.ids.length);
  });
});

describe('what crosses', () => {
  test('only open rows of the current block, and no more of them than is chosen by', async () => {
    const asked: readonly (readonly [Partial<MaskedDiffusionOptions>, string])[] = [
      [{}, 'top 2'], [{ temperature: 1, topK: 3 }, 'top 4'], [{ banned: [0, 1] }, 'top 4'],
      [{ temperature: 1 }, 'draw'], [{ temperature: 0.7, banned: [0, 1], policy: random }, 'draw'],
      [{ temperature: 1, policy: entropy }, 'draw'], [{ temperature: 1, policy: entropyBound(1e-9) }, 'draw'],
      [{ temperature: 1, topP: 0.9 }, 'draw'], [{ temperature: 1, policy: margin }, 'draw'], [{ temperature: 0.6, topP: 0.5, policy: margin }, 'draw'],
    ];
    for (const [settings, give] of asked) {
      const { recorded, questions } = recording(backboneOf());
      const { events } = await run({ backbone: recorded, blockLength: 4, ...settings, stopAtEnd: false });
      const commits = only(events, 'tokens-commit');
      expect(questions.length).toBe(12);
      for (const [pass, { want }] of questions.entries()) {
        const block = Math.floor(pass / 4);
        const before = commits.slice(4 * block, pass).flatMap(({ positions }) => [...positions]);
        expect([...want.rows!]).toEqual([0, 1, 2, 3].map((cell) => 3 + 4 * block + cell).filter((position) => !before.includes(position)));
        expect(want.give === 'top' ? `top ${want.top}` : want.give).toBe(give);
      }
    }
  });

  test('what was proposed for a text stands until it changes, without another pass', async () => {
    for (const settings of [{ temperature: 1 }, { temperature: 1, topK: 4 }, { temperature: 1, topP: 0.9 }]) {
      const proposed: string[] = [];
      const waiting: UnmaskingPolicy = {
        name: 'waiting',
        decide: ({ step, open, proposals }) => {
          proposed.push(proposals.join());
          return { commit: step % 3 === 2 ? [open[0]!] : [] };
        },
      };
      const { result } = await run({ ...settings, canvasLength: 4, policy: waiting, steps: 12, stopAtEnd: false });
      expect(result.usage.forwardPasses).toBe(4);
      expect(proposed.map((text, step) => text === proposed[step - (step % 3)])).toEqual(new Array(12).fill(true));
      expect(new Set(proposed).size).toBe(4);
    }
  });

  test('a step that changes nothing costs no pass', async () => {
    const { recorded, questions } = recording(backboneOf());
    const { events, result } = await run({ backbone: recorded, policy: ancestral(linear), temperature: 1, steps: 500, draft: true, stopAtEnd: false });
    const commits = only(events, 'tokens-commit').length;
    expect(commits).toBeGreaterThan(9);
    expect(commits).toBeLessThanOrEqual(12);
    expect(questions.length).toBe(commits);
    expect(result.usage).toMatchObject({ forwardPasses: commits, stateBytes: 12 });
    expect(only(events, 'draft').length).toBeLessThanOrEqual(commits);
  });

  test('a shifted model is asked for the row before, once where two cells share it', async () => {
    const shifted = (): ReturnType<typeof recording> => recording(neighbourBackbone({ tables, vocabulary, prediction: 'next' }));
    const { recorded, questions } = shifted();
    await run({ backbone: recorded, stopAtEnd: false });
    expect([...questions[0]!.want.rows!]).toEqual(Array.from({ length: 12 }, (_, index) => 2 + index));
    const withoutPrompt = shifted();
    await run({ backbone: withoutPrompt.recorded, prompt: new Int32Array(0), stopAtEnd: false });
    expect([...withoutPrompt.questions[0]!.want.rows!]).toEqual(Array.from({ length: 11 }, (_, index) => index));
    const drawing = shifted(); // where the model draws, once for each cell
    await run({ backbone: drawing.recorded, prompt: new Int32Array(0), temperature: 1, stopAtEnd: false });
    expect([...drawing.questions[0]!.want.rows!]).toEqual([0, ...Array.from({ length: 11 }, (_, index) => index)]);
  });
});

describe('the text', () => {
  const strong = (ids: readonly number[]): NeighbourTables => favourites(ids, () => 9);

  test('mask ids in the prompt, the suffix and given cells are text; the mask is never written', async () => {
    const wantsMask = neighbourBackbone({ tables: strong(new Array<number>(places).fill(mask)), vocabulary });
    for (const temperature of [0, 1]) {
      const { recorded, questions } = recording(wantsMask);
      const { events, result } = await run({
        backbone: recorded, prompt: Int32Array.of(mask, 2, mask), suffix: Int32Array.of(mask), fixed: [{ position: 4, id: mask }], temperature, stopAtEnd: false,
      });
      expect([...questions[0]!.want.rows!]).toEqual([3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
      expect(questions.at(-1)!.tokens.flatMap((id, position) => (id === mask ? [position] : []))).toHaveLength(5); // and the one cell still open
      for (const { ids } of only(events, 'tokens-commit')) expect(ids).not.toContain(mask);
      expect(result.ids[1]).toBe(mask);
    }
  });

  test('banned tokens are never written, the next best are', async () => {
    const tables = strong(new Array<number>(places).fill(2));
    tables.place.forEach((logit, index) => (tables.place[index] = index % size === 7 ? 5 : logit));
    const backbone = neighbourBackbone({ tables, vocabulary });
    expect([...(await run({ backbone })).result.ids]).toEqual(new Array<number>(12).fill(2));
    expect([...(await run({ backbone, banned: [2] })).result.ids]).toEqual(new Array<number>(12).fill(7));
    expect((await run({ backbone, banned: [2, 7], temperature: 1 })).result.ids).not.toContain(2);
  });

  test('infill and given cells are seen by the model and stay', async () => {
    const { recorded, questions } = recording(backboneOf());
    const { result } = await run({ backbone: recorded, suffix: Int32Array.of(8, 0), fixed: [{ position: 6, id: 11 }, { position: 3, id: 2 }], stopAtEnd: false });
    for (const { tokens } of questions) {
      expect(tokens.slice(0, 4)).toEqual([3, 1, 4, 2]);
      expect(tokens[6]).toBe(11);
      expect(tokens.slice(15)).toEqual([8, 0]);
    }
    expect(questions).toHaveLength(10);
    expect(result.ids[0]).toBe(2);
    if (result.ids.length > 3) expect(result.ids[3]).toBe(11);
  });

  test('a canvas that is given whole costs no pass', async () => {
    const fixed = Array.from({ length: 12 }, (_, index) => ({ position: 3 + index, id: 1 }));
    const { result } = await run({ fixed });
    expect(result).toMatchObject({ reason: 'length', usage: { forwardPasses: 0, generatedTokens: 12 } });
  });

  test('ends before the first end token, and stops as soon as nothing can change that', async () => {
    // surer to the left, so that the low-confidence order writes from left to right; the end token comes fifth
    const ids = Array.from({ length: places }, (_, position) => (position === 7 || position === 11 ? end : position % 5));
    const backbone = neighbourBackbone({ tables: favourites(ids, (position) => 20 - position), vocabulary });
    const early = await run({ backbone });
    const full = await run({ backbone, stopAtEnd: false });
    expect([...early.result.ids]).toEqual([3, 4, 0, 1]);
    expect(full.result.ids).toEqual(early.result.ids);
    expect([early.result.reason, full.result.reason]).toEqual(['end-token', 'end-token']);
    expect([early.result.usage.forwardPasses, full.result.usage.forwardPasses]).toEqual([5, 12]);
    expect(early.events.slice(-2).map(({ type }) => type)).toEqual(['block-end', 'finish']);
    expect(only((await run({ backbone, blockLength: 6 })).events, 'block-start')).toHaveLength(1);
    expect(early.result.usage.generatedTokens).toBe(4);
  });

  test('an end token with open cells before it stops nothing', async () => {
    const ids = Array.from({ length: places }, (_, position) => (position === 14 ? end : position % 5));
    const backbone = neighbourBackbone({ tables: favourites(ids, (position) => position), vocabulary }); // surer to the right
    const { result } = await run({ backbone });
    expect(result).toMatchObject({ reason: 'end-token', usage: { forwardPasses: 12, generatedTokens: 11 } });
  });

  test('early stopping never changes the answer', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const options = { backbone: backboneOf(seed), blockLength: 4, temperature: seed % 2, seed };
      const [early, full] = [await run(options), await run({ ...options, stopAtEnd: false })];
      expect(early.result.ids).toEqual(full.result.ids);
      expect(early.result.reason).toBe(full.result.reason);
    }
  });
});

describe('randomness', () => {
  test('the same seed gives the same events, another seed others', async () => {
    const policies: readonly UnmaskingPolicy[] = [lowConfidence, random, margin, entropy, confidenceThreshold(0.4), entropyBound(1), ancestral(linear), remasking(linear, 0.2)];
    for (const policy of policies) {
      const texts = await Promise.all([7, 7, 8].map(async (seed) => JSON.stringify((await run({ policy, temperature: 1, seed, steps: 12 })).events)));
      expect(texts[0]).toBe(texts[1]);
      expect(texts[2]).not.toBe(texts[0]);
    }
  });

  test('at temperature 1 a cell is drawn from the distribution of the model without its mask token', async () => {
    const backbone = backboneOf(5);
    await using context = await backbone.open();
    const { logits } = await context.score(Int32Array.of(3, mask), { rows: Int32Array.of(1), give: 'logits' });
    const weights = [...logits].map((logit, id) => (id === mask ? 0 : Math.exp(logit)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const counts = new Array<number>(size).fill(0);
    const runs = 1500;
    for (let seed = 0; seed < runs; seed++) {
      const { events } = await run({ backbone, prompt: Int32Array.of(3), canvasLength: 1, temperature: 1, seed });
      counts[only(events, 'tokens-commit')[0]!.ids[0]!]! += 1;
    }
    counts.forEach((count, id) => {
      const expected = (runs * weights[id]!) / total;
      expect(Math.abs(count - expected)).toBeLessThanOrEqual(4.5 * Math.sqrt(expected) + 1);
    });
  });
});

describe('stopping', () => {
  test('an abort ends with what was written up to the first open cell, and disposes the context', async () => {
    const backbone = neighbourBackbone({ tables: favourites(Array.from({ length: places }, (_, position) => position % 5), (position) => 20 - position), vocabulary });
    const abort = new AbortController();
    const generation = generateMaskedDiffusion({ ...given, backbone, signal: abort.signal });
    let commits = 0;
    let next = await generation.next();
    for (; !next.done; next = await generation.next()) {
      if (next.value.type === 'tokens-commit' && ++commits === 3) abort.abort();
    }
    expect(next.value).toMatchObject({ ids: Int32Array.of(3, 4, 0), reason: 'aborted', usage: { forwardPasses: 3, generatedTokens: 3 } });
    expect(backbone.openContexts).toBe(0);
  });

  test('an abort while the model computes, and one before the start', async () => {
    const abort = new AbortController();
    const backbone = neighbourBackbone({ tables, vocabulary, delay: async () => abort.abort(new Error('enough')) });
    const during = await run({ backbone, signal: abort.signal });
    expect(during.result.reason).toBe('aborted');
    expect(during.result.usage.forwardPasses).toBeLessThanOrEqual(1);
    const before = await run({ backbone, signal: abort.signal });
    expect(before.events.map(({ type }) => type)).toEqual(['finish']);
    expect(before.result).toMatchObject({ ids: new Int32Array(0), reason: 'aborted', usage: { forwardPasses: 0 } });
    expect(backbone.openContexts).toBe(0);
  });

  test('a consumer that leaves, and a model that fails, leave no context behind', async () => {
    const backbone = backboneOf();
    for await (const event of generateMaskedDiffusion({ ...given, backbone })) if (event.type === 'tokens-commit') break;
    expect(backbone.openContexts).toBe(0);
    const failing = neighbourBackbone({ tables, vocabulary, delay: async () => Promise.reject(new Error('out of memory')) });
    const signal = new AbortController().signal;
    const stuck = recording(failing);
    const broken = { ...stuck.recorded, open: async () => ({ ...(await failing.open()), score: async () => Promise.reject(new Error('out of memory')) }) };
    await expect(run({ backbone: broken, signal })).rejects.toThrow('out of memory');
    expect(failing.openContexts).toBe(0);
  });
});

describe('refused before any pass', () => {
  const backbone = backboneOf();
  const untyped = (options: object): Partial<MaskedDiffusionOptions> => options; // as plain JavaScript may have it
  const refused: readonly (readonly [words: string, options: Partial<MaskedDiffusionOptions>])[] = [
    ['expected steps that divide evenly over the 3 blocks of 4; got 7. Try 6 or 9 steps.', { blockLength: 4, steps: 7 }],
    ['expected steps that divide evenly over the 3 blocks of 4; got 2. Try 3 steps.', { blockLength: 4, steps: 2 }],
    ['expected a blockLength that divides the canvas of 12; got 5. Try blocks of 4 or 6.', { blockLength: 5 }],
    ['expected a blockLength that divides the canvas of 12; got 24. Try blocks of 12.', { blockLength: 24 }],
    ['expected a positive integer canvasLength; got 0', { canvasLength: 0 }],
    ['expected a positive integer steps; got 2.5', { steps: 2.5 }],
    ['expected a positive integer blockLength; got -4', { blockLength: -4 }],
    ["expected at most the 40 tokens of the backbone's context; got 43: prompt 3, canvas 36, suffix 4. Shorten", { canvasLength: 36, suffix: new Int32Array(4) }],
    ['expected prompt ids from 0 to 12; got 13 at index 1', { prompt: Int32Array.of(0, 13) }],
    ['expected suffix ids from 0 to 12; got -1 at index 0', { suffix: Int32Array.of(-1) }],
    ['expected fixed ids from 0 to 12; got 1.5 at index 0', { fixed: [{ position: 3, id: 1.5 }] }],
    ['expected fixed positions from 3 to 14, each once; got 2', { fixed: [{ position: 2, id: 0 }] }],
    ['expected fixed positions from 3 to 14, each once; got 4', { fixed: [{ position: 4, id: 0 }, { position: 4, id: 1 }] }],
    ['generateMaskedDiffusion: policy: expected an unmasking policy, such as lowConfidence or confidenceThreshold(0.9); got "low-confidence"', untyped({ policy: 'low-confidence' })],
    ['confidenceThreshold(0.9); got a function', untyped({ policy: confidenceThreshold })],
    ['sampling settings, temperature: expected a number of at least 0; got -1', { temperature: -1 }],
    ['sampling settings, banned: expected token ids from 0 to 12; got 13', { banned: [13] }],
    ['a seed that is an integer from 0 to 2^53 - 1; got 0.5', { seed: 0.5 }],
    ['expected a backbone whose vocabulary has a mask token; got one without', { backbone: neighbourBackbone({ tables, vocabulary: { size } }) }],
    ['see all others, such as bidirectional; got causal', { backbone: neighbourBackbone({ tables, vocabulary, visibility: causal }) }],
    ['every one of the 15 positions', { backbone: neighbourBackbone({ tables, vocabulary, visibility: blockCausal(14) }) }],
  ];
  test.each(refused)('%s', (words, options) => {
    expect(() => generateMaskedDiffusion({ ...given, backbone, ...options })).toThrow(words);
    expect(backbone.passes).toHaveLength(0);
  });

  test('a block-causal model with all in one block is bidirectional', async () => {
    const [one, other] = [blockCausal(15), bidirectional].map((visibility) => neighbourBackbone({ tables, vocabulary, visibility }));
    expect((await run({ backbone: one! })).result.ids).toEqual((await run({ backbone: other! })).result.ids);
  });
});

describe('a policy that breaks its contract is named', () => {
  const broken: readonly (readonly [words: string, decide: UnmaskingPolicy['decide']])[] = [
    ['an open position of its block, once; got commits 2', () => ({ commit: [2] })],
    ['an open position of its block, once; got commits 9', () => ({ commit: [9] })],
    ['an open position of its block, once; got commits 4', () => ({ commit: [4, 4] })],
    ['a revealed position of its block, once; got revokes 3', ({ open }) => ({ commit: [open[1]!], revoke: [open[0]!] })],
    ['a revealed position of its block, once; got revokes 3', ({ open, revealed }) => ({ commit: [open[0]!], revoke: [...revealed, ...revealed] })],
    ['a revealed position of its block, once; got revokes 4', ({ open, block }) => ({ commit: [...open], revoke: block.start === 7 ? [4] : [] })],
    ['a full block after 10 steps; got 4 open cells', () => ({ commit: [] })],
  ];
  test.each(broken)('%s', async (words, decide) => {
    const backbone = backboneOf();
    await expect(run({ backbone, policy: { name: 'wild', decide }, temperature: 1, blockLength: 4, steps: 18 })).rejects.toThrow(words);
    expect(backbone.openContexts).toBe(0);
  });
});
