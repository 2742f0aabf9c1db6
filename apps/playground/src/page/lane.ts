import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { initialSettings, type Settings } from '../protocol/control.js';
import type { Failure, RunEvent, RunRequest } from '../protocol/event.js';
import type { ModelListing, WayListing } from '../protocol/model.js';
import { plainText } from '../recording/counters.js';
import type { Frame } from '../recording/frame.js';
import { countUntil, duration, isComplete, latest, noRecording, record, steps, type Recording } from '../recording/recording.js';
import { generate, openModel, Refused } from './client.js';

/** What a lane is about: nothing yet, a model being opened, its turn awaited, tokens coming, or an end of some kind. */
export type Phase =
  | { readonly name: 'empty' | 'waiting' | 'running' | 'finished' | 'stopped' }
  | { readonly name: 'opening'; readonly since: number }
  | { readonly name: 'failed'; readonly failure: Failure };

/** Writes, unless the lane was stopped or something else has begun in it. */
export type Prepared = (prompt: string) => Promise<void>;

/** One of the pages that are written side by side. */
export interface Lane {
  readonly letter: string;
  readonly models: ReadonlySignal<readonly ModelListing[]>;
  readonly model: ReadonlySignal<ModelListing | undefined>;
  readonly way: ReadonlySignal<WayListing | undefined>;
  readonly settings: Signal<Settings>;
  readonly seed: Signal<number>;
  readonly phase: Signal<Phase>;
  readonly recording: Signal<Recording>;
  /** What stood on this page before it was scraped for the current run. */
  readonly before: ReadonlySignal<string>;
  /** Moment of the recording that is shown, in milliseconds. */
  readonly at: Signal<number>;
  readonly frame: ReadonlySignal<Frame>;
  readonly steps: ReadonlySignal<readonly number[]>;
  readonly pending: ReadonlySignal<boolean>;
  choose(model: string, way?: string): void;
  /** Opens the model. Nothing comes back where that failed or something else began in this lane meanwhile. */
  prepare(): Promise<Prepared | undefined>;
  stop(): void;
  /** Shows a run that was recorded elsewhere. */
  show(events: readonly RunEvent[]): void;
  /** How far the run is known to have come by `now`: events tell, and so does their absence. */
  head(now: number): number;
}

export function createLane(letter: string, models: ReadonlySignal<readonly ModelListing[]>): Lane {
  const names = signal<{ readonly model: string; readonly way: string | undefined }>({ model: '', way: undefined });
  const model = computed(() => models.value.find(({ name }) => name === names.value.model));
  const way = computed(() => model.value?.ways.find(({ name }) => name === names.value.way) ?? model.value?.ways[0]);
  const settings = signal<Settings>({});
  const seed = signal(1);
  const phase = signal<Phase>({ name: 'empty' });
  const recording = signal<Recording>(noRecording);
  const before = signal('');
  const at = signal(0);
  const shown = computed(() => countUntil(recording.value.events, at.value));
  const frame = computed(() => recording.value.frames[shown.value] ?? recording.value.frames[0]);
  const pending = computed(() => ['opening', 'waiting', 'running'].includes(phase.value.name));
  let current = new AbortController();
  let arrivedAt = 0;

  const take = (events: readonly RunEvent[]): void => {
    recording.value = record(recording.value, events);
    arrivedAt = performance.now();
  };

  const conclude = (mine: AbortController, error: unknown): void => {
    if (mine !== current) return; // another run has begun in this lane
    phase.value = mine.signal.aborted ? { name: 'stopped' } : { name: 'failed', failure: failureIn(error) };
  };

  const begin = (): AbortController => {
    current.abort();
    if (recording.value.events.length > 0) before.value = plainText(latest(recording.value));
    recording.value = noRecording;
    current = new AbortController();
    return current;
  };

  const write = async (mine: AbortController, prompt: string): Promise<void> => {
    if (mine !== current || mine.signal.aborted) return;
    const request: RunRequest = { model: names.value.model, way: way.value?.name ?? '', prompt, seed: seed.value, settings: settings.value };
    arrivedAt = performance.now();
    phase.value = { name: 'running' };
    try {
      for await (const events of generate(request, mine.signal)) if (mine === current) take(events);
      if (mine === current) phase.value = outcome(recording.value);
    } catch (error) {
      conclude(mine, error);
    }
  };

  return {
    letter, models, model, way, settings, seed, phase, recording, before, at, frame, pending,
    steps: computed(() => steps(recording.value)),
    choose: (name, wayName) => {
      names.value = { model: name, way: wayName };
      settings.value = initialSettings(way.value?.controls ?? []);
    },
    prepare: async () => {
      const mine = begin();
      try {
        phase.value = { name: 'opening', since: performance.now() };
        await openModel(names.value.model, mine.signal);
        if (mine !== current) return undefined;
        phase.value = { name: 'waiting' };
        return (prompt) => write(mine, prompt);
      } catch (error) {
        conclude(mine, error);
        return undefined;
      }
    },
    show: (events) => {
      const shown = record(noRecording, events);
      begin();
      recording.value = shown;
      phase.value = { name: 'finished' };
    },
    stop: () => {
      if (pending.value) current.abort();
      if (phase.value.name === 'waiting') phase.value = { name: 'stopped' };
    },
    head: (now) => (phase.value.name === 'running' ? duration(recording.value) + Math.max(0, now - arrivedAt) : duration(recording.value)),
  };
}

function outcome(recording: Recording): Phase {
  const failure = recording.frames.at(-1)?.failure;
  if (failure !== undefined) return { name: 'failed', failure };
  if (isComplete(recording)) return { name: 'finished' };
  return { name: 'failed', failure: { where: 'stream', expected: 'a finish event', got: 'the end of the answer', hint: 'Was the server stopped?' } };
}

export function failureIn(error: unknown): Failure {
  if (error instanceof Refused) return error.failure;
  return { where: 'page', expected: 'no error', got: error instanceof Error ? error.message : String(error) };
}
