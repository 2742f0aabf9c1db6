import { expect, test } from 'vitest';
import { isFailure } from '../src/server/failure.js';
import { relay } from '../src/server/relay.js';
import { shelve, type ModelSource, type OpenModel } from '../src/server/source.js';
import type { RunEvent } from '../src/protocol/event.js';
import { toySource } from '../src/toy/source.js';
import { meterAt, start } from './runs.js';
import { ask, atOnce, diffusion, eventsOf, gate, leftToRight, openPlayground, until } from './playground.js';

const long = { ...diffusion, settings: { canvasLength: 24, steps: 24 } };

test('a client that leaves ends its generation, closes the context and frees its place', async () => {
  const { pass, open } = gate(3);
  const { app, source } = openPlayground({ pass, maximumRuns: 1 });
  const reader = (await ask(app, long)).body?.getReader();
  await reader?.read();
  const [model] = source.opened;
  await until(() => model?.passes.length === 4, 'the pass that is held');
  await reader?.cancel();
  open();
  await until(() => model?.openContexts === 0, 'the context to be closed');
  expect(model?.passes.length).toBe(4); // nobody goes on behind the page's back
  expect((await ask(app, diffusion)).status).toBe(200);
});

test('a client that leaves before the answer begins frees its place too', async () => {
  const { app, source } = openPlayground({ maximumRuns: 1 });
  const leaving = new AbortController();
  leaving.abort(new Error('left'));
  await ask(app, long, { signal: leaving.signal }).then((answer) => answer.text(), () => undefined);
  await until(() => source.opened[0]?.openContexts === 0, 'the context to be closed');
  await eventsOf(await ask(app, diffusion));
  expect((await ask(app, diffusion)).status).toBe(200);
});

test('only so many generations run at the same time', async () => {
  const { pass, open } = gate(1);
  const { app } = openPlayground({ pass, maximumRuns: 2 });
  const first = await ask(app, diffusion);
  const second = await ask(app, diffusion);
  const third = await ask(app, diffusion);
  expect([first.status, second.status, third.status]).toEqual([200, 200, 429]);
  expect(await third.json()).toMatchObject({ expected: 'at most 2 generations at the same time', hint: 'Wait for one to finish, or stop one.' });
  open();
  expect((await eventsOf(first)).at(-1)?.type).toBe('finish');
  await eventsOf(second);
  expect((await ask(app, diffusion)).status).toBe(200);
});

test('a refused request takes no place', async () => {
  const { app } = openPlayground({ maximumRuns: 1 });
  for (let trial = 0; trial < 3; trial++) expect((await ask(app, { ...diffusion, settings: { canvasLength: 63 } })).status).toBe(400);
  expect((await ask(app, diffusion)).status).toBe(200);
});

test('two lanes share one model, and neither changes what the other writes', async () => {
  const { app, source } = openPlayground();
  const tell = (events: readonly RunEvent[]): readonly object[] => events.flatMap((event) => (event.type === 'tokens-commit' ? [event.ids] : []));
  const alone = tell(await eventsOf(await ask(app, diffusion)));
  const together = await Promise.all([ask(app, diffusion).then(eventsOf), ask(app, { ...diffusion, seed: 77 }).then(eventsOf)]);
  expect(tell(together[0])).toEqual(alone);
  expect(tell(together[1])).not.toEqual(alone);
  expect(source.opened).toHaveLength(1);
});

test('stopping the server ends generations', async () => {
  const closing = new AbortController();
  const { pass, open } = gate(2);
  const { app, source } = openPlayground({ pass, signal: closing.signal });
  const answer = await ask(app, long);
  closing.abort(new Error('the server is shutting down'));
  open();
  const last = (await eventsOf(answer)).at(-1);
  expect(last).toMatchObject({ type: 'finish', reason: 'aborted' });
  expect(source.opened[0]?.openContexts).toBe(0);
});

test('a model that breaks in the middle of a run is reported where it broke', async () => {
  const { app } = openPlayground({ shelf: shelve(breakingAfter(3)) });
  const events = await eventsOf(await ask(app, long));
  expect(events.filter(({ type }) => type === 'tokens-commit')).toHaveLength(3);
  expect(events.at(-1)).toMatchObject({ type: 'error', where: 'generation', expected: 'no error', got: 'the worker died', meter: { forwardPasses: 3 } });
});

function breakingAfter(passes: number): ModelSource {
  const toys = toySource({ pass: atOnce });
  const breaking = async (name: string): Promise<OpenModel> => {
    const model = await toys.open(name);
    const open = model.backbone.open.bind(model.backbone);
    let left = passes;
    return {
      ...model,
      backbone: {
        ...model.backbone,
        open: async (options) => {
          const context = await open(options);
          return { ...context, score: (tokens, want) => (left-- > 0 ? context.score(tokens, want) : Promise.reject(new Error('the worker died'))) };
        },
      },
    };
  };
  return { list: toys.list, open: breaking };
}

test('rows of a model that have no text are never drawn', async () => {
  const toys = toySource({ pass: atOnce });
  const shortened = async (name: string): Promise<OpenModel> => {
    const model = await toys.open(name);
    return { ...model, tokenizer: { ...model.tokenizer, vocabularySize: 12 } };
  };
  const { app } = openPlayground({ shelf: shelve({ list: toys.list, open: shortened }) });
  for (const request of [diffusion, leftToRight]) {
    for (const seed of [1, 2, 3]) {
      const ids = (await eventsOf(await ask(app, { ...request, seed }))).flatMap((event) => (event.type === 'tokens-commit' ? event.ids : []));
      expect(ids.length).toBeGreaterThan(0);
      expect(Math.max(...ids)).toBeLessThan(12);
    }
  }
});

test('a model that does not open is the server’s failure, and may be tried again', async () => {
  const toys = toySource({ pass: atOnce });
  let trials = 0;
  const { app } = openPlayground({
    shelf: shelve({ list: toys.list, open: (name) => (trials++ === 0 ? Promise.reject(new Error('weights are truncated')) : toys.open(name)) }),
  });
  const failed = await app.request('/api/models/toy-mdlm/open', { method: 'POST' });
  expect([failed.status, await failed.json()]).toEqual([500, { where: 'opening the model', expected: 'no error', got: 'weights are truncated' }]);
  expect((await app.request('/api/models/toy-mdlm/open', { method: 'POST' })).status).toBe(200);
  const listings = await (await app.request('/api/models')).json();
  expect(listings.map(({ name, open }: { name: string; open: boolean }) => [name, open])).toEqual([['toy-ar', false], ['toy-mdlm', true], ['toy-bd', false]]);
});

test('a shelf opens a model once, closes it once, and opens nothing afterwards', async () => {
  const toys = toySource({ pass: atOnce });
  let closed = 0;
  const shelf = shelve({
    list: toys.list,
    open: async (name) => ({ ...(await toys.open(name)), [Symbol.asyncDispose]: async () => void closed++ }),
  });
  const [one, other] = await Promise.all([shelf.open('toy-ar'), shelf.open('toy-ar')]);
  expect(one).toBe(other);
  expect([shelf.isOpen('toy-ar'), shelf.isOpen('toy-mdlm')]).toEqual([true, false]);
  await shelf[Symbol.asyncDispose]();
  expect([closed, toys.opened.length, shelf.isOpen('toy-ar')]).toEqual([1, 1, false]);
  expect(() => shelf.open('toy-ar')).toThrow('shutting down');
});

test('a slow reader does not hold the generation up, and gets all of it in order', async () => {
  const stamp = (at: number): { readonly at: number; readonly meter: ReturnType<typeof meterAt> } => ({ at, meter: meterAt(at) });
  let drawn = 0;
  async function* events(): AsyncGenerator<RunEvent, void, void> {
    for (let block = 0; block < 20; block++) {
      drawn++;
      yield { type: 'block-end', block, ...stamp(block) };
    }
  }
  const written: string[] = [];
  let drawnAtFirstWrite = 0;
  let drained = false;
  await relay(start([], { start: 0, end: 0 }), events(), {
    write: async (text) => {
      if (written.length === 0) await until(() => drained, 'the generation to be over while the first write is under way');
      drawnAtFirstWrite ||= drawn;
      written.push(text);
    },
    drained: () => (drained = true),
  });
  expect(drawnAtFirstWrite).toBe(20);
  const ids = [...written.join('').matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  expect(ids).toEqual([...Array(21).keys()]);
  expect([...written.join('').matchAll(/"block":(\d+)/g)].map(([, block]) => Number(block))).toEqual([...Array(20).keys()]);
});

test('errors of any package are known by their four fields', () => {
  const like = (fields: object): Error => Object.assign(new Error('x'), fields);
  expect(isFailure(like({ where: 'a', expected: 'b', got: 'c', hint: undefined }))).toBe(true);
  for (const other of [new Error('x'), like({ where: 'a', expected: 'b' }), like({ where: 1, expected: 'b', got: 'c' }), { where: 'a', expected: 'b', got: 'c' }, null]) expect(isFailure(other)).toBe(false);
});
