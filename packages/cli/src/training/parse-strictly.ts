import { nearestNames, PalimpsestError } from '@palimpsest/backbone';
import { z } from 'zod';

/** @throws PalimpsestError naming the first key that does not fit the schema; of one that is unknown the nearest that are known. */
export function parseStrictly<Schema extends z.ZodObject>(where: string, schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = result.error.issues[0]!; // a failure has one
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const known = keysAt(schema, path);
    throw new PalimpsestError({ where: `${where}: ${[...path, key].join('.')}`, expected: `a key that is known here: ${known.join(', ')}`, got: 'an unknown one', hint: `Nearest: ${nearestNames(key, known).join(', ')}.` });
  }
  throw new PalimpsestError({
    where: path.length === 0 ? where : `${where}: ${path.join('.')}`,
    expected: expectation(issue.message), got: issue.input === undefined ? 'nothing' : JSON.stringify(issue.input).slice(0, 120),
  });
}

/** Our own wording as it is; zod's without its frame. */
const expectation = (message: string): string => message.replace(/^.*?expected /, '').replace(/, received .*$/, '');

function keysAt(schema: z.ZodType, [key, ...rest]: readonly string[]): readonly string[] {
  if (schema instanceof z.ZodOptional) return keysAt(schema.unwrap() as z.ZodType, key === undefined ? [] : [key, ...rest]); // zod types what it wraps more loosely
  if (!(schema instanceof z.ZodObject)) return [];
  return key === undefined ? Object.keys(schema.shape) : keysAt(schema.shape[key] as z.ZodType, rest);
}
