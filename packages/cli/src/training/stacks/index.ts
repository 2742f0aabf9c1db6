import type { LayerList } from '@palimpsest/checkpoints';
import { z } from 'zod';
import { layers } from './layers.js';
import type { RecipeLayers } from './layers.js';
import { mamba2 } from './mamba2.js';
import type { RecipeMamba2 } from './mamba2.js';
import { sharedKeys } from './stack.js';
import type { LayersConfig, RecipeStack, StackKind } from './stack.js';
import { transformer } from './transformer.js';
import type { RecipeTransformer } from './transformer.js';
import { ttt } from './ttt.js';
import type { RecipeTtt } from './ttt.js';

export type RecipeModel = RecipeTransformer | RecipeMamba2 | RecipeTtt | RecipeLayers;

/** The first that claims a model reads it. A way more is a file more and a line more, here and above. */
const kinds: readonly StackKind<RecipeStack>[] = [layers, mamba2, ttt, transformer].map((kind) => kind as unknown as StackKind<RecipeStack>); // each reads what it claims

const kindOf = (model: unknown): StackKind<RecipeStack> =>
  kinds.find(({ claims }) => claims(typeof model === 'object' && model !== null ? { ...model } : {}))!; // the last claims everything

/** What a model of a recipe has to look like. */
export function modelSchema(model: unknown): z.ZodObject {
  const { width, ...others } = sharedKeys;
  const { layers: own, ...keys } = kindOf(model).keys as Readonly<Record<string, z.ZodType>>;
  return z.strictObject({ width, layers: own!, ...others, ...keys }); // in this order: a run is known by its recipe as text
}
export const layersConfig = (model: RecipeModel): LayersConfig => kindOf(model).config(model);
export const layerList = (model: RecipeModel): LayerList => kindOf(model).list(model);
