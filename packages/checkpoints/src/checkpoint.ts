import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { nearestNames, PalimpsestError } from '@palimpsest/backbone';
import type { Vocabulary } from '@palimpsest/backbone';
import { sameShape, showShape } from '@palimpsest/graph';
import type { StoredType } from '@palimpsest/graph';
import type { ModelDefinition } from '@palimpsest/layers';
import type { AssembledModel, CheckpointFamily } from './families/family.js';
import { families } from './families/index.js';
import { readJson, readOptionalJson } from './json.js';
import { readHeader } from './safetensors/read.js';
import type { TensorEntry } from './safetensors/format.js';

/** A folder in the Hugging Face layout, read and checked. Its weights stay in their files. `openBackbone` of `@palimpsest/runtime` takes it as it is. */
export interface Checkpoint {
  readonly directory: string;
  readonly family: string;
  readonly definition: ModelDefinition;
  readonly vocabulary: Vocabulary;
  /** What the config leaves open and was decided here, in sentences. */
  readonly assumptions: readonly string[];
  /** One per parameter of the definition, by its name. */
  readonly weights: ReadonlyMap<string, WeightInFile>;
}

/** Where a parameter's numbers lie. */
export interface WeightInFile {
  readonly shape: readonly number[];
  readonly path: string;
  readonly offset: number; // bytes from the start of the file
  readonly bytes: number;
  readonly type: StoredType;
}

interface LocatedEntry extends TensorEntry {
  readonly file: string;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function familyOf(where: string, config: unknown): CheckpointFamily {
  const type = isRecord(config) ? config['model_type'] : undefined;
  const family = families.find(({ claims }) => isRecord(config) && claims?.(config)) ?? families.find(({ modelTypes }) => modelTypes.includes(String(type)));
  if (family !== undefined) return family;
  throw new PalimpsestError({ where, expected: `a model_type among ${families.flatMap(({ modelTypes }) => modelTypes).join(', ')}`, got: JSON.stringify(type) ?? 'none' });
}

/** Which file has which tensor, where the weights lie in several files. */
async function readShardIndex(path: string): Promise<ReadonlyMap<string, string> | undefined> {
  const index = await readOptionalJson(path);
  if (index === undefined) return undefined;
  const map = isRecord(index) ? index['weight_map'] : undefined;
  const entries = isRecord(map) ? Object.entries(map) : [];
  const isHere = (file: unknown): file is string => typeof file === 'string' && file !== '' && basename(file) === file;
  const bad = entries.find(([, file]) => !isHere(file));
  if (entries.length === 0 || bad !== undefined) {
    throw new PalimpsestError({ where: path, expected: 'a weight_map from tensors to files in this folder', got: JSON.stringify(bad ?? map) ?? 'none' });
  }
  return new Map(entries.map(([tensor, file]) => [tensor, String(file)]));
}

const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false);

/** The first of the names that is there, else the first. */
async function firstThere(directory: string, [usual, ...others]: readonly [string, ...string[]]): Promise<string> {
  if (await exists(join(directory, usual))) return usual;
  for (const name of others) if (await exists(join(directory, name))) return name;
  return usual;
}

/** Mistral publishes a second layout, with other names. */
const weightFile = (directory: string): Promise<string> => firstThere(directory, ['model.safetensors', 'consolidated.safetensors']);
const configFile = (directory: string): Promise<string> => firstThere(directory, ['config.json', 'params.json']);

/** Ids up to the largest that the folder's tokenizer gives; undefined where it has none. */
async function tokenizerSize(directory: string): Promise<number | undefined> {
  const tokenizer = await readOptionalJson(join(directory, 'tokenizer.json'));
  const model = isRecord(tokenizer) ? tokenizer['model'] : undefined;
  const added = isRecord(tokenizer) ? tokenizer['added_tokens'] : undefined;
  if (!isRecord(model) || !isRecord(model['vocab'])) return undefined;
  const ids = [...Object.values(model['vocab']), ...(Array.isArray(added) ? added.map((token: unknown) => (isRecord(token) ? token['id'] : undefined)) : [])];
  return 1 + ids.reduce<number>((largest, id) => (typeof id === 'number' ? Math.max(largest, id) : largest), -1);
}

/** Every tensor of the folder: of the shards that the index names, else of one file. */
async function readEntries(directory: string): Promise<ReadonlyMap<string, LocatedEntry>> {
  const indexPath = join(directory, 'model.safetensors.index.json');
  const index = await readShardIndex(indexPath);
  const entries = new Map<string, LocatedEntry>();
  for (const file of index === undefined ? [await weightFile(directory)] : new Set(index.values())) {
    for (const entry of (await readHeader(join(directory, file))).tensors.values()) {
      const listed = index === undefined ? file : index.get(entry.name);
      if (listed !== file) throw new PalimpsestError({ where: `${indexPath}: ${entry.name}`, expected: `${file}, where it lies`, got: listed ?? 'nothing' });
      entries.set(entry.name, { ...entry, file });
    }
  }
  const absent = [...(index ?? [])].find(([tensor]) => !entries.has(tensor));
  if (absent !== undefined) throw new PalimpsestError({ where: join(directory, absent[1]), expected: `a tensor ${absent[0]}, as the index says`, got: 'none of that name', hint: 'The file is of another version: fetch the folder again.' });
  return entries;
}

function locate(directory: string, { definition, tensorName, ignored }: AssembledModel, entries: ReadonlyMap<string, LocatedEntry>): ReadonlyMap<string, WeightInFile> {
  const located = new Map<string, WeightInFile>();
  const read = new Set<string>();
  for (const { name, shape } of definition.parameters) {
    const tensor = tensorName(name);
    const entry = entries.get(tensor);
    if (entry === undefined) {
      throw new PalimpsestError({ where: directory, expected: `a tensor ${tensor} ${showShape(shape)}`, got: 'none of that name', hint: `Nearest: ${nearestNames(tensor, entries.keys()).join(', ')}.` });
    }
    const { file, offset, bytes, type } = entry;
    const where = `${join(directory, file)}: ${tensor}`;
    if (!sameShape(entry.shape, shape)) throw new PalimpsestError({ where, expected: showShape(shape), got: showShape(entry.shape), hint: 'Does config.json belong to these weights?' });
    if (type !== 'F32' && type !== 'F16' && type !== 'BF16') throw new PalimpsestError({ where, expected: 'F32, F16 or BF16', got: type });
    located.set(name, { shape, path: join(directory, file), offset, bytes, type });
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
  const path = join(directory, await configFile(directory));
  const config = await readJson(path);
  const family = familyOf(path, config);
  const assembled = family.assemble(config, path, family.padsVocabulary ? await tokenizerSize(directory) : undefined);
  const { definition, vocabulary, assumptions = [] } = assembled;
  return { directory, family: family.name, definition, vocabulary, assumptions, weights: locate(directory, assembled, await readEntries(directory)) };
}
