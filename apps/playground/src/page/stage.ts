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
  /** Whether a run that was over in a moment is shown once more, slowly. */
  readonly replays: Signal<boolean>;
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

export const speeds: readonly number[] = [1, 0.5, 0.25, 0.1, 0.05, 0.02];

/** A live run that took less is shown again, at the highest speed at which that takes at least `slowMilliseconds`. */
const momentMilliseconds = 3_000;
const slowMilliseconds = 5_000;
const pauseMilliseconds = 700;

export function createStage(lanes: readonly Lane[]): Stage {
  const prompt = signal('');
  const order = signal<Order>('together');
  const recordedOrder = signal<Order | undefined>(undefined);
  const playing = signal(false);
  const speed = signal(1);
  const replays = signal(true);
  const linked = signal(true);
  const at = computed(() => Math.max(...lanes.map((lane) => lane.at.value)));
  const end = computed(() => Math.max(...lanes.map((lane) => duration(lane.recording.value))));
  const pending = computed(() => lanes.some((lane) => lane.pending.value));
  const span = computed(() => (pending.value ? niceCeiling(end.value) : Math.max(end.value, 1)));
  /** From a run's start until it was shown or the reader took over; then perhaps the moment of its replay. */
  let live: 'yes' | 'no' | { readonly replayAt: number } = 'no';

  const clamp = (moment: number): number => Math.min(Math.max(moment, 0), end.value);
  const show = (moment: number): void => {
    for (const lane of lanes) lane.at.value = clamp(moment);
  };
  const takeOver = (): void => {
    live = 'no';
    playing.value = false;
  };

  const advance = (elapsed: number, now: number): void => {
    // No lane is shown at a moment that another has not reached: both clocks stay the same clock.
    const limit = pending.value ? Math.min(...lanes.filter((lane) => lane.pending.value).map((lane) => lane.head(now))) : end.value;
    for (const lane of lanes) lane.at.value = Math.max(lane.at.value, Math.min(lane.at.value + elapsed * speed.value, limit));
  };

  const rest = (now: number): void => {
    playing.value = false;
    const again = live === 'yes' && replays.value && end.value > 0 && end.value < momentMilliseconds;
    live = again ? { replayAt: now + pauseMilliseconds } : 'no';
  };

  const replay = (): void => {
    live = 'no';
    speed.value = speeds.find((each) => end.value / each >= slowMilliseconds) ?? Math.min(...speeds);
    show(0);
    playing.value = true;
  };

  return {
    lanes, prompt, order, recordedOrder, playing, speed, replays, linked, at, end, span, pending,
    run: async (chosen) => {
      recordedOrder.value = chosen.length === lanes.length ? order.value : undefined;
      show(0);
      speed.value = 1;
      live = 'yes';
      playing.value = true;
      const prepared = (await Promise.all(chosen.map((lane) => lane.prepare()))).filter((write) => write !== undefined);
      if (order.value === 'together') await Promise.all(prepared.map((write) => write(prompt.value)));
      else for (const write of prepared) await write(prompt.value);
    },
    stop: () => {
      for (const lane of lanes) lane.stop();
    },
    seek: (moment) => {
      takeOver();
      show(moment);
    },
    seekLane: (lane, moment) => {
      takeOver();
      if (linked.value) show(moment);
      else lane.at.value = clamp(moment);
    },
    step: (direction) => {
      takeOver();
      const moments = lanes.flatMap((lane) => lane.steps.value);
      const further = moments.filter((moment) => (direction === 1 ? moment > at.value : moment < at.value));
      if (further.length > 0) show(direction === 1 ? Math.min(...further) : Math.max(...further));
    },
    togglePlaying: () => {
      const wasPlaying = playing.value;
      takeOver();
      if (!wasPlaying && at.value >= end.value) show(0);
      playing.value = !wasPlaying;
    },
    tick: (elapsed, now) => {
      if (playing.value) advance(elapsed, now);
      if (playing.value && !pending.value && at.value >= end.value) rest(now);
      else if (typeof live === 'object' && now >= live.replayAt) replay();
    },
  };
}
