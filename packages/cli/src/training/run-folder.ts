import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PalimpsestError } from '@palimpsest/backbone';
import { readOptionalJson, writeFileAtomically } from '@palimpsest/checkpoints';
import { parseRecipe } from './recipe.js';
import type { Recipe } from './recipe.js';

/** Where a run keeps what it makes. */
export interface RunFolder {
  readonly path: string;
  readonly recipe: string;
  readonly tokenizer: string;
  readonly state: string;
  readonly model: string;
}

/** What decides the course of a run: all of a recipe but its words, how it is written with and how often it reports. */
export function courseOf({ title: _title, description: _description, notes: _notes, sampling: _sampling, evaluation: _evaluation, sample: _sample, saveEvery: _saveEvery, ...course }: Recipe): string {
  return JSON.stringify(course);
}

/**
 * The folder of a run, with its recipe in it.
 * @throws PalimpsestError when it holds a run of another course.
 */
export async function openRunFolder(path: string, recipe: Recipe): Promise<RunFolder> {
  const folder = { path, recipe: join(path, 'recipe.json'), tokenizer: join(path, 'tokenizer'), state: join(path, 'state'), model: join(path, 'model') };
  const earlier = await readOptionalJson(folder.recipe);
  if (earlier !== undefined && courseOf(parseRecipe(folder.recipe, earlier)) !== courseOf(recipe)) {
    throw new PalimpsestError({ where: path, expected: 'a folder of this recipe', got: 'one in which another was trained', hint: 'Give another --out, or remove the folder to start again.' });
  }
  await mkdir(path, { recursive: true });
  await writeFileAtomically(folder.recipe, [`${JSON.stringify(recipe, null, 2)}\n`]);
  return folder;
}
