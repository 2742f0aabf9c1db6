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
    throw new PalimpsestError({
      where: `${where}: ${[...path, key].join('.')}`, expected: `a key that is known here: ${known.join(', ')}`, got: 'an unknown one',
      ...(known.length > 1 && { hint: `Nearest: ${nearestNames(key, known).join(', ')}.` }),
    });
  }
  throw new PalimpsestError({
    where: path.length === 0 ? where : `${where}: ${path.join('.')}`,
    expected: expectation(issue), got: issue.input === undefined ? 'nothing' : JSON.stringify(issue.input).slice(0, 120),
  });
}

/** Limits and whole numbers in words; else our own wording as it is, zod's without its frame. */
function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small') return limited(issue.origin, `${issue.inclusive === false ? 'above' : 'of at least'} ${issue.minimum}`);
  if (issue.code === 'too_big') return limited(issue.origin, `${issue.inclusive === false ? 'below' : 'of at most'} ${issue.maximum}`);
  if (issue.code === 'invalid_type' && issue.expected === 'int') return 'a whole number';
  return issue.message.replace(/^.*?expected /, '').replace(/, received .*$/, '');
}

/** Texts and lists in recipes have no limit but that they are not empty. */
const limited = (origin: string, limit: string): string => (origin === 'string' ? 'a text that is not empty' : origin === 'array' ? 'a list that is not empty' : `a number ${limit}`);

function keysAt(schema: z.ZodType, path: readonly string[]): readonly string[] {
  const [key, ...rest] = path;
  if (schema instanceof z.ZodOptional) return keysAt(schema.unwrap() as z.ZodType, path); // zod types what it wraps more loosely, here and below
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysAt(option as z.ZodType, path));
  if (schema instanceof z.ZodArray) return keysAt(schema.element as z.ZodType, rest);
  if (!(schema instanceof z.ZodObject) || (key !== undefined && !(key in schema.shape))) return [];
  return key === undefined ? Object.keys(schema.shape) : keysAt(schema.shape[key] as z.ZodType, rest);
}
