import { describe, expect, test } from 'vitest';
import type { Backbone, Context, ContextOptions, Scores, Want, WantDraw } from '../../backbone.js';
import { blockCausal, causal } from '../../visibility.js';
import { randomChain } from '../markov-chain.js';
import { scoresFromLogits } from '../scores.js';
import { seededUniform } from '../seeded-uniform.js';
import { bidirectionalTableBackbone, blockTableBackbone, tableBackbone } from '../table-backbones.js';
import { toyBackbone } from '../toy-backbone.js';
import type { ToyDefinition } from '../toy-backbone.js';
import { backboneContract } from './contract.js';
import { rescoreLaws } from './rescore-laws.js';
import type { ContractOptions } from './subject.js';

const chain = randomChain(7, seededUniform(5));
const delay = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await Promise.resolve();
};

/** A causal or block-causal language that looks at everything it may see, unlike a table. */
function mixingDefinition(blockSize: number): ToyDefinition {
  const weight = (token: number, distance: number, id: number): number => Math.sin(1 + 3.7 * token + 1.3 * distance + 2.1 * id);
  return {
    vocabulary: { size: 11, end: 10, mask: 9 },
    maximumLength: 31,
    visibility: blockCausal(blockSize),
    prediction: 'next',
    row: (tokens, position, visible) =>
      Array.from({ length: 11 }, (_, id) => tokens.subarray(0, visible).reduce((sum, token, place) => sum + weight(token, place - position, id), 0)),
    delay,
  };
}

const healthy: readonly ContractOptions[] = [
  { name: 'table', open: async () => tableBackbone({ chain, delay }), tolerance: 1e-6, dependsOn: (query, key) => query === key },
  { name: 'bidirectional table', open: async () => bidirectionalTableBackbone({ chain }), tolerance: 1e-6, dependsOn: (query, key) => Math.abs(query - key) === 1 },
  { name: 'block table', open: async () => blockTableBackbone({ chain, blockSize: 3 }), tolerance: 1e-6, dependsOn: (query, key) => Math.abs(query - key) === 1 },
  { name: 'mixing, causal', open: async () => toyBackbone(mixingDefinition(1)), tolerance: 1e-6 },
  { name: 'mixing, blocks of 4', open: async () => toyBackbone(mixingDefinition(4)), tolerance: 1e-6, seed: 7 },
];

for (const options of healthy) {
  describe(options.name, () => {
    for (const { name, run } of backboneContract(options)) {
      test(name, async ({ skip }) => {
        const outcome = await run();
        if ('skipped' in outcome) skip(outcome.skipped);
        else expect(outcome.checks).toBeGreaterThan(0);
      });
    }
  });
}

async function outcomes(options: ContractOptions): Promise<{ failed: string[]; skipped: string[]; messages: string[] }> {
  const report = { failed: [] as string[], skipped: [] as string[], messages: [] as string[] };
  for (const { name, run } of backboneContract(options)) {
    const law = name.slice(options.name.length + 2);
    try {
      if ('skipped' in (await run())) report.skipped.push(law);
    } catch (error) {
      report.failed.push(law);
      report.messages.push(String(error));
    }
  }
  return report;
}

test('skips what a backbone does not claim, and nothing else', async () => {
  const moved = 'after a shorter first block, blocks begin earlier by what it lacks';
  expect((await outcomes(healthy[4]!)).skipped).toEqual([]);
  expect((await outcomes(healthy[3]!)).skipped).toEqual([moved]);
  expect((await outcomes(healthy[1]!)).skipped).toEqual([
    'append answers as score does, and the tokens join the prefix',
    'tokens behind an appended prefix are scored as in one piece',
    'many appends answer as one',
    'a fork has the same prefix and goes its own way',
    'what is rewound is forgotten',
    ...rescoreLaws.map(({ name }) => name),
    'a token that a row may not see leaves it as it is',
    moved,
    'a prefix behind a shorter first block ends where its blocks do, and answers as one piece; a first block that is none is refused',
    'contexts appended to together hold what each was given',
  ]);
});

/** The backbone with parts of every context replaced. */
function withContexts(backbone: Backbone, change: (context: Context, options: ContextOptions | undefined) => Partial<Context>): Backbone {
  const wrap = (context: Context, options: ContextOptions | undefined): Context =>
    Object.create(context, {
      fork: { value: async () => wrap(await context.fork!(), options) },
      ...Object.getOwnPropertyDescriptors(change(context, options)),
    }) as Context;
  return Object.create(backbone, { open: { value: async (options?: ContextOptions) => wrap(await backbone.open(options), options) } }) as Backbone;
}

const mixing = (): Backbone => toyBackbone(mixingDefinition(1));
const changed = (scores: Scores, change: (logits: Float32Array) => Float32Array): Scores => ('logits' in scores ? { logits: change(scores.logits) } : scores);
const onScore = (change: (context: Context, tokens: Int32Array, want: Want) => Promise<Scores>) => () =>
  withContexts(mixing(), (context) => ({ score: <W extends Want>(tokens: Int32Array, want: W) => change(context, tokens, want) as Promise<Scores<W>> }));

const onDraw = (change: (want: WantDraw) => WantDraw) => onScore((context, tokens, want) => context.score(tokens, want.give === 'draw' ? change(want) : want));

const doubtOfTheRow = 'entropy and margin beside a draw are those of its row, whatever the temperature, the top-p, what is banned and what is drawn';
const fewestThatHoldIt = 'with top-p a draw inverts the distribution over the fewest most probable tokens that hold it';

/** Draws beside the entropy or the margin of other logits than those of their rows. */
const beside = (name: 'entropy' | 'margin', change: (want: WantDraw, logits: Float32Array) => Float32Array) => onScore(async (context, tokens, want) => {
  const scores = await context.score(tokens, want);
  if (want.give !== 'draw' || !('ids' in scores)) return scores;
  const { logits } = await context.score(tokens, { give: 'logits', ...(want.rows && { rows: want.rows }) });
  return { ...scores, [name]: scoresFromLogits(change(want, logits), 11, { give: 'draw', temperature: 1, uniforms: want.uniforms })[name] };
});
const tempered = ({ temperature }: WantDraw, logits: Float32Array): Float32Array => logits.map((logit) => logit / temperature);
const allowed = ({ banned = new Int32Array() }: WantDraw, logits: Float32Array): Float32Array => logits.map((logit, index) => (banned.includes(index % 11) ? -Infinity : logit));
const ofTheRowBefore = (_: WantDraw, logits: Float32Array): Float32Array => Float32Array.of(...logits.subarray(-11), ...logits.subarray(0, -11));

/** With top-p each row's draws come from the tokens that this gives. */
const fromNucleus = (kept: (row: Float32Array, want: WantDraw & { readonly topP: number }) => readonly number[]) => onScore(async (context, tokens, want) => {
  if (want.give !== 'draw' || want.topP === undefined) return context.score(tokens, want);
  const [row] = want.rows!; // the law asks for one
  const { logits } = await context.score(tokens, { give: 'logits', rows: Int32Array.of(row!) });
  const nucleus = kept(logits, { ...want, topP: want.topP });
  const { topP: _, ...all } = want;
  return context.score(tokens, { ...all, banned: Int32Array.from({ length: 11 }, (_, id) => id).filter((id) => !nucleus.includes(id)) });
});

/** Ids of the fewest that hold so much of softmax(logits / temperature), best first. */
function nucleusOf(logits: Float32Array, temperature: number, banned: Int32Array = new Int32Array(), topP: number): number[] {
  const ids = [...logits.keys()].filter((id) => !banned.includes(id)).sort((a, b) => logits[b]! - logits[a]!);
  const total = ids.reduce((sum, id) => sum + Math.exp(logits[id]! / temperature), 0);
  let mass = 0;
  return ids.filter((id) => mass < topP * total && ((mass += Math.exp(logits[id]! / temperature)), true));
}

let together = 0;
let warmest = 0;
let kept: Float32Array | undefined;

type Rescore = (context: Context, start: number, tokens: Int32Array, want: Want) => Promise<Scores>;
const onRescore = (change: Rescore) => () => withContexts(toyBackbone(mixingDefinition(4)), (context) => ({
  rescore: <W extends Want>(start: number, tokens: Int32Array, want: W) => change(context, start, tokens, want) as Promise<Scores<W>>,
}));
const sameRows = 'committed tokens in their own place are scored as when they were appended';
let waiting: number[] = [];
const rescoreControls: readonly (readonly [string, () => Backbone, string])[] = [
  ['rescore sees the earlier blocks alone', onRescore(async (context, start, tokens, want) => {
    if (tokens.length === 4) return context.rescore!(start, tokens, want);
    await using fork = await context.fork!();
    await fork.rewind!(context.length - 4);
    return fork.score(tokens, want);
  }), sameRows],
  ['rescore puts its tokens at the start of the block', onRescore((context, start, tokens, want) => context.rescore!(start - (start % 4), tokens, want)), sameRows],
  ['rescored tokens do not see each other', onRescore(async (context, start, tokens, want) => {
    if (want.give !== 'logits') return context.rescore!(start, tokens, want);
    const rows: number[] = [];
    for (const [index, id] of tokens.entries()) {
      const scores = await context.rescore!(start + index, Int32Array.of(id), { give: 'logits' });
      rows.push(...scores.logits);
    }
    return { logits: Float32Array.from(rows) };
  }), 'other tokens in the place of a whole block are scored as if it had not been committed'],
  ['rescore keeps its tokens', onRescore(async (context, start, tokens, want) => {
    const scores = await context.rescore!(start, tokens, want);
    if (tokens.length === 4) {
      await context.rewind!(start);
      await context.append!(tokens, { give: 'logits', rows: new Int32Array() });
    }
    return scores;
  }), 'rescore keeps nothing'],
  ['parts that are rescored together take the place of the first', onRescore(async (context, start, tokens, want) => {
    waiting.push(start);
    await new Promise(setImmediate);
    const first = waiting[0]!;
    await new Promise(setImmediate);
    waiting = [];
    return context.rescore!(tokens.length === 1 && first % 4 !== 3 ? start - 1 : start, tokens, want);
  }), 'contexts rescored together, and beside others that are scored, answer as each alone'],
  ['rescore takes any position for one of the last block', onRescore((context, start, tokens, want) =>
    context.rescore!(Math.min(Math.max(Math.floor(start), context.length - 4), context.length - Math.min(4, tokens.length)), tokens.subarray(0, 4), want)), 'rescore refuses what is not of the last block, and goes on'],
];

/** Each sabotage, and the first law that must notice it. */
const controls: readonly (readonly [string, () => Backbone, string])[] = [
  ['score keeps its tokens', onScore((context, tokens, want) => context.append!(tokens, want)), 'score keeps nothing'],
  [
    'rows are sorted',
    onScore((context, tokens, want) => context.score(tokens, want.rows && want.give === 'logits' ? { ...want, rows: want.rows.toSorted() } : want)),
    'rows come in the order in which they are wanted',
  ],
  [
    'without rows all are given',
    onScore((context, tokens, want) => context.score(tokens, want.give === 'logits' && want.rows?.length === 0 ? { give: 'logits' } : want)),
    'without rows the answer is empty',
  ],
  [
    'entropy in bits',
    onScore(async (context, tokens, want) => {
      const scores = await context.score(tokens, want);
      return 'entropy' in scores ? { ...scores, entropy: scores.entropy.map((nats) => nats / Math.LN2) } : scores;
    }),
    'top agrees with logits: ids, log-probabilities, log-sum-exp and entropy',
  ],
  [
    'ids beside their log-probabilities',
    onScore(async (context, tokens, want) => {
      const scores = await context.score(tokens, want);
      return 'ids' in scores ? { ...scores, ids: scores.ids.toReversed() } : scores;
    }),
    'top agrees with logits: ids, log-probabilities, log-sum-exp and entropy',
  ],
  [
    'unnormalised targets',
    onScore(async (context, tokens, want) => {
      if (want.give !== 'targets') return context.score(tokens, want);
      const { logits } = await context.score(tokens, { give: 'logits', ...(want.rows && { rows: want.rows }) });
      return { logProbabilities: Float32Array.from(want.targets, (target, index) => logits[index * 11 + target]!) };
    }),
    'targets agree with logits',
  ],
  [
    'draws in descending order of ids',
    onDraw((want) => ({ ...want, uniforms: want.uniforms.map((uniform) => 1 - 2 ** -53 - uniform) })),
    'a draw inverts the cumulative distribution in ascending order of ids',
  ],
  ['draws at temperature 1', onDraw((want) => ({ ...want, temperature: 1 })), 'a draw inverts the cumulative distribution in ascending order of ids'],
  ['one of two draws is skewed', onDraw((want) => ({ ...want, uniforms: want.uniforms.map((uniform) => uniform ** 1.2) })), 'evenly spread uniform numbers draw each token as often as its probability says'],
  ['draws at a temperature of at least 0.5', onDraw((want) => ({ ...want, temperature: Math.max(0.5, want.temperature) })), 'a draw at a temperature near 0 is the most probable token, whatever the uniform number'],
  ['bans are forgotten', onDraw(({ banned: _, ...want }) => want), 'no uniform number draws a banned token or one of probability 0'],
  [
    'a draw beside the probability at its temperature',
    onScore(async (context, tokens, want) => {
      const scores = await context.score(tokens, want);
      return want.give === 'draw' && 'ids' in scores ? { ...scores, logProbabilities: scores.logProbabilities.map((value) => value / want.temperature) } : scores;
    }),
    'a draw inverts the cumulative distribution in ascending order of ids',
  ],
  ['top-p is forgotten', onDraw(({ topP: _, ...want }) => want), fewestThatHoldIt],
  ['the token that crosses top-p is left out', fromNucleus((row, { temperature, banned, topP }) => {
    const nucleus = nucleusOf(row, temperature, banned, topP);
    return nucleus.length > 1 ? nucleus.slice(0, -1) : nucleus;
  }), fewestThatHoldIt],
  ['top-p is counted at temperature 1', fromNucleus((row, { banned, topP }) => nucleusOf(row, 1, banned, topP)), fewestThatHoldIt],
  ['top-p is counted before bans', fromNucleus((row, { temperature, banned = new Int32Array(), topP }) => {
    const nucleus = nucleusOf(row, temperature, undefined, topP).filter((id) => !banned.includes(id));
    return nucleus.length > 0 ? nucleus : nucleusOf(row, temperature, banned, topP);
  }), fewestThatHoldIt],
  ...(['entropy', 'margin'] as const).flatMap((name) => [
    [`a draw beside the ${name} at its temperature`, beside(name, tempered), doubtOfTheRow],
    [`a draw beside the ${name} of what may be drawn`, beside(name, allowed), doubtOfTheRow],
    [`a draw beside the ${name} of the row before`, beside(name, ofTheRowBefore), doubtOfTheRow],
  ] as const),
  ['a draw beside its own information', onScore(async (context, tokens, want) => {
    const scores = await context.score(tokens, want);
    return want.give === 'draw' && 'ids' in scores ? { ...scores, entropy: scores.logProbabilities.map((value) => -value) } : scores;
  }), doubtOfTheRow],
  [
    'draws share the temperature of their company',
    onScore(async (context, tokens, want) => {
      if (want.give !== 'draw') return context.score(tokens, want);
      warmest = Math.max(warmest, want.temperature);
      await new Promise(setImmediate);
      const temperature = warmest;
      await new Promise(setImmediate);
      warmest = 0;
      return context.score(tokens, { ...want, temperature });
    }),
    'contexts asked together answer as each alone',
  ],
  [
    'one output buffer for all answers',
    onScore(async (context, tokens, want) => {
      const scores = await context.score(tokens, want);
      if (!('logits' in scores)) return scores;
      if (kept?.length !== scores.logits.length) kept = scores.logits;
      else kept.set(scores.logits);
      return { logits: kept };
    }),
    'neither side keeps the arrays of the other',
  ],
  [
    'tokens are read late',
    onScore(async (context, tokens, want) => {
      await Promise.resolve();
      return context.score(tokens, want);
    }),
    'neither side keeps the arrays of the other',
  ],
  ['one place too few', () => Object.create(mixing(), { maximumLength: { value: 32 } }) as Backbone, 'a context holds as many tokens as it says'],
  [
    'append forgets the prefix',
    () =>
      withContexts(mixing(), (context) => {
        let length = 0;
        return {
          get length() {
            return length;
          },
          append: async <W extends Want>(tokens: Int32Array, want: W) => {
            await context.rewind!(0);
            length += tokens.length;
            return context.append!(tokens, want);
          },
        };
      }),
    'append answers as score does, and the tokens join the prefix',
  ],
  [
    'append answers with the last row only in order',
    () =>
      withContexts(mixing(), (context) => ({
        append: async <W extends Want>(tokens: Int32Array, want: W) => changed(await context.append!(tokens, want), (logits) => logits.toReversed()) as Scores<W>,
      })),
    'append answers as score does, and the tokens join the prefix',
  ],
  ...rescoreControls,
  ['a fork is the same context', () => withContexts(mixing(), (context) => ({ fork: async () => context })), 'a fork has the same prefix and goes its own way'],
  [
    'a fork is empty',
    () => {
      const backbone = mixing();
      return withContexts(backbone, () => ({ fork: () => backbone.open() }));
    },
    'a fork has the same prefix and goes its own way',
  ],
  [
    'rewind keeps one token too many',
    () => withContexts(mixing(), (context) => ({ rewind: async (length) => context.rewind!(Math.min(length + 1, context.length)) })),
    'what is rewound is forgotten',
  ],
  [
    'rewind changes the length alone',
    () =>
      withContexts(mixing(), (context) => {
        let hidden = 0;
        return {
          get length() {
            return context.length - hidden;
          },
          rewind: async (length) => {
            hidden = context.length - length;
          },
        };
      }),
    'what is rewound is forgotten',
  ],
  ['rewind is there, and said to be impossible', () => Object.create(mixing(), { cannotRewind: { value: 'a state' } }) as Backbone, 'what is rewound is forgotten'],
  ['a first block is as long as the others, whatever is asked', () => {
    const backbone = toyBackbone(mixingDefinition(4));
    return Object.create(backbone, { open: { value: () => backbone.open() } }) as Backbone;
  }, 'after a shorter first block, blocks begin earlier by what it lacks'],
  ['a row sees one token ahead', () => Object.create(toyBackbone(mixingDefinition(2)), { visibility: { value: causal } }) as Backbone, 'a token that a row may not see leaves it as it is'],
  [
    'a row does not see the first token',
    () => toyBackbone({ ...mixingDefinition(1), row: (tokens, position, visible) => mixingDefinition(1).row(tokens.with(0, 0), position, visible) }),
    'a token that a row depends on changes it',
  ],
  [
    'answers depend on company',
    onScore(async (context, tokens, want) => {
      together++;
      await new Promise(setImmediate);
      const company = together;
      const scores = changed(await context.score(tokens, want), (logits) => logits.map((logit) => logit + 0.01 * company));
      await new Promise(setImmediate);
      together--;
      return scores;
    }),
    'contexts asked together answer as each alone',
  ],
  ['anything is answered', onScore((context, tokens, want) => context.score(tokens.map((id) => Math.min(Math.max(id, 0), 10)), want)), 'refuses what cannot be answered, and goes on'],
  [
    'refuses with another error',
    onScore(async (context, tokens, want) => {
      try {
        return await context.score(tokens, want);
      } catch (error) {
        throw new RangeError(String(error));
      }
    }),
    'refuses what cannot be answered, and goes on',
  ],
  ['a disposed context answers', () => withContexts(mixing(), () => ({ [Symbol.asyncDispose]: async () => {} })), 'a disposed context refuses everything and disturbs no other'],
  [
    'disposal takes the backbone along',
    () => {
      const backbone = mixing();
      return withContexts(backbone, () => ({ [Symbol.asyncDispose]: () => backbone[Symbol.asyncDispose]() }));
    },
    'a disposed context refuses everything and disturbs no other',
  ],
  ['a disposed backbone answers', () => Object.create(mixing(), { [Symbol.asyncDispose]: { value: async () => {} } }) as Backbone, 'a disposed backbone refuses everything, in its contexts too'],
  [
    'aborts are ignored',
    () => {
      const backbone = mixing();
      return Object.create(backbone, { open: { value: () => backbone.open() } }) as Backbone;
    },
    'after an abort a context rejects with its reason',
  ],
  [
    'an abort rejects with an error of its own',
    () =>
      withContexts(mixing(), (context, options) => ({
        score: async <W extends Want>(tokens: Int32Array, want: W) => {
          const scores = await context.score(tokens, want).catch((error: unknown) => error);
          if (options?.signal?.aborted) throw new Error('aborted');
          if (scores instanceof Error) throw scores;
          return scores as Scores<W>;
        },
      })),
    'an abort while passes wait ends them, with an answer or the reason, and no other context',
  ],
];

describe('negative controls', () => {
  test('replacing nothing breaks nothing', async () => {
    expect((await outcomes({ name: 'untouched', open: async () => withContexts(mixing(), () => ({})), tolerance: 1e-6 })).failed).toEqual([]);
  });

  test.each(controls)('%s', async (name, open, law) => {
    const { failed, messages } = await outcomes({ name, open: async () => open(), tolerance: 1e-6 });
    expect({ failed, messages }).toMatchObject({ failed: expect.arrayContaining([law]) });
  });

  test('a failure says what was expected and what came', async () => {
    const { messages } = await outcomes({ name: 'broken', open: async () => onScore((context, tokens, want) => context.append!(tokens, want))(), tolerance: 1e-6 });
    expect(messages[0]).toMatch(/^PalimpsestError: broken: score keeps nothing: expected the same tokens scored again: .* got /);
  });
});
