import { bidirectional, blockCausal, causal, PalimpsestError } from '@palimpsest/backbone';
import type { Backbone, Context, ContextOptions, Want } from '@palimpsest/backbone';
import { belowEntropy, fromPrompt, generateBlockDiffusion } from '@palimpsest/block-diffusion';
import type { BlockDiffusionOptions } from '@palimpsest/block-diffusion';
import { confidenceThreshold, lowConfidence, remasking, linear } from '@palimpsest/diffusion';
import { describe, expect, test } from 'vitest';
import { oddBackbone, vocabulary } from './odd-backbone.js';
import { only, run } from './run.js';

const blocksOfFive = (prediction: 'same' | 'next' = 'same') => oddBackbone(blockCausal(5), prediction, { salt: 3 });
const given = { prompt: Int32Array.of(3, 1, 4, 1, 5, 2, 6), maximumTokens: 12, seed: 7, clock: () => 0 };
const generate = (options: Partial<BlockDiffusionOptions> = {}) => run(generateBlockDiffusion({ backbone: blocksOfFive(), ...given, ...options }));

interface Request {
  readonly verb: 'score' | 'append';
  readonly after: number;
  readonly tokens: readonly number[];
  readonly want: Want;
}

/** The same backbone, and what was asked of its contexts. */
function recording(backbone: Backbone): { readonly recorded: Backbone; readonly requests: readonly Request[] } {
  const requests: Request[] = [];
  const open = async (options?: ContextOptions): Promise<Context> => {
    const context = await backbone.open(options);
    const told = <Verb extends 'score' | 'append'>(verb: Verb): NonNullable<Context[Verb]> => ((tokens: Int32Array, want: Want) => {
      requests.push({ verb, after: context.length, tokens: [...tokens], want });
      return context[verb]!(tokens, want);
    }) as NonNullable<Context[Verb]>; // what the verb of the context answers
    return {
      get length() { return context.length; },
      get stateBytes() { return context.stateBytes; },
      score: told('score'), append: told('append'), [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
    };
  };
  return { recorded: { ...backbone, open }, requests };
}

describe('the event stream', () => {
  test('blocks from left to right, each cell once, and what it cost', async () => {
    let now = 0;
    const { events, result } = await generate({ stepsPerBlock: 2, stopAtEnd: false, clock: () => ++now });
    expect(events.map((event) => (event.type === 'block-start' ? `${event.block}: ${event.range.start}-${event.range.end}` : event.type))).toEqual([
      '0: 7-10', 'tokens-commit', 'tokens-commit', 'block-end', '1: 10-15', 'tokens-commit', 'tokens-commit', 'block-end', '2: 15-19', 'tokens-commit', 'tokens-commit', 'block-end', 'finish',
    ]);
    const commits = only(events, 'tokens-commit');
    expect(commits.flatMap(({ positions }) => [...positions]).sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => 7 + index));
    expect(commits.map(({ pass }) => pass)).toEqual([2, 3, 5, 6, 8, 9]); // 1, 4 and 7 committed what lies before
    const { usage, reason } = only(events, 'finish')[0]!;
    expect(result).toEqual({ ids: result.ids, reason, usage });
    expect(usage).toMatchObject({ promptTokens: 7, forwardPasses: 9, positionsComputed: 3 * 5 + 2 * 5 + 2 * 5 + 2 * 4, stateBytes: 4 * 15 });
    expect(usage.millisecondsInModel).toBe(9 + 1);
    expect(usage.millisecondsToFirstToken).toBeLessThan(usage.milliseconds / 3);
  });

  test('from the prompt: its own first block is the shorter, and is committed with the rest of it', async () => {
    const { recorded, requests } = recording(blocksOfFive());
    const { events } = await generate({ backbone: recorded, alignment: fromPrompt, stopAtEnd: false });
    expect(only(events, 'block-start').map(({ range }) => [range.start, range.end])).toEqual([[7, 12], [12, 17], [17, 19]]);
    expect(requests.filter(({ verb }) => verb === 'append').map(({ after, tokens }) => [after, tokens.length])).toEqual([[0, 7], [7, 5], [12, 5]]);
    const other = await generate({ stopAtEnd: false });
    expect(only(events, 'tokens-commit').map(({ ids }) => [...ids])).not.toEqual(only(other.events, 'tokens-commit').map(({ ids }) => [...ids])); // whom a token sees is another
  });

  test('a window has a text outgrow the context: what is asked and what is held stay as long', async () => {
    const { recorded, requests } = recording(blocksOfFive());
    const { events } = await generate({ backbone: recorded, maximumTokens: 113, banned: [vocabulary.end], window: { tokens: 20, keep: 10 } });
    const commits = requests.filter(({ verb }) => verb === 'append').map(({ after, tokens }) => [after, tokens.length]);
    expect(commits.slice(0, 7)).toEqual([[0, 5], [5, 5], [10, 5], [0, 10], [10, 5], [0, 10], [10, 5]]); // five of the prompt, then each block; every other time the last ten
    expect(Math.max(...requests.map(({ after, tokens }) => after + tokens.length))).toBe(20);
    expect(only(events, 'finish')[0]!.usage).toMatchObject({ generatedTokens: 113, stateBytes: 4 * 15 });
  });

  test('drafts end with the block', async () => {
    for (const prediction of ['same', 'next'] as const) {
      const { events } = await generate({ backbone: blocksOfFive(prediction), draft: true, stopAtEnd: false });
      const drafts = only(events, 'draft');
      expect(drafts.map(({ positions }) => [...positions].at(-1)! < 10 ? 0 : positions.at(-1)! < 15 ? 1 : 2)).toEqual([0, 0, 1, 1, 1, 1, 2, 2, 2]);
      for (const { positions, ids, entropy } of drafts) {
        expect(ids).toHaveLength(positions.length);
        entropy.forEach((nats) => expect(nats).toBeGreaterThan(0));
      }
    }
  });

  test('the same seed gives the same events, another seed others', async () => {
    const events = async (seed: number): Promise<unknown> => (await generate({ seed, temperature: 1 })).events;
    expect(await events(1)).toEqual(await events(1));
    expect(await events(1)).not.toEqual(await events(2));
  });
});

describe('what is asked of the model', () => {
  test.each(['same', 'next'] as const)(
    'each finished block is committed once, in order, the last never; looks see the block alone: row predicts the %s token', async (prediction) => {
      const { recorded, requests } = recording(blocksOfFive(prediction));
      const policy = { ...lowConfidence, decide: ({ open }: { readonly open: Int32Array }) => ({ commit: [open[0]!] }) };
      const { events } = await generate({ backbone: recorded, policy, stopAtEnd: false });
      const text = [...given.prompt, ...new Array<number>(12)];
      for (const { positions, ids } of only(events, 'tokens-commit')) positions.forEach((position, index) => (text[position] = ids[index]!));
      const commits = requests.filter(({ verb }) => verb === 'append');
      expect(commits.map(({ after, tokens }) => [after, tokens])).toEqual([[0, text.slice(0, 5)], [5, text.slice(5, 10)], [10, text.slice(10, 15)]]);
      const scores = requests.filter(({ verb }) => verb === 'score');
      expect([5, 10, 15].map((start) => scores.filter(({ after }) => after === start).length)).toEqual([3, 5, 4]);
      expect(scores.every(({ after, tokens }) => tokens.length === (after === 15 ? 4 : 5))).toBe(true);
      const rows = commits.map(({ want }) => [...want.rows ?? [NaN]]);
      expect(rows).toEqual(prediction === 'same' ? [[], [], []] : [[], [4], [4]]); // the prompt's rest stands where the first block begins
    });

  test('no more of the rows than is chosen by', async () => {
    const gives = async (options: Partial<BlockDiffusionOptions>): Promise<unknown> => {
      const { recorded, requests } = recording(blocksOfFive('next'));
      await generate({ backbone: recorded, stopAtEnd: false, ...options });
      return [...new Set(requests.map(({ want }) => want.give))];
    };
    expect(await gives({ temperature: 0 })).toEqual(['top']);
    expect(await gives({ temperature: 1 })).toEqual(['draw']);
    expect(await gives({ temperature: 1, topP: 0.9 })).toEqual(['draw']);
  });

  test('every context is disposed, also when the consumer leaves', async () => {
    const backbone = blocksOfFive();
    await generate({ backbone });
    for await (const event of generateBlockDiffusion({ backbone, ...given })) if (event.type === 'tokens-commit') break;
    expect(backbone.openContexts).toBe(0);
  });
});

describe('where it stops', () => {
  /** Writes token 2 everywhere, and `last` at a place. */
  const writing = (place: number, last: number): Backbone => ({
    ...oddBackbone(blockCausal(5), 'same'),
    ...certain(blockCausal(5), (position) => (position === place ? last : 2)),
  });

  test('behind a block with an end token, and the answer ends before it', async () => {
    for (const [place, blocks] of [[8, 1], [9, 1], [10, 2], [13, 2], [17, 3]] as const) {
      const { events, result } = await generate({ backbone: writing(place, vocabulary.end), policy: confidenceThreshold(0.5) });
      expect(result).toMatchObject({ reason: 'end-token', ids: new Int32Array(place - 7).fill(2) });
      expect(only(events, 'block-start')).toHaveLength(blocks);
      expect(only(events, 'block-end')).toHaveLength(blocks);
    }
    expect((await generate({ backbone: writing(8, vocabulary.end), stopAtEnd: false })).events.filter(({ type }) => type === 'block-start')).toHaveLength(3);
  });

  test('an end token is no end while cells before it are open', async () => {
    const right = { ...lowConfidence, name: 'right to left', decide: ({ open }: { readonly open: Int32Array }) => ({ commit: [open.at(-1)!] }) };
    const { events, result } = await generate({ backbone: writing(12, vocabulary.end), policy: right });
    expect(only(events, 'tokens-commit').map(({ positions }) => positions[0])).toEqual([9, 8, 7, 14, 13, 12, 11, 10]);
    expect(result).toMatchObject({ reason: 'end-token', ids: new Int32Array(5).fill(2) });
  });

  test('where the rule says so, asked after each block with the answer so far', async () => {
    const asked: number[] = [];
    const stopRule = { name: 'after seven', stops: (ids: Int32Array) => (asked.push(ids.length), ids.length > 7) };
    const { result } = await generate({ stopRule, stopAtEnd: false });
    expect(asked).toEqual([3, 8]);
    expect(result.reason).toBe('stable');
    const { result: turning } = await generate({ backbone: writing(-1, 0), stopRule: belowEntropy({ window: 6, nats: 0.1 }) });
    expect(turning).toMatchObject({ reason: 'stable', ids: new Int32Array(8).fill(2) });
  });

  test('at the length, the last block cut', async () => {
    const { result } = await generate({ backbone: writing(-1, 0), maximumTokens: 4 });
    expect(result).toMatchObject({ reason: 'length', ids: new Int32Array(4).fill(2) });
  });

  test('when it is aborted: before the first open cell', async () => {
    const controller = new AbortController();
    const generation = generateBlockDiffusion({ backbone: blocksOfFive(), ...given, banned: [vocabulary.end], signal: controller.signal });
    let commits = 0;
    let next = await generation.next();
    for (; !next.done; next = await generation.next()) if (next.value.type === 'tokens-commit' && ++commits === 4) controller.abort();
    expect(next.value).toMatchObject({ reason: 'aborted', usage: { forwardPasses: 6 } });
    expect(next.value.ids.length).toBeGreaterThanOrEqual(3);
  });
});

function certain(visibility: Backbone['visibility'], idAt: (position: number) => number): Pick<Backbone, 'open'> {
  const backbone = oddBackbone(visibility, 'same');
  return {
    open: async () => {
      const context = await backbone.open();
      const top = (tokens: Int32Array, want: Want): Promise<never> => {
        const rows = [...(want.rows ?? tokens.keys())];
        const start = context.length;
        return Promise.resolve({
          ids: Int32Array.from(rows.flatMap((row) => [idAt(start + row), vocabulary.mask])), logProbabilities: Float32Array.from(rows.flatMap(() => [-0.01, -9])),
          logSumExp: new Float32Array(rows.length), entropy: new Float32Array(rows.length),
        } as never); // temperature 0 asks for the top tokens
      };
      return {
        get length() { return context.length; },
        stateBytes: 0, score: top, append: async (tokens, want) => (await context.append!(tokens, { give: 'logits' }), context.length, top(tokens, want)),
        [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
      };
    },
  };
}

describe('what is refused, before any pass', () => {
  const refused = (options: Partial<BlockDiffusionOptions>): (() => unknown) => () => generateBlockDiffusion({ backbone: blocksOfFive(), ...given, ...options });
  const unmasked = { size: 9, end: 8 };
  const untyped = (options: object): Partial<BlockDiffusionOptions> => options; // as plain JavaScript may have it

  test.each<[string, Partial<BlockDiffusionOptions>, string]>([
    ['blocks that do not fit the model\'s', { blockSize: 7 }, 'expected blocks of a multiple of 5 tokens under block-causal(5) visibility; got 7. Try 5 or 10.'],
    ['blocks smaller than the model\'s', { blockSize: 4 }, 'under block-causal(5) visibility; got 4. Try 5.'],
    ['a block size that is none', { blockSize: 2.5 }, 'expected a positive integer blockSize; got 2.5'],
    ['a text that does not fit the context', { maximumTokens: 42 }, "expected at most the 48 tokens of the backbone's context; got 49: prompt 7, to write 42. Shorten the prompt or the answer, or give it a window."],
    ['blocks longer than the context', { blockSize: 50 }, "expected blocks of at most the 48 tokens of the backbone's context; got 50."],
    ['a model whose blocks are longer than its context', { backbone: oddBackbone(blockCausal(49), 'same') }, "expected blocks of at most the 48 tokens of the backbone's context; got 49."],
    ['a prompt that leaves no room', { prompt: new Int32Array(48) }, 'got 60: prompt 48, to write 12. Shorten the prompt or the answer'],
    ['a window larger than the context', { window: { tokens: 50 } }, "expected a window of at most the 48 tokens of the backbone's context; got 50."],
    ['a window that keeps no block', { window: { tokens: 20, keep: 4 } }, 'expected at least a block of 5 tokens that the window keeps; got 4.'],
    ['a window of a block alone', { window: { tokens: 5 } }, 'expected a window of at least 10 tokens, for a block of 5 and 5 before it; got 5.'],
    ['a window of less than two blocks', { window: { tokens: 9 } }, 'expected a window of at least 10 tokens, for a block of 5 and 5 before it; got 9.'],
    ['a window of less than a block of several of the model\'s and one of them', { blockSize: 15, window: { tokens: 19 } }, 'expected a window of at least 20 tokens, for a block of 15 and 5 before it; got 19.'],
    ['a window that keeps less than nothing', { window: { tokens: 20, keep: -3 } }, 'expected a positive integer keep of the window; got -3'],
    ['a window over one block', { backbone: oddBackbone(causal, 'same'), blockSize: Infinity, window: { tokens: 20 } }, 'expected blocks, which a window moves over; got one block for all. Give it a blockSize.'],
    ['a window where all is seen', { backbone: oddBackbone(bidirectional, 'same'), blockSize: 40, window: { tokens: 45 } }, 'expected blocks, which a window moves over; got one block for all. Leave it out.'],
    ['an alignment beyond the prompt', { alignment: () => 8 }, "generateBlockDiffusion: expected an alignment that gives a whole number from 3 to 7, with less than a block left of the prompt's 7 tokens; got 8. Those of this package are fromStart and fromPrompt."],
    ['one that leaves a whole block of it', { alignment: () => 2 }, 'expected an alignment that gives a whole number from 3 to 7'],
    ['one before a prompt of less than a block', { prompt: Int32Array.of(3, 1, 4), alignment: () => -1 }, 'expected an alignment that gives a whole number from 0 to 3'],
    ['one between tokens', { alignment: () => 4.5 }, 'with less than a block left of the prompt\'s 7 tokens; got 4.5.'],
    ['one that says nothing', { alignment: () => NaN }, 'tokens; got NaN.'],
    ['one that never ends', { alignment: () => -Infinity }, 'tokens; got -Infinity.'],
    ['the name of an alignment', untyped({ alignment: 'fromPrompt' }), 'generateBlockDiffusion: expected an alignment, which is a function; got "fromPrompt". Those of this package are'],
    ['the name of a policy', untyped({ policy: 'low-confidence' }), 'generateBlockDiffusion: policy: expected an unmasking policy, such as lowConfidence or confidenceThreshold(0.9); got "low-confidence"'],
    ['what makes a policy in place of one', untyped({ policy: confidenceThreshold }), 'or confidenceThreshold(0.9); got a function'],
    ['editing without a policy', untyped({ editing: {} }), 'generateBlockDiffusion: editing: expected a policy, such as editAbove(0.9); got nothing'],
    ['a window without room for what it keeps', { window: { tokens: 12, keep: 9 } }, 'expected a window of 14 tokens, for the 9 that it keeps and a block of 5; got 12.'],
    ['nothing to write', { maximumTokens: 0 }, 'expected a positive integer maximumTokens; got 0'],
    ['no steps', { stepsPerBlock: 0 }, 'expected a positive integer stepsPerBlock; got 0'],
    ['a model without a mask', { backbone: oddBackbone(causal, 'next', { words: unmasked }) }, 'expected a backbone whose vocabulary has a mask token; got one without. Block diffusion needs a model that was trained with one'],
    ['a backbone that cannot commit', { backbone: oddBackbone(bidirectional, 'same'), blockSize: 5 }, 'expected a backbone that can commit a block, such as a block-causal one; got bidirectional visibility. Give it no blockSize'],
    ['a prompt of another tokenizer', { prompt: Int32Array.of(1, 9) }, 'expected prompt ids from 0 to 8; got 9 at index 1. Was it encoded with another tokenizer?'],
  ])('%s', (_, options, message) => {
    expect(refused(options)).toThrow(PalimpsestError);
    expect(refused(options)).toThrow(message);
  });

  test('a bad seed and a bad temperature', () => {
    expect(refused({ seed: 0.5 })).toThrow('seed');
    expect(refused({ temperature: -1 })).toThrow('temperature');
  });

  test('a context without append: before any pass, and only where something is to be committed', async () => {
    const backbone = blocksOfFive();
    const closed: Backbone = { ...backbone, open: async () => {
      const { append: _, ...context } = await backbone.open();
      return context;
    } };
    await expect(generate({ backbone: closed })).rejects.toThrow('expected a backbone whose contexts can be appended to; got a context without append, under block-causal(5) visibility');
    await expect(generate({ backbone: closed, prompt: Int32Array.of(1), maximumTokens: 5 })).rejects.toThrow('a context without append');
    expect([backbone.passes.length, backbone.openContexts]).toEqual([0, 0]);
    await generate({ backbone: closed, prompt: Int32Array.of(1), maximumTokens: 4 });
    expect(backbone.passes.length).toBe(4);
  });

  test('a policy that revises what is committed', async () => {
    const revising = { ...remasking(linear), name: 'revising', decide: ({ open, block }: { readonly open: Int32Array; readonly block: { readonly start: number } }) =>
      ({ commit: [open[0]!], ...(block.start > 7 && { revoke: [8] }) }) };
    await expect(generate({ policy: revising, stopAtEnd: false })).rejects.toThrow('unmasking policy revising: expected a revealed position of its block, once; got revokes 8');
  });
});
