import type { Backbone, Clock, Generation, Range } from '@palimpsest/backbone';
import type { Control, Setting, Settings } from '../../protocol/control.js';
import type { ModelSummary } from '../../protocol/model.js';

/** A way of generating as the playground offers it. */
export interface Way {
  readonly name: string;
  readonly title: string;
  readonly sentence: string;
  readonly runsOn: (model: ModelSummary) => boolean;
  readonly controls: (model: ModelSummary) => readonly Control[];
  /** Settings are checked and complete: each control of the model has one. */
  readonly begin: (start: Start) => Begun;
}

export interface Start {
  readonly backbone: Backbone;
  readonly prompt: Int32Array;
  readonly settings: Settings;
  readonly seed: number;
  /** Ids that have no text. */
  readonly banned: readonly number[];
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export interface Begun {
  readonly generation: Generation;
  /** Positions that lie open from the first moment; an empty range where the page grows as it is written. */
  readonly canvas: Range;
}

export function numberOf(settings: Settings, name: string): number {
  return settingOf(settings, name, (value): value is number => typeof value === 'number');
}

export function textOf(settings: Settings, name: string): string {
  return settingOf(settings, name, (value): value is string => typeof value === 'string');
}

export function truthOf(settings: Settings, name: string): boolean {
  return settingOf(settings, name, (value): value is boolean => typeof value === 'boolean');
}

function settingOf<T extends Setting>(settings: Settings, name: string, is: (value: Setting | undefined) => value is T): T {
  const value = settings[name];
  if (!is(value)) throw new TypeError(`settings.${name} is not of the kind that its control declares`);
  return value;
}
