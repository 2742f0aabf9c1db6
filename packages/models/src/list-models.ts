import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PalimpsestError } from '@palimpsest/backbone';
import type { Prediction } from '@palimpsest/backbone';
import { openCheckpoint } from '@palimpsest/checkpoints';
import { readCard } from './card.js';
import type { ModelCard } from './card.js';
import { tellsInnerLosses } from './inner-losses.js';

/** What is known of a model before it is opened. */
export interface ModelSummary extends Pick<ModelCard, 'title' | 'description' | 'checkerScore' | 'tokensSeen' | 'sampling'> {
  readonly name: string;
  /** Name of the backbone's visibility: `causal`, `bidirectional`, `block-causal(16)`. */
  readonly visibility: string;
  readonly prediction: Prediction;
  /** Numbers in its weights. */
  readonly parameters: number;
  /** Tokens that a context can hold. */
  readonly maximumLength: number;
  /** Of its weights, as stored. */
  readonly bytes: number;
  /** Whether it has layers that learn while they read, and tell their inner losses. */
  readonly tellsInnerLosses: boolean;
}

/** Where the models of this package lie: beside `src` and `dist`. */
export const shippedModels: string = fileURLToPath(new URL('..', import.meta.url));

/** Names of the folders that hold a card; `NAME.partial` and `NAME.previous` are an export's. @throws PalimpsestError when there is no such folder. */
export async function modelNames(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder).catch((cause: unknown) => {
    throw new PalimpsestError({ where: 'models', expected: 'a folder of models', got: cause instanceof Error ? cause.message : String(cause), cause });
  });
  return entries.filter((name) => !name.includes('.') && existsSync(join(folder, name, 'card.json'))).sort();
}

/**
 * The models of a folder, by default those that come with this package, by name. Only configs, cards and headers are read.
 * @throws PalimpsestError when one of them is damaged.
 */
export async function listModels(folder: string = shippedModels): Promise<readonly ModelSummary[]> {
  return Promise.all((await modelNames(folder)).map((name) => summarise(folder, name)));
}

async function summarise(folder: string, name: string): Promise<ModelSummary> {
  const directory = join(folder, name);
  const checkpoint = await openCheckpoint(directory);
  const { definition, weights } = checkpoint;
  const { title, description, checkerScore, tokensSeen, sampling } = (await readCard(directory))!; // modelNames found it
  const stored = [...weights.values()];
  return {
    name, title, description,
    visibility: definition.visibility.name,
    prediction: definition.prediction,
    parameters: stored.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0),
    maximumLength: definition.maximumLength,
    bytes: stored.reduce((sum, { bytes }) => sum + bytes, 0),
    tellsInnerLosses: tellsInnerLosses(checkpoint),
    ...(checkerScore !== undefined && { checkerScore }),
    ...(tokensSeen !== undefined && { tokensSeen }),
    ...(sampling !== undefined && { sampling }),
  };
}
