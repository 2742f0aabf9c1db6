import { PalimpsestError } from '@palimpsest/backbone';
import { z } from 'zod';
import { expectation, initialSettings, type Control, type Settings } from '../protocol/control.js';
import type { RunRequest } from '../protocol/event.js';
import type { ModelSummary } from '../protocol/model.js';
import { waysFor, type Way } from './ways/index.js';

export const maximumPromptCharacters = 8_000;
export const maximumBodyBytes: number = 64 * 1024;

const setting = z.union([z.number(), z.string().max(100), z.boolean()]);
const body = z.strictObject(
  {
    model: z.string({ error: 'the name of a model' }),
    way: z.string({ error: 'the name of a way of generating' }),
    prompt: z.string({ error: 'a text' }).max(maximumPromptCharacters, { error: `at most ${maximumPromptCharacters} characters` }),
    seed: z.int({ error: 'a whole number' }).min(0, { error: 'a seed from 0' }),
    settings: z.record(z.string(), setting, { error: 'an object of numbers, short texts and truth values' }).optional(),
  },
  { error: 'an object' },
);

export interface Order {
  readonly request: RunRequest;
  readonly model: ModelSummary;
  readonly way: Way;
}

/**
 * The checked request, settings that were left out filled in.
 *
 * @throws PalimpsestError that names the field.
 */
export function readOrder(json: unknown, models: readonly ModelSummary[]): Order {
  const { settings = {}, ...rest } = parsed(body, json);
  const model = named('model', rest.model, models);
  const way = named('way', rest.way, waysFor(model));
  return { request: { ...rest, settings: readSettings(settings, way.controls(model)) }, model, way };
}

/** What fits the schema. @throws PalimpsestError that names the field that does not. */
export function parsed<Shape extends z.core.$ZodShape>(schema: z.ZodObject<Shape>, json: unknown): z.output<z.ZodObject<Shape>> {
  const outcome = schema.safeParse(json);
  if (!outcome.success) throw refusal(outcome.error.issues[0], json, Object.keys(schema.shape));
  return outcome.data;
}

function readSettings(given: Settings, controls: readonly Control[]): Settings {
  for (const [name, value] of Object.entries(given)) {
    const control = named('settings', name, controls);
    const expected = expectation(control, value);
    if (expected !== undefined) throw new PalimpsestError({ where: `settings.${name}`, expected, got: JSON.stringify(value) });
  }
  return { ...initialSettings(controls), ...given };
}

export function named<T extends { readonly name: string }>(where: string, name: string, known: readonly T[]): T {
  const found = known.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const names = known.map((candidate) => `"${candidate.name}"`).join(', ');
  throw new PalimpsestError({ where, expected: names === '' ? 'nothing' : `one of ${names}`, got: JSON.stringify(name.slice(0, 100)) });
}

function refusal(issue: z.core.$ZodIssue | undefined, json: unknown, keys: readonly string[]): PalimpsestError {
  const path = issue?.path ?? [];
  const value = path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[String(key)] : undefined), json);
  const extra = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : undefined;
  return new PalimpsestError({
    where: ['request', ...path.map(String)].join('.'),
    expected: extra === undefined ? (issue?.message ?? 'an object') : `${keys.slice(0, -1).join(', ')} and ${keys.at(-1)}`,
    got: extra ?? describe(value),
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string' && value.length > 60) return `a text of ${value.length} characters`;
  return JSON.stringify(value).slice(0, 60);
}
