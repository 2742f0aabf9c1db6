import { expectation, type Control, type Setting, type Settings } from '../protocol/control.js';

/** All that a reader needs to see the same run: the same seed writes the same tokens. */
export interface Scene {
  readonly prompt: string;
  readonly lanes: readonly LaneScene[];
}
export interface LaneScene {
  readonly model: string;
  readonly way: string;
  readonly seed: number;
  readonly settings: Settings;
}

const letters = 'abcdefghij';

/** The scene as the part of an address after `#`. */
export function encodeScene({ prompt, lanes }: Scene): string {
  const query = new URLSearchParams({ prompt });
  lanes.forEach(({ model, way, seed, settings }, index) => {
    const lane = letters.charAt(index);
    query.set(`${lane}.model`, model);
    query.set(`${lane}.way`, way);
    query.set(`${lane}.seed`, String(seed));
    for (const [name, value] of Object.entries(settings)) query.set(`${lane}.${name}`, String(value));
  });
  return query.toString();
}

/** What an address says: text, not yet checked against any model. */
export interface Draft {
  readonly prompt: string | undefined;
  readonly lanes: readonly ReadonlyMap<string, string>[];
}

export function decodeScene(hash: string): Draft {
  const query = new URLSearchParams(hash.replace(/^#/, ''));
  const lanes: Map<string, string>[] = [];
  for (const [key, value] of query) {
    const lane = key.charAt(1) === '.' ? letters.indexOf(key.charAt(0)) : -1;
    if (lane === -1) continue;
    while (lanes.length <= lane) lanes.push(new Map());
    lanes[lane]?.set(key.slice(2), value);
  }
  return { prompt: query.get('prompt') ?? undefined, lanes };
}

/** Settings that a draft names and the controls allow; the others keep their initial value. */
export function readDraft(draft: ReadonlyMap<string, string>, controls: readonly Control[]): Settings {
  const settings: Record<string, Setting> = {};
  for (const control of controls) {
    const text = draft.get(control.name);
    const value = text === undefined ? undefined : valueOf(control, text);
    settings[control.name] = value !== undefined && expectation(control, value) === undefined ? value : control.initial;
  }
  return settings;
}

function valueOf({ kind }: Control, text: string): Setting | undefined {
  switch (kind) {
    case 'number':
      return text.trim() === '' ? undefined : Number(text);
    case 'choice':
      return text;
    case 'switch':
      return { true: true, false: false }[text];
  }
  return kind satisfies never;
}

export function readSeed(text: string | undefined): number | undefined {
  const seed = Number(text?.trim() || Number.NaN);
  return Number.isSafeInteger(seed) && seed >= 0 ? seed : undefined;
}
