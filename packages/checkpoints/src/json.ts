import { readFile } from 'node:fs/promises';
import { PalimpsestError } from '@palimpsest/backbone';

/** The value in a JSON file; undefined where there is no file. @throws PalimpsestError when it cannot be read or is not JSON. */
export async function readOptionalJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new PalimpsestError({ where: path, expected: 'a file that can be read', got: cause instanceof Error ? cause.message : String(cause), cause });
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(withInfinity(text));
  } catch (cause) {
    throw new PalimpsestError({ where: path, expected: 'JSON', got: JSON.stringify(text.slice(0, 40)), hint: 'The file may be cut short: copy it again.', cause });
  }
}

/** Python writes Infinity as it is, which is not JSON; a number too large for a double is, and reads as Infinity. */
const withInfinity = (text: string): string =>
  text.replaceAll(/"(?:[^"\\]|\\.)*"|\bInfinity\b/g, (found) => (found === 'Infinity' ? '1e999' : found));

/** The value in a JSON file. @throws PalimpsestError when the file is missing, cannot be read or is not JSON. */
export async function readJson(path: string): Promise<unknown> {
  const value = await readOptionalJson(path);
  if (value === undefined) throw new PalimpsestError({ where: path, expected: 'a file', got: 'none' });
  return value;
}
