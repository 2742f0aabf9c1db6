import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJson, readOptionalJson } from '@palimpsest/checkpoints';
import { didYouMean, refusal } from '../failure.js';
import { parseRecipe } from './recipe.js';
import type { Recipe } from './recipe.js';

export interface NamedRecipe {
  readonly name: string;
  readonly recipe: Recipe;
}

const shippedRecipes = (): string => join(dirname(fileURLToPath(import.meta.resolve('@palimpsest/models/package.json'))), 'recipes');

/** Names of the recipes that come with this installation. */
export async function recipeNames(): Promise<readonly string[]> {
  return (await readdir(shippedRecipes())).filter((name) => extname(name) === '.json').map((name) => basename(name, '.json')).sort();
}

/** A recipe that comes with this installation, by name, or a JSON file. @throws InputError or PalimpsestError when there is none or it is faulty. */
export async function findRecipe(nameOrFile: string): Promise<NamedRecipe> {
  const names = await recipeNames();
  if (names.includes(nameOrFile)) return readRecipe(join(shippedRecipes(), `${nameOrFile}.json`));
  if (await readOptionalJson(nameOrFile).catch(() => 'something that is not JSON') !== undefined) return readRecipe(nameOrFile);
  const hint = didYouMean(nameOrFile, names);
  throw refusal({ where: 'RECIPE', expected: `one of ${names.join(', ')}, or a JSON file`, got: JSON.stringify(nameOrFile), ...(hint !== undefined && { hint }) });
}

const readRecipe = async (path: string): Promise<NamedRecipe> => ({ name: basename(path, '.json'), recipe: parseRecipe(path, await readJson(path)) });
