import { serveStatic } from '@hono/node-server/serve-static';
import { PalimpsestError, type Clock } from '@palimpsest/backbone';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { streamSSE } from 'hono/streaming';
import type { Failure } from '../protocol/event.js';
import type { ModelListing } from '../protocol/model.js';
import { failureOf, isFailure } from './failure.js';
import { guard, headers } from './guard.js';
import { innerLossReport, readInnerLossRequest } from './inner-losses.js';
import { maximumBodyBytes, readOrder, type Order } from './request.js';
import { relay } from './relay.js';
import { run } from './run.js';
import type { OpenModel, Shelf } from './source.js';
import { waysFor } from './ways/index.js';

export interface PlaygroundOptions {
  readonly shelf: Shelf;
  readonly clock: Clock;
  /** Folder of the built page; absent, only the API is served. */
  readonly page?: string;
  /** Name or address that the server was asked to listen on. */
  readonly host?: string;
  /** Generations at the same time. */
  readonly maximumRuns?: number;
  /** Ends every generation when it aborts. */
  readonly signal?: AbortSignal;
}

/**
 * `GET /api/models`, `POST /api/models/:name/open`, `POST /api/generate` (an event stream), `POST /api/inner-losses` and the page. What is not a
 * success is answered with a `Failure`.
 */
export function createPlayground({ shelf, clock, page, host = '127.0.0.1', maximumRuns = 8, signal }: PlaygroundOptions): Hono {
  const app = new Hono();
  let runs = 0;

  app.use(headers());
  app.use(guard(host));
  app.use('/api/*', bodyLimit({ maxSize: maximumBodyBytes, onError: (context) => context.json(tooLarge(), 413) }));

  app.get('/api/models', async (context) => {
    const models = await shelf.list();
    const listings: readonly ModelListing[] = models.map((model) => ({
      ...model,
      open: shelf.isOpen(model.name),
      ways: waysFor(model).map(({ name, title, sentence, controls }) => ({ name, title, sentence, controls: controls(model) })),
    }));
    return context.json(listings);
  });

  app.post('/api/models/:name/open', async (context) => {
    const name = context.req.param('name');
    const models = await shelf.list();
    if (!models.some((model) => model.name === name)) {
      return context.json(unknownModel(name, models.map((model) => model.name)), 404);
    }
    await openModel(shelf, name);
    return context.json({ name, open: true });
  });

  app.post('/api/inner-losses', async (context) => {
    const request = readInnerLossRequest(await readJson(context), await shelf.list());
    return context.json(await innerLossReport(request, await openModel(shelf, request.model)));
  });

  app.post('/api/generate', async (context) => {
    const order = readOrder(await readJson(context), await shelf.list());
    if (runs >= maximumRuns) return context.json(tooMany(maximumRuns), 429);
    runs += 1;
    const release = once(() => (runs -= 1));
    try {
      return await answer(context, order, release);
    } catch (error) {
      release();
      throw error;
    }
  });

  async function answer(context: Context, order: Order, release: () => void): Promise<Response> {
    const gone = new AbortController();
    const stop = AbortSignal.any([gone.signal, context.req.raw.signal, ...(signal ? [signal] : [])]);
    const { backbone, tokenizer } = await openModel(shelf, order.request.model);
    const events = run({ order, backbone, tokenizer, clock, signal: stop });
    // Samplers refuse settings before their first event: until then a plain refusal is possible.
    const first = await events.next();
    if (first.done) throw new Error('a run began without a start event');
    return streamSSE(context, async (stream) => {
      stream.onAbort(() => gone.abort(new Error('the client went away')));
      await relay(first.value, events, { write: (text) => stream.write(text), drained: release });
    });
  }

  app.all('/api/*', (context) => context.json(noSuchRoute(context.req.method, context.req.path), 404));
  if (page !== undefined) {
    app.use('/assets/*', async (context, next) => {
      await next();
      if (context.res.ok) context.header('Cache-Control', 'public, max-age=31536000, immutable');
    });
    app.use(serveStatic({ root: page }));
  }
  app.notFound((context) => context.json(noSuchRoute(context.req.method, context.req.path), 404));
  app.onError((error, context) => {
    if (error instanceof OpeningFailed) return context.json(failureOf(error.cause, 'opening the model'), 500);
    return context.json(failureOf(error, 'server'), isFailure(error) ? 400 : 500);
  });
  return app;
}

/** The model could not be opened: not the asker's fault. */
class OpeningFailed extends Error {}

async function openModel(shelf: Shelf, name: string): Promise<OpenModel> {
  try {
    return await shelf.open(name);
  } catch (cause) {
    throw new OpeningFailed(name, { cause });
  }
}

async function readJson(context: Context): Promise<unknown> {
  const type = context.req.header('content-type') ?? 'nothing';
  if (!type.startsWith('application/json')) {
    throw new PalimpsestError({ where: 'Content-Type', expected: 'application/json', got: type.slice(0, 100) });
  }
  try {
    return await context.req.json();
  } catch (cause) {
    throw new PalimpsestError({ where: 'request', expected: 'JSON', got: 'something else', cause });
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}

const tooLarge = (): Failure => ({ where: 'request', expected: `at most ${maximumBodyBytes} bytes`, got: 'more', hint: 'Shorten the prompt.' });

const tooMany = (maximum: number): Failure => ({
  where: 'POST /api/generate',
  expected: `at most ${maximum} generations at the same time`,
  got: 'one more',
  hint: 'Wait for one to finish, or stop one.',
});

const unknownModel = (name: string, known: readonly string[]): Failure => ({
  where: 'model',
  expected: `one of ${known.join(', ')}`,
  got: name.slice(0, 100),
});

const noSuchRoute = (method: string, path: string): Failure => ({
  where: `${method} ${path.slice(0, 100)}`,
  expected: 'GET /, GET /api/models, POST /api/models/:name/open, POST /api/generate or POST /api/inner-losses',
  got: 'another address',
});
