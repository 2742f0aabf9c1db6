import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { duration } from '../recording/recording.js';
import type { Lane } from './lane.js';
import { niceCeiling } from './scale.js';

/** When the lanes run: sharing the machine, or each alone so that its times are its own. */
export type Order = 'together' | 'in-turn';

/** All lanes under one clock. */
export interface Stage {
  readonly lanes: readonly Lane[];
  readonly prompt: Signal<string>;
  readonly order: Signal<Order>;
  /** How the recorded lanes were run. */
  readonly recordedOrder: Signal<Order | undefined>;
  readonly playing: Signal<boolean>;
  /** Seconds of the recording per second of playing. */
  readonly speed: Signal<number>;
  /** Whether all lanes show the same moment. */
  readonly linked: Signal<boolean>;
  readonly at: ReadonlySignal<number>;
  readonly end: ReadonlySignal<number>;
  /** What the time axis spans: the recording, or a round number while it grows. */
  readonly span: ReadonlySignal<number>;
  readonly pending: ReadonlySignal<boolean>;
  run(lanes: readonly Lane[]): Promise<void>;
  stop(): void;
  seek(at: number): void;
  seekLane(lane: Lane, at: number): void;
  /** To the next (1) or previous (-1) moment at which a lane changes. */
  step(direction: 1 | -1): void;
  togglePlaying(): void;
  /** Lets `elapsed` milliseconds pass; `now` is the page's clock. */
  tick(elapsed: number, now: number): void;
}

export function createStage(lanes: readonly Lane[]): Stage {
  const prompt = signal('');
  const order = signal<Order>('together');
  const recordedOrder = signal<Order | undefined>(undefined);
  const playing = signal(false);
  const speed = signal(1);
  const linked = signal(true);
  const at = computed(() => Math.max(...lanes.map((lane) => lane.at.value)));
  const end = computed(() => Math.max(...lanes.map((lane) => duration(lane.recording.value))));
  const pending = computed(() => lanes.some((lane) => lane.pending.value));
  const span = computed(() => (pending.value ? niceCeiling(end.value) : Math.max(end.value, 1)));

  const seek = (moment: number): void => {
    const target = Math.min(Math.max(moment, 0), end.value);
    for (const lane of lanes) lane.at.value = target;
  };

  const runAll = async (chosen: readonly Lane[]): Promise<void> => {
    const ready = await Promise.all(chosen.map(async (lane) => ((await lane.prepare()) ? [lane] : [])));
    const queue = ready.flat();
    if (order.value === 'together') await Promise.all(queue.map((lane) => lane.run(prompt.value)));
    // A lane that was stopped, or started again by itself, while it waited has left the queue.
    else for (const lane of queue) if (lane.phase.value.name === 'waiting') await lane.run(prompt.value);
  };

  return {
    lanes, prompt, order, recordedOrder, playing, speed, linked, at, end, span, pending, seek,
    run: async (chosen) => {
      recordedOrder.value = chosen.length === lanes.length ? order.value : undefined;
      for (const lane of lanes) lane.at.value = 0;
      playing.value = true;
      await runAll(chosen);
    },
    stop: () => {
      for (const lane of lanes) lane.stop();
    },
    seekLane: (lane, moment) => {
      playing.value = false;
      if (linked.value) seek(moment);
      else lane.at.value = Math.min(Math.max(moment, 0), end.value);
    },
    step: (direction) => {
      playing.value = false;
      const moments = lanes.flatMap((lane) => lane.steps.value);
      const further = moments.filter((moment) => (direction === 1 ? moment > at.value : moment < at.value));
      if (further.length > 0) seek(direction === 1 ? Math.min(...further) : Math.max(...further));
    },
    togglePlaying: () => {
      if (!playing.value && at.value >= end.value) seek(0);
      playing.value = !playing.value;
    },
    tick: (elapsed, now) => {
      if (!playing.value) return;
      // No lane is shown at a moment that another has not reached: both clocks stay the same clock.
      const limit = Math.min(...lanes.filter((lane) => lane.pending.value).map((lane) => lane.head(now)), Infinity);
      for (const lane of lanes) {
        const bound = pending.value ? limit : end.value;
        lane.at.value = Math.max(lane.at.value, Math.min(lane.at.value + elapsed * speed.value, bound));
      }
      if (!pending.value && at.value >= end.value) playing.value = false;
    },
  };
}
