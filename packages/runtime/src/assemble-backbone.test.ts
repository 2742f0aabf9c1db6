import { blockCausal, causal } from '@palimpsest/backbone';
import type { Backbone, Context, Want } from '@palimpsest/backbone';
import type { ModelDefinition } from '@palimpsest/layers';
import { expect, test } from 'vitest';
import { randomTokens, randomWeights, tinyModel, uniform } from '../test/tiny-model.js';
import { assembleBackbone } from './assemble-backbone.js';
import { openEngine } from './engine.js';
import type { PassRequest } from './engine.js';
import { writeGraph } from './graphs.js';
import { liveSessions } from './session.js';
import { checkWeights } from './weights.js';

/** A backbone in this thread, and every pass that its engine ran. */
async function observed(definition: ModelDefinition): Promise<{ readonly backbone: Backbone; readonly passes: readonly PassRequest[] }> {
  const passes: PassRequest[] = [];
  const { storage } = await checkWeights(definition, randomWeights(definition, 7));
  const engine = openEngine({ ...definition, session: {}, wholeGraphs: true }, async (name) => writeGraph(definition, storage, name));
  const run = (pass: PassRequest): ReturnType<typeof engine.run> => {
    passes.push(pass);
    return engine.run(pass);
  };
  return { passes, backbone: assembleBackbone({ definition, vocabulary: { size: definition.vocabularySize }, engine: { ...engine, run } }) };
}

const size = 23;
const tokens = (count: number, seed: number): Int32Array => randomTokens(count, size, seed);
const prefixes = [5, 33, 1].map((length, seed) => tokens(length, 40 + seed));
const wants: readonly Want[] = [{ give: 'logits' }, { give: 'top', top: 3, rows: Int32Array.of(1, 0) }, { give: 'targets', targets: Int32Array.of(4, 22) }];
const draw = (temperature: number, seed: number, banned?: readonly number[], topP?: number): Want => {
  const next = uniform(seed);
  return { give: 'draw', temperature, ...(topP !== undefined && { topP }), uniforms: Float64Array.of(next() + 0.5, next() + 0.5), ...(banned && { banned: Int32Array.from(banned) }) };
};

test('three contexts of different lengths and wishes, asked together, answer bit for bit as each alone, in one pass', async () => {
  const { backbone, passes } = await observed(tinyModel(causal));
  await using _ = backbone;
  const alone: unknown[] = [];
  for (const [index, prefix] of prefixes.entries()) {
    await using context = await backbone.open();
    await context.append!(prefix, { give: 'logits', rows: new Int32Array() });
    alone.push([await context.append!(tokens(2, index), wants[index]!), await context.score(tokens(1, 9), { give: 'logits' })]);
  }
  const contexts = await Promise.all(prefixes.map(() => backbone.open()));
  await Promise.all(contexts.map((context, index) => context.append!(prefixes[index]!, { give: 'logits', rows: new Int32Array() })));
  const before = passes.length;
  const together = await Promise.all(contexts.map(async (context, index) => [
    await context.append!(tokens(2, index), wants[index]!), await context.score(tokens(1, 9), { give: 'logits' }),
  ]));
  expect(together).toEqual(alone);
  expect(passes.length - before).toBe(2);
  expect(contexts.map(({ length }) => length)).toEqual([7, 35, 3]);
});

test('draws of different temperatures, top-ps and bans share a pass, those that ban alike a head, and answer bit for bit as each alone', async () => {
  const { backbone, passes } = await observed(tinyModel(causal));
  await using _ = backbone;
  const drawing = [draw(0.4, 3, [5]), draw(1, 5), draw(1.9, 6, [5]), draw(1e-300, 7), draw(1e300, 8, [5, 6]), draw(0.9, 9, undefined, 0.8), draw(2, 10, [5], 0.5), draw(1.2, 11, undefined, 0.3), draw(1, 12, [5], 1)];
  const contexts = await Promise.all(drawing.map(() => backbone.open()));
  const alone: unknown[] = [];
  for (const [index, context] of contexts.entries()) {
    await context.append!(tokens(3 + index, index), { give: 'logits', rows: new Int32Array() });
    alone.push(await context.score(tokens(2, index), drawing[index]!));
  }
  const before = passes.length;
  expect(await Promise.all(contexts.map((context, index) => context.score(tokens(2, index), drawing[index]!)))).toEqual(alone);
  expect(passes.slice(before).map(({ heads }) => heads.map(({ rows }) => rows.length))).toEqual([[6, 4, 2, 4, 2]]);
});

test('fifty contexts that each take four steps need four passes; what arrives while a pass runs shares the next', async () => {
  const { backbone, passes } = await observed(tinyModel(causal));
  await using _ = backbone;
  const steps = async (context: Context): Promise<void> => {
    for (const token of [1, 2, 3, 4]) await context.append!(Int32Array.of(token), { give: 'top', top: 1 });
  };
  await Promise.all(Array.from({ length: 50 }, async () => steps(await backbone.open())));
  expect(passes.map(({ contexts }) => contexts.length)).toEqual([50, 50, 50, 50]);
});

test('a pass holds at most 1,024 positions; equal numbers of tokens share one, others wait their turn', async () => {
  const { backbone, passes } = await observed(tinyModel(causal));
  await using _ = backbone;
  const lengths = [...Array<number>(20).fill(60), 7, ...Array<number>(3).fill(60)];
  await Promise.all(lengths.map(async (length) => (await backbone.open()).score(tokens(length, 1), { give: 'top', top: 1, rows: Int32Array.of(0) })));
  expect(passes.map(({ contexts, tokens: all }) => [contexts.length, all.length / contexts.length])).toEqual([[17, 60], [6, 60], [1, 7]]);
});

test('what one context asks happens in order, also without waiting for answers', async () => {
  const { backbone } = await observed(tinyModel(causal));
  await using _ = backbone;
  const [context, other] = [await backbone.open(), await backbone.open()];
  const text = tokens(9, 3);
  const [, , second] = await Promise.all([
    context.append!(text.subarray(0, 4), { give: 'logits' }), context.rewind!(2), context.append!(text.subarray(4), { give: 'logits' }),
  ]);
  await other.append!(Int32Array.of(text[0]!, text[1]!), { give: 'logits' });
  expect(await other.append!(text.subarray(4), { give: 'logits' })).toEqual(second);
  expect([context.length, other.length]).toEqual([7, 7]);
});

test('a fork goes its own way, and its origin does not notice', async () => {
  const { backbone } = await observed(tinyModel(causal));
  await using _ = backbone;
  const context = await backbone.open();
  await context.append!(tokens(6, 1), { give: 'logits', rows: new Int32Array() });
  const expected = await context.score(tokens(3, 2), { give: 'logits' });
  const fork = await context.fork!();
  await fork.append!(tokens(4, 5), { give: 'logits' });
  expect([context.length, fork.length, fork.stateBytes]).toEqual([6, 10, 10 * 2 * 2 * 2 * 6 * 4]); // layers, keys and values, heads, size, bytes
  await fork.rewind!(6);
  expect(await fork.score(tokens(3, 2), { give: 'logits' })).toEqual(expected);
  await context[Symbol.asyncDispose]();
  expect(await fork.score(tokens(3, 2), { give: 'logits' })).toEqual(expected);
});

test('an unfinished block is scored, not appended', async () => {
  const { backbone } = await observed(tinyModel(blockCausal(3)));
  await using _ = backbone;
  const context = await backbone.open();
  await context.append!(tokens(3, 1), { give: 'logits' });
  await expect(context.append!(tokens(2, 1), { give: 'logits' })).rejects.toThrow('append: expected a prefix of whole blocks of 3 under block-causal(3) visibility; got 5 tokens.');
  expect((await context.score(tokens(2, 1), { give: 'logits' })).logits.length).toBe(2 * size);
});

test('an abort rejects what waits and what comes later with its reason; the pass that runs is finished', async () => {
  const { backbone, passes } = await observed(tinyModel(causal));
  await using _ = backbone;
  const controller = new AbortController();
  const context = await backbone.open({ signal: controller.signal });
  const ask = (text: Int32Array): Promise<unknown> => context.append!(text, { give: 'top', top: 1 });
  const running = ask(tokens(5, 1));
  const waiting = ask(tokens(2, 1));
  while (passes.length === 0) await new Promise(setImmediate);
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(running).resolves.toBeDefined();
  await expect(waiting).rejects.toBe(reason);
  await expect(ask(tokens(1, 1))).rejects.toBe(reason);
  await expect(backbone.open({ signal: controller.signal })).rejects.toBe(reason);
  const late = new AbortController();
  const queued = (await backbone.open({ signal: late.signal })).score(tokens(2, 1), { give: 'logits' });
  late.abort(reason);
  await expect(queued).rejects.toBe(reason);
  expect([context.length, passes.length]).toEqual([5, 1]);
});

test('a disposed context or backbone answers no more, and no session is left', async () => {
  const before = liveSessions();
  const { backbone } = await observed(tinyModel(causal));
  const [context, other] = [await backbone.open(), await backbone.open()];
  await context.append!(tokens(2, 1), { give: 'top', top: 2 });
  expect(liveSessions()).toBeGreaterThan(before);
  await context[Symbol.asyncDispose]();
  await expect(context.score(tokens(2, 1), { give: 'logits' })).rejects.toThrow('expected a context that is in use; got one that is disposed');
  const [waiting] = await Promise.allSettled([other.score(tokens(2, 1), { give: 'logits' }), backbone[Symbol.asyncDispose]()]);
  expect(waiting).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('expected a backbone that is in use; got one that is disposed') } });
  await expect(backbone.open()).rejects.toThrow('backbone');
  expect(liveSessions()).toBe(before);
});
