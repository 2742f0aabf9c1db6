import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { PalimpsestError, similarName } from '@palimpsest/backbone';
import type { Backbone } from '@palimpsest/backbone';
import { openCheckpoint } from '@palimpsest/checkpoints';
import { openBackbone } from '@palimpsest/runtime';
import type { BackboneOptions } from '@palimpsest/runtime';
import { loadTokenizer } from '@palimpsest/tokenizer';
import type { Tokenizer } from '@palimpsest/tokenizer';
import { readCard } from './card.js';
import type { ModelCard } from './card.js';
import { readInnerLosses, tellsInnerLosses } from './inner-losses.js';
import type { InnerLosses } from './inner-losses.js';
import { modelNames, shippedModels } from './list-models.js';
import { checkVocabulary } from './vocabulary.js';

export interface OpenModelOptions extends Pick<BackboneOptions, 'device' | 'precision' | 'threads' | 'thread'> {
  /** Ends the opening with its reason; an opened model is not touched. */
  readonly signal?: AbortSignal;
}

/** A running model with what its text needs. Disposing it ends the backbone. */
export interface OpenedModel extends AsyncDisposable {
  readonly name: string;
  readonly directory: string;
  readonly backbone: Backbone;
  readonly tokenizer: Tokenizer;
  /** Absent where the folder has none, as published checkpoints do not. */
  readonly card?: ModelCard;
  /** How layers that learn while they read learn from a text, from its beginning. Absent where there are none. */
  readonly readInnerLosses?: (tokens: Int32Array) => Promise<readonly InnerLosses[]>;
  /** What the folder's config leaves open and was decided, in sentences. */
  readonly assumptions: readonly string[];
}

/**
 * Opens a model that comes with this package, by name, or any folder in the Hugging Face layout that `@palimpsest/checkpoints` reads.
 * Write `./name` for a folder that has the name of a model.
 *
 * @throws PalimpsestError or TokenizerError when there is no such model or its files are missing, damaged or do not belong together; the
 * signal's reason when it aborts. Nothing stays open.
 */
export async function openModel(nameOrDirectory: string, { signal, ...options }: OpenModelOptions = {}): Promise<OpenedModel> {
  signal?.throwIfAborted();
  const directory = await findModel(nameOrDirectory);
  const [checkpoint, tokenizer, card] = await Promise.all([openCheckpoint(directory), loadTokenizer(directory), readCard(directory)]);
  checkVocabulary(directory, checkpoint.vocabulary, tokenizer);
  signal?.throwIfAborted();
  const backbone = await openBackbone({ ...checkpoint, ...options });
  const dispose = (): Promise<void> => Promise.resolve(backbone[Symbol.asyncDispose]());
  if (signal?.aborted) await dispose();
  signal?.throwIfAborted();
  return {
    name: basename(directory), directory, backbone, tokenizer, assumptions: checkpoint.assumptions, ...(card && { card }), [Symbol.asyncDispose]: dispose,
    ...(tellsInnerLosses(checkpoint) && { readInnerLosses: (tokens) => readInnerLosses(checkpoint, tokens, options) }),
  };
}

/** The folder of a model that comes with this package, by name, or of any other. @throws PalimpsestError when there is no such folder. */
export async function findModel(nameOrDirectory: string): Promise<string> {
  const names = await modelNames(shippedModels);
  if (names.includes(nameOrDirectory)) return join(shippedModels, nameOrDirectory);
  const found = await stat(nameOrDirectory).catch(() => undefined); // whatever is wrong, there is no folder to read
  if (found?.isDirectory()) return resolve(nameOrDirectory);
  const near = similarName(nameOrDirectory, names);
  throw new PalimpsestError({
    where: 'model', expected: `${names.length > 0 ? `one of ${names.join(', ')}, or ` : ''}a model's folder`, got: JSON.stringify(nameOrDirectory),
    ...(near !== undefined && { hint: `Did you mean ${near}?` }),
  });
}
