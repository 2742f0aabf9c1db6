import type { Failure, RunEvent } from '../protocol/event.js';
import { noRecording, record } from '../recording/recording.js';
import { Refused } from './client.js';
import type { Stage } from './stage.js';

const format = 'palimpsest-run';
const version = 1;

/** A recorded comparison as a file: the event streams as they came. */
export interface RunFile {
  readonly format: typeof format;
  readonly version: typeof version;
  /** How the lanes were run: `together`, `in-turn`, or `one by one`. */
  readonly order: string;
  readonly lanes: readonly { readonly lane: string; readonly events: readonly RunEvent[] }[];
}

export function runFile({ lanes, recordedOrder }: Stage): RunFile {
  const recorded = lanes.filter(({ recording }) => recording.value.events.length > 0);
  return {
    format,
    version,
    order: recordedOrder.value ?? 'one by one',
    lanes: recorded.map(({ letter, recording }) => ({ lane: letter, events: recording.value.events })),
  };
}

/** Shows the runs of a file, with the settings that they were made with. @throws Refused when it is not such a file. */
export function showRunFile(text: string, stage: Stage): void {
  const { order, lanes } = parse(text);
  for (const { lane, events } of lanes) requireReplay(lane, events);
  stage.recordedOrder.value = order === 'together' || order === 'in-turn' ? order : undefined;
  for (const { lane: letter, events } of lanes) {
    const lane = stage.lanes.find((each) => each.letter === letter);
    const [start] = events;
    if (lane === undefined || start?.type !== 'start') continue;
    const { model, way, prompt, seed, settings } = start.request;
    stage.prompt.value = prompt;
    lane.choose(model, way);
    lane.settings.value = { ...lane.settings.value, ...settings };
    lane.seed.value = seed;
    lane.show(events);
  }
  stage.seek(0);
  stage.playing.value = true;
}

/** Before anything is shown, so that a damaged file leaves the page as it was. */
function requireReplay(lane: string, events: readonly RunEvent[]): void {
  try {
    record(noRecording, events);
  } catch (error) {
    throw new Refused({ where: `run file, lane ${lane}`, expected: 'the events of a run', got: String(error) });
  }
}

function parse(text: string): RunFile {
  const json = readJson(text);
  if (!isRunFile(json)) throw new Refused({ where: 'run file', expected: `${format}, version ${version}`, got: 'another file', hint: '"Export run" writes such files.' });
  return json;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused({ where: 'run file', expected: 'JSON', got: 'something else' } satisfies Failure);
  }
}

/** The envelope only: what an event says is text and numbers that the page draws, never code. */
function isRunFile(json: unknown): json is RunFile {
  return isRecord(json) && json['format'] === format && json['version'] === version && Array.isArray(json['lanes'])
    && json['lanes'].every((lane: unknown) => isRecord(lane) && Array.isArray(lane['events']) && lane['events'].every(isRecord));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
