import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import { backboneContract } from '@palimpsest/backbone/testing';
import { plainValues } from '@palimpsest/ttt';
import { describe, expect, test } from 'vitest';
import { mixers, open, tinyModel, tokens, vocabularySize } from './tiny-models.js';

const shared = { sharedProjection: { kernel: 4 }, gate: true } as const;
const models = [
  { name: 'TTT-Linear', definition: tinyModel(causal, [mixers.linear(), mixers.linear(shared)]) },
  { name: 'TTT-MLP', definition: tinyModel(causal, [mixers.mlp(), mixers.mlp({ ...shared, miniBatch: 5 })]) },
  { name: 'TTT-Linear beside attention', definition: tinyModel(causal, [mixers.linear({ miniBatch: 7 }), mixers.attention]) },
];
const separate = { backward: 'separate' } as const;
const bothWays = [
  { name: 'TTT-Linear and TTT-MLP both ways, bidirectional', definition: tinyModel(bidirectional, [mixers.linear(separate), mixers.mlp({ ...shared, miniBatch: 5, backward: 'shared' })]) },
  { name: 'TTT-Linear both ways, in blocks of 5', definition: tinyModel(blockCausal(5), [mixers.linear({ ...shared, ...separate, miniBatch: 3 }), mixers.linear({ backward: 'shared' })]) },
  { name: 'TTT-MLP both ways beside attention, in blocks of 4', definition: tinyModel(blockCausal(4), [mixers.mlp({ ...separate, miniBatch: 6 }), mixers.attention]) },
];

describe.each([...models, ...bothWays])('$name', ({ name, definition }) => {
  for (const law of backboneContract({ name, open: () => open(definition), tolerance: 1e-5 })) {
    test(law.name, async ({ skip }) => {
      const outcome = await law.run();
      if ('skipped' in outcome) skip(outcome.skipped);
      else expect(outcome.checks).toBeGreaterThan(0);
    });
  }
});

const expectClose = (actual: Float32Array, expected: Float32Array): void => {
  expect(actual.length).toBe(expected.length);
  expect(actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i]!)), 0)).toBeLessThan(1e-5);
};

test.each(bothWays.slice(1))('$name: a block that is committed leaves what reading it leaves, whatever was scored in its place before', async ({ definition }) => {
  const { blockSize } = definition.visibility;
  const text = tokens(7 * blockSize, 4);
  await using backbone = await open(definition);
  await using drafted = await backbone.open();
  for (let start = 0; start < text.length; start += blockSize) {
    for (const seed of [start + 1, start + 2]) await drafted.score(tokens(blockSize, seed), { give: 'logits' });
    await drafted.append!(text.subarray(start, start + blockSize), { give: 'logits', rows: Int32Array.of() });
  }
  await using read = await backbone.open();
  await read.append!(text, { give: 'logits', rows: Int32Array.of() });
  const next = tokens(blockSize, 9);
  const [own, other] = await Promise.all([drafted, read].map((context) => context.score(next, { give: 'logits' })));
  await using whole = await backbone.open();
  const { logits } = await whole.score(Int32Array.of(...text, ...next), { give: 'logits' });
  expectClose(own!.logits, logits.subarray(text.length * vocabularySize));
  expectClose(other!.logits, logits.subarray(text.length * vocabularySize));
  await using still = await backbone.open();
  const { logits: unread } = await still.score(next, { give: 'logits' });
  expect(() => expectClose(unread, own!.logits)).toThrow(); // else the text before would not matter
});

describe.each(models)('$name', ({ definition }) => {
  const text = tokens(41, 3);
  test('in pieces of 5, 7, 20 and 9 and token by token as at once; scores change nothing on the way', async () => {
    await using backbone = await open(definition);
    await using whole = await backbone.open();
    const { logits: expected } = await whole.score(text, { give: 'logits' });
    expect(expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)).toBeGreaterThan(0.5); // else any model would do
    for (const pieces of [[5, 7, 20, 9], [16, 16, 9], Array<number>(41).fill(1)]) {
      await using context = await backbone.open();
      let start = 0;
      for (const size of pieces) {
        await context.score(tokens(3, start + 1), { give: 'logits' });
        const { logits } = await context.append!(text.subarray(start, start + size), { give: 'logits' });
        expectClose(logits, expected.subarray(start * vocabularySize, (start + size) * vocabularySize));
        start += size;
      }
    }
  });

  test('contexts at different places of their mini-batches share a pass', async () => {
    await using backbone = await open(definition);
    const cuts = [3, 16, 30, 9, 15];
    const contexts = await Promise.all(cuts.map(async (cut) => {
      const context = await backbone.open();
      await context.append!(text.subarray(0, cut), { give: 'logits', rows: Int32Array.of() });
      return context;
    }));
    const { logits: expected } = await contexts[0]!.score(text.subarray(3), { give: 'logits' });
    for (const length of [6, 1]) {
      const scores = await Promise.all(contexts.map((context, i) => context.score(text.subarray(cuts[i]!, cuts[i]! + length), { give: 'logits' })));
      for (const [i, { logits }] of scores.entries()) expectClose(logits, expected.subarray((cuts[i]! - 3) * vocabularySize, (cuts[i]! - 3 + length) * vocabularySize));
    }
    await Promise.all(contexts.map((context) => context[Symbol.asyncDispose]()));
  });

  test('contexts that differ in how many of their last tokens are folded share passes, fork and are scored in several tokens', async () => {
    await using backbone = await open(definition);
    const long = tokens(120, 6);
    const each = await Promise.all([4, 9, 37].map(async (singles, index) => { // more than are ever kept apart, fewer, and none of these times the others
      const context = await backbone.open();
      let at = 3 + index;
      await context.append!(long.subarray(0, at), { give: 'logits' });
      for (; at < 3 + index + singles; at++) await context.append!(long.subarray(at, at + 1), { give: 'logits' });
      return { context, at };
    }));
    const forks = await Promise.all(each.map(({ context }) => context.fork!()));
    await Promise.all(forks.map((fork) => fork.append!(tokens(1, 9), { give: 'logits' })));
    await Promise.all(forks.slice(1).map((fork) => fork.score(tokens(4, 9), { give: 'logits' })));
    await forks[0]![Symbol.asyncDispose]();
    for (let step = 0; step < 31; step++) await Promise.all(each.map(({ context, at }) => context.append!(long.subarray(at + step, at + step + 1), { give: 'logits' })));
    await using whole = await backbone.open();
    const { logits } = await whole.score(long, { give: 'logits' });
    for (const { context, at } of each) {
      const { logits: rest } = await context.score(long.subarray(at + 31, at + 36), { give: 'logits' });
      expectClose(rest, logits.subarray((at + 31) * vocabularySize, (at + 36) * vocabularySize));
    }
  });

  test('a fork goes its own way from the same weights, and there is no rewind', async () => {
    await using backbone = await open(definition);
    await using context = await backbone.open();
    expect(context.rewind).toBeUndefined();
    await context.append!(text.subarray(0, 11), { give: 'logits' });
    await using fork = await context.fork!();
    await fork.append!(tokens(6, 9), { give: 'logits' });
    const [own, other] = await Promise.all([context, fork].map((each) => each.score(text.subarray(11, 20), { give: 'logits' })));
    await using whole = await backbone.open();
    const { logits } = await whole.score(text.subarray(0, 20), { give: 'logits' });
    expectClose(own!.logits, logits.subarray(11 * vocabularySize));
    expect(() => expectClose(other!.logits, logits.subarray(11 * vocabularySize))).toThrow();
  });
});

test('state bytes are there from the first token on and stay: weights and gradients, the inputs of convolutions, and 32 rows of two factors and a place', async () => {
  const [heads, headSize] = [3, 6];
  const rows = 32 * (heads * (2 * headSize + 1) + 1);
  const linear = 4 * (2 * (2 * heads * (headSize + 1) * headSize + rows) + 3 * heads * headSize); // two layers, one with a convolution
  const mlpRows = 32 * (heads * (headSize + 1 + 4 * headSize + 4 * headSize + 1 + headSize) + 1);
  const mlp = 4 * (2 * (2 * heads * ((headSize + 1) * 4 * headSize + (4 * headSize + 1) * headSize) + mlpRows) + 3 * heads * headSize);
  for (const [model, bytes] of [[models[0]!, linear], [models[1]!, mlp]] as const) {
    await using backbone = await open(model.definition);
    await using context = await backbone.open();
    expect(context.stateBytes).toBe(0);
    for (const size of [1, 40, 1, 1, 100]) {
      await context.append!(tokens(size, 2), { give: 'top', top: 1, rows: new Int32Array() });
      expect(context.stateBytes).toBe(bytes);
    }
  }
});

test('what was learnt matters: logits differ from those of a model that does not learn', async () => {
  const text = tokens(40, 5);
  const logitsAt = async (baseRate: number): Promise<Float32Array> => {
    await using backbone = await open(tinyModel(causal, [mixers.linear({ baseRate })]));
    await using context = await backbone.open();
    return (await context.score(text, { give: 'logits', rows: Int32Array.of(39) })).logits;
  };
  const [learning, still] = await Promise.all([logitsAt(1), logitsAt(0)]);
  expect(learning.some((value, i) => Math.abs(value - still[i]!) > 0.05)).toBe(true);
});

test('a text longer than a pass is appended in pieces, and gives what other pieces give', async () => {
  const definition = { ...tinyModel(causal, [mixers.linear(shared)]), maximumLength: 4000 };
  await using backbone = await open(definition);
  const text = tokens(3000, 4);
  const rows = Int32Array.of(2999, 0, 1022, 1023, 1024, 2048);
  await using once = await backbone.open();
  await using pieces = await backbone.open();
  const { logits } = await once.append!(text, { give: 'logits', rows });
  const parts: Float32Array[] = [];
  for (let start = 0; start < text.length; start += 300) parts.push((await pieces.append!(text.subarray(start, start + 300), { give: 'logits' })).logits);
  for (const [index, row] of rows.entries()) {
    const at = (row % 300) * vocabularySize;
    const difference = parts[Math.floor(row / 300)]!.subarray(at, at + vocabularySize).reduce((largest, value, i) => Math.max(largest, Math.abs(value - logits[index * vocabularySize + i]!)), 0);
    expect(difference).toBeLessThan(1e-5);
  }
});

describe('fast weights that outgrow float32', () => {
  const wild = { baseRate: 1e30, reconstruction: plainValues };
  const [first, second] = [/model\.layers\.0\.mixer\.W1\.(change|gradient|recent\.taught)/, /model\.layers\.1\.mixer\.W1\.(change|gradient)/];
  const sentence = (span: string, state: RegExp): RegExp => new RegExp(`^${span}: ${state.source}: expected finite numbers; got numbers beyond float32\\. The inner rate is too large`);
  const logits = { give: 'logits' } as const;

  test('are told by layer and positions when tokens are appended, and the context stays as it was', async () => {
    await using backbone = await open(tinyModel(causal, [mixers.linear(), mixers.linear(wild)]));
    await using context = await backbone.open();
    await context.append!(tokens(3, 1), logits); // gradients so far, no step yet
    await expect(context.append!(tokens(40, 2), logits)).rejects.toThrow(sentence('append, positions 3 to 42', second));
    expect(context.length).toBe(3);
  });

  test('are told when tokens are only scored, and when a single one is appended without its scores being numbers', async () => {
    await using backbone = await open(tinyModel(causal, [mixers.linear(wild), mixers.attention]));
    await using context = await backbone.open();
    await expect(context.score(tokens(40, 2), logits)).rejects.toThrow(sentence('score, positions 0 to 39', first));
    await expect(context.score(tokens(40, 2), { give: 'top', top: 2, rows: Int32Array.of(39) })).rejects.toThrow(sentence('score, positions 0 to 39', first));
    const text = tokens(60, 3);
    const byOne = async (): Promise<void> => {
      for (const token of text) await context.append!(Int32Array.of(token), { give: 'top', top: 1 });
    };
    await expect(byOne()).rejects.toThrow(sentence(`append, position \\d+`, first));
    expect(context.length).toBeGreaterThan(0);
    expect(context.length).toBeLessThan(60);
  });

  test('are told by position where nothing is carried', async () => {
    await using backbone = await open(tinyModel(bidirectional, [mixers.linear({ ...wild, backward: 'separate' })]));
    await using context = await backbone.open();
    await expect(context.score(tokens(40, 2), logits)).rejects.toThrow(/^score, position \d+: expected finite numbers; got numbers beyond float32 on the way\. The inner rate is too large/);
  });

  test('do not concern those whose tokens share the pass', async () => {
    await using backbone = await open(tinyModel(causal, [mixers.linear({ baseRate: 3e17, reconstruction: plainValues })]));
    const contexts = await Promise.all([0, 1].map(() => backbone.open()));
    await contexts[0]!.append!(tokens(30, 2), logits);
    await contexts[1]!.append!(tokens(2, 3), logits);
    const outcomes = await Promise.allSettled(contexts.map((context) => context.score(tokens(3, 5), logits)));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});
