import { PalimpsestError } from '@palimpsest/backbone';
import { defineModel, residual, rmsNorm } from '@palimpsest/layers';
import type { Layer, Scope } from '@palimpsest/layers';
import { z } from 'zod';
import { createLayer, describeLayerList, faultOf, layerKindNames, layerKinds } from '../layer-kinds/index.js';
import type { LayerKindName, LayerList } from '../layer-kinds/index.js';
import { defineStack, stackPlan } from './stack.js';
import type { SharedConfig, Stack } from './stack.js';

/** Layers of any kinds in any order, each a branch beside an RMS norm: `model.layers.3.mixer` is what `layer_types[3]` says. */
export interface PalimpsestLayersConfig extends SharedConfig {
  readonly model_type: 'palimpsest_layers';
  readonly layer_types: readonly LayerKindName[];
  readonly layer_settings: LayerList['settings'];
}

const listOf = ({ layer_types: kinds, layer_settings: settings }: PalimpsestLayersConfig): LayerList => ({ kinds, settings });

function checkList(where: string, config: PalimpsestLayersConfig): void {
  const { layer_types: kinds, num_hidden_layers: count } = config;
  if (kinds.length !== count) throw new PalimpsestError({ where: `${where}: layer_types`, expected: `${count} of them, as num_hidden_layers says`, got: `${kinds.length}` });
  const fault = faultOf(listOf(config));
  if (fault !== undefined) throw new PalimpsestError({ where: `${where}: layer_settings.${fault.key}`, expected: fault.expected, got: kinds.join(', ') });
}

export const layers: Stack = defineStack<PalimpsestLayersConfig>({
  modelType: 'palimpsest_layers',
  keys: {
    layer_types: z.array(z.enum(layerKindNames)).min(1),
    layer_settings: z.strictObject(Object.fromEntries(Object.entries(layerKinds).map(([name, { schema }]) => [name, schema.optional()]))),
  },
  define: (where, config) => {
    checkList(where, config);
    const plan = stackPlan(config);
    const { width, normEpsilon: epsilon, finalNormInitial: initial } = plan;
    const sizes = { width, normEpsilon: epsilon, depth: config.layer_types.length };
    const layer = (scope: Scope, kind: LayerKindName): Layer =>
      residual(rmsNorm(scope.child('norm'), { width, epsilon }), createLayer(listOf(config), kind, scope.child('mixer'), sizes));
    return defineModel({
      ...plan, layers: (scope) => config.layer_types.map((kind, index) => layer(scope.child(index), kind)), finalNorm: (scope) => rmsNorm(scope, { width, epsilon, initial }),
    });
  },
  describe: (config) => describeLayerList(listOf(config)),
});
