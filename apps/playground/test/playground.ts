import { createParser } from 'eventsource-parser';
import type { Hono } from 'hono';
import type { RunEvent, RunRequest } from '../src/protocol/event.js';
import { createPlayground, type PlaygroundOptions } from '../src/server/app.js';
import { shelve } from '../src/server/source.js';
import { toySource, type ToyOptions, type ToySource } from '../src/toy/source.js';

export interface Playground {
  readonly app: Hono;
  readonly source: ToySource;
}

/** The server over toys, without a socket. */
export function openPlayground(options: Partial<PlaygroundOptions> & Partial<ToyOptions> = {}): Playground {
  const { pass = atOnce, ...rest } = options;
  const source = toySource({ pass });
  return { source, app: createPlayground({ shelf: shelve(source), clock: () => performance.now(), ...rest }) };
}

export const atOnce = (): Promise<void> => Promise.resolve();

/** Lets so many forward passes through, then holds them until it is opened. */
export interface Gate {
  readonly pass: () => Promise<void>;
  readonly hold: (after: number) => void;
  readonly open: () => void;
}

export function gate(after = Infinity): Gate {
  let left = after;
  let held: (() => void)[] = [];
  return {
    pass: () => (left-- > 0 ? atOnce() : new Promise((resolve) => held.push(resolve))),
    hold: (passes) => (left = passes),
    open: () => {
      left = Infinity;
      for (const release of held) release();
      held = [];
    },
  };
}

export const diffusion: RunRequest = {
  model: 'toy-mdlm', way: 'masked-diffusion', prompt: 'Once upon a time', seed: 3, settings: { canvasLength: 13, steps: 5, temperature: 0.9 },
};
export const leftToRight: RunRequest = { model: 'toy-ar', way: 'autoregressive', prompt: 'One day', seed: 5, settings: { maximumTokens: 17, temperature: 1 } };

export const inBlocks: RunRequest = { model: 'toy-bd', way: 'block-diffusion', prompt: 'One day', seed: 5, settings: { maximumTokens: 15, stepsPerBlock: 3, temperature: 0.9 } };

export const json = { 'Content-Type': 'application/json' };

export function ask(app: Hono, body: unknown, init: RequestInit = {}): Promise<Response> {
  return Promise.resolve(app.request('/api/generate', { method: 'POST', headers: json, body: JSON.stringify(body), ...init }));
}

/** All events of an answer. */
export async function eventsOf(answer: Response): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  createParser({ onEvent: ({ data }) => events.push(JSON.parse(data)) }).feed(await answer.text());
  return events;
}

export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited 5 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
