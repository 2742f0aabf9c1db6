import { PalimpsestError } from '@palimpsest/backbone';
import { mamba2 as mixer } from '@palimpsest/ssm';
import type { AssembledModel, CheckpointFamily } from '../family.js';
import { assembleScan } from '../scan/assemble.js';
import { readMamba2 } from '../scan/hugging-face.js';
import type { Mamba2Sizes } from '../scan/hugging-face.js';
import { isConsolidated, isOriginalMamba2, readConsolidated, readOriginalMamba2 } from '../scan/original.js';

type Config = Readonly<Record<string, unknown>>;

function read(where: string, config: Config, tokens: number | undefined): Mamba2Sizes {
  if (isOriginalMamba2(config)) return readOriginalMamba2(where, config);
  return isConsolidated(config) ? readConsolidated(where, config) : readMamba2(where, config, tokens);
}

function assemble(config: unknown, where: string, tokens?: number): AssembledModel {
  const { stack, heads, headSize, stateSize, groups, kernel, normGroups: told, stepLimits: [least, most] } = read(where, config as Config, tokens); // it has a model_type, or was claimed
  const normGroups = told ?? groups;
  const { width, normEpsilon, layers: depth } = stack;
  const demand = (holds: boolean, expected: string, got: number): void => {
    if (!holds) throw new PalimpsestError({ where, expected, got: `${got}` });
  };
  demand(Number.isInteger(heads), 'a head size that divides the inner width', headSize);
  demand(heads % groups === 0, `groups that divide the ${heads} heads`, groups);
  demand((heads * headSize) % normGroups === 0, `norm groups that divide the inner width, ${heads * headSize}`, normGroups);
  const limits = least > 0 || most < Infinity ? { stepLimits: { least, most } } : {};
  const assembled = assembleScan({
    ...stack, mixer: (scope) => mixer(scope, { width, heads, headSize, stateSize, groups, normGroups, normEpsilon, kernel, depth, ...limits }),
  });
  return groups === 1 || told !== undefined ? assembled : { ...assembled, assumptions: [normOf(groups)] };
}

const normOf = (groups: number): string =>
  `The gated norm is taken over each of the ${groups} groups, as the authors' code trains it; some libraries take it over the whole width. A key norm_groups in the config decides.`;

/**
 * Mamba-2 (Dao & Gu 2024, arXiv:2405.21060): the authors' folders, those converted to Hugging Face's layout, and Codestral Mamba in both of
 * Mistral's layouts.
 */
export const mamba2: CheckpointFamily = {
  name: 'mamba2', modelTypes: ['mamba2'], padsVocabulary: true, claims: (config) => isOriginalMamba2(config) || isConsolidated(config), assemble,
};
