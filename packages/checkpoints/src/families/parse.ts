import { nearestNames, PalimpsestError } from '@palimpsest/backbone';
import type { z } from 'zod';

/**
 * Parses a config against a strict schema. Keys in `inert` do not change the numbers and are dropped first.
 * @throws PalimpsestError naming the key, what was expected and what came.
 */
export function parseConfig<Schema extends z.ZodObject>(where: string, schema: Schema, config: unknown, inert: readonly string[]): z.output<Schema> {
  const entries = typeof config === 'object' && config !== null ? Object.entries(config) : [];
  const result = schema.safeParse(Object.fromEntries(entries.filter(([key]) => !inert.includes(key))), { reportInput: true });
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const known = issue.path.length === 0 ? `Nearest: ${nearestNames(key, [...Object.keys(schema.shape), ...inert]).join(', ')}. ` : '';
    throw new PalimpsestError({
      where: `${where}: ${[...issue.path, key].join('.')}`, expected: 'a key that is known', got: 'an unknown one',
      hint: `${known}A key that is not understood may change the model, so it is not passed over.`,
    });
  }
  throw new PalimpsestError({ where: `${where}: ${issue.path.join('.')}`, expected: issue.message.replace(/^.*?expected /, '').replace(/, received \w+$/, ''), got: JSON.stringify(issue.input) ?? 'nothing' });
}
