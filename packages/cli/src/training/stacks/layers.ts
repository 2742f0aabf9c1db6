import { layerKindNames, layerKinds } from '@palimpsest/checkpoints';
import type { LayerKindName, LayerList } from '@palimpsest/checkpoints';
import { z } from 'zod';
import type { RecipeStack, StackKind } from './stack.js';

/** Layers of any kinds in any order: `layers` says which kind stands where, a key of the kind's name what all layers of it are set to. */
export type RecipeLayers = RecipeStack & LayerList['settings'] & { readonly layers: readonly LayerKindName[] };

const settingsOf = (model: RecipeLayers): LayerList['settings'] =>
  Object.fromEntries(layerKindNames.flatMap((name) => (model[name] === undefined ? [] : [[name, model[name]]])));

const keys: object = {
  layers: z.array(z.enum(layerKindNames, { error: `kinds of layers: ${layerKindNames.join(', ')}` })).min(1),
  ...Object.fromEntries(Object.entries(layerKinds).map(([name, { schema }]) => [name, schema.optional()])),
};

export const layers: StackKind<RecipeLayers> = {
  claims: (model) => Array.isArray(model['layers']),
  keys: keys as StackKind<RecipeLayers>['keys'], // a key to each kind, as made above
  config: (model) => ({ model_type: 'palimpsest_layers', num_hidden_layers: model.layers.length, layer_types: model.layers, layer_settings: settingsOf(model) }),
  list: (model) => ({ kinds: model.layers, settings: settingsOf(model) }),
};
