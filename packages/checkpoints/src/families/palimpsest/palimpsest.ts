import { PalimpsestError } from '@palimpsest/backbone';
import type { CheckpointFamily } from '../family.js';
import { stacks } from './stacks/index.js';
import type { PalimpsestConfig } from './stacks/index.js';
import type { Stack } from './stacks/stack.js';

const modelTypes = stacks.map(({ modelType }) => modelType);

function stackOf(where: string, config: unknown): Stack {
  const type = typeof config === 'object' && config !== null && 'model_type' in config ? config.model_type : undefined;
  const stack = stacks.find(({ modelType }) => modelType === type);
  if (stack === undefined) throw new PalimpsestError({ where, expected: `a model_type among ${modelTypes.join(', ')}`, got: JSON.stringify(type) ?? 'none' });
  return stack;
}

/** The layers of a model trained here, in words. @throws PalimpsestError when the config is malformed. */
export const describeLayers = (where: string, config: PalimpsestConfig): string => stackOf(where, config).describe(where, config);

/** The models trained here. */
export const palimpsest: CheckpointFamily = { name: 'palimpsest', modelTypes, assemble: (config, where) => stackOf(where, config).assemble(where, config) };
