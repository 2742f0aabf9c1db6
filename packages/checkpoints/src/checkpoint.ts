import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PalimpsestError } from '@palimpsest/backbone';
import type { Vocabulary } from '@palimpsest/backbone';
import { sameShape, showShape } from '@palimpsest/graph';
import type { StoredTensor } from '@palimpsest/graph';
import type { ModelDefinition } from '@palimpsest/layers';
import type { AssembledModel, CheckpointFamily } from './families/family.js';
import { families } from './families/index.js';
import { nearest } from './nearest.js';
import { readHeader } from './safetensors/read.js';
import type { TensorEntry } from './safetensors/format.js';

/** A folder in the Hugging Face layout, read and checked. Its weights stay in the file. */
export interface Checkpoint {
  readonly directory: string;
  readonly family: string;
  readonly definition: ModelDefinition;
  readonly vocabulary: Vocabulary;
  /** Byte range of a parameter; `location` is a file in `directory`. */
  readonly weights: (parameter: string) => StoredTensor;
}

interface LocatedEntry extends TensorEntry {
  readonly file: string;
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new PalimpsestError({ where: path, expected: 'a readable file', got: cause instanceof Error ? cause.message : String(cause), cause });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PalimpsestError({ where: path, expected: 'JSON', got: text.slice(0, 40), cause });
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Files of weights: the shards that the index names, else `model.safetensors`. */
async function weightFiles(directory: string): Promise<readonly string[]> {
  const index = await readJson(join(directory, 'model.safetensors.index.json')).catch((error: unknown) => {
    const { cause } = error as { readonly cause?: { readonly code?: string } };
    if (cause?.code === 'ENOENT') return undefined;
    throw error;
  });
  if (index === undefined) return ['model.safetensors'];
  const map = isRecord(index) ? index['weight_map'] : undefined;
  const names = isRecord(map) ? [...new Set(Object.values(map))] : [];
  const bad = names.find((name) => typeof name !== 'string' || basename(name) !== name);
  if (names.length === 0 || bad !== undefined) {
    throw new PalimpsestError({ where: join(directory, 'model.safetensors.index.json'), expected: 'a weight_map of file names in this folder', got: JSON.stringify(bad ?? map) ?? 'nothing' });
  }
  return names as string[];
}

function familyOf(where: string, config: unknown): CheckpointFamily {
  const type = isRecord(config) ? config['model_type'] : undefined;
  const family = families.find(({ modelTypes }) => modelTypes.includes(String(type)));
  if (family !== undefined) return family;
  throw new PalimpsestError({ where, expected: `a model_type among ${families.flatMap(({ modelTypes }) => modelTypes).join(', ')}`, got: String(type) });
}

function locate(directory: string, { definition, tensorName, ignored }: AssembledModel, entries: ReadonlyMap<string, LocatedEntry>): ReadonlyMap<string, StoredTensor> {
  const located = new Map<string, StoredTensor>();
  const read = new Set<string>();
  for (const { name, shape } of definition.parameters) {
    const tensor = tensorName(name);
    const entry = entries.get(tensor);
    if (entry === undefined) {
      throw new PalimpsestError({ where: directory, expected: `a tensor ${tensor} ${showShape(shape)}`, got: 'none of that name', hint: `Nearest: ${nearest(tensor, entries.keys()).join(', ')}.` });
    }
    if (!sameShape(entry.shape, shape)) throw new PalimpsestError({ where: `${entry.file}: ${tensor}`, expected: showShape(shape), got: showShape(entry.shape), hint: 'Does config.json belong to these weights?' });
    const { type } = entry;
    if (type !== 'F32' && type !== 'F16' && type !== 'BF16') throw new PalimpsestError({ where: `${entry.file}: ${tensor}`, expected: 'F32, F16 or BF16', got: type });
    located.set(name, { location: entry.file, offset: entry.offset, bytes: entry.bytes, type });
    read.add(tensor);
  }
  const extra = [...entries.keys()].find((tensor) => !read.has(tensor) && !ignored(tensor));
  if (extra !== undefined) {
    throw new PalimpsestError({ where: directory, expected: 'only tensors that the config accounts for', got: extra, hint: 'The config leaves out a part of this model; running it without would give wrong text.' });
  }
  return located;
}

/**
 * Reads a model folder: config, headers, names, shapes. Nothing large is loaded.
 * @throws PalimpsestError when a file is missing or cut off, a key is unknown, or a tensor is missing, extra or of another shape.
 */
export async function openCheckpoint(directory: string): Promise<Checkpoint> {
  const path = join(directory, 'config.json');
  const config = await readJson(path);
  const family = familyOf(path, config);
  const assembled = family.assemble(config);
  const entries = new Map<string, LocatedEntry>();
  for (const file of await weightFiles(directory)) {
    for (const entry of (await readHeader(join(directory, file))).tensors.values()) entries.set(entry.name, { ...entry, file });
  }
  const located = locate(directory, assembled, entries);
  return { directory, family: family.name, definition: assembled.definition, vocabulary: assembled.vocabulary, weights: (parameter) => located.get(parameter)! };
}
