import { mamba1 } from '@palimpsest/ssm';
import type { AssembledModel, CheckpointFamily } from '../family.js';
import { assembleScan } from '../scan/assemble.js';
import { readMamba1 } from '../scan/hugging-face.js';
import { isOriginalMamba1, readOriginalMamba1 } from '../scan/original.js';

function assemble(config: unknown, where: string, tokens?: number): AssembledModel {
  const original = isOriginalMamba1(config as Readonly<Record<string, unknown>>); // it has a model_type, or was claimed
  const { stack, plainNormEpsilon: _, ...sizes } = original ? readOriginalMamba1(where, config) : readMamba1(where, config, tokens);
  return assembleScan({ ...stack, mixer: (scope) => mamba1(scope, { width: stack.width, depth: stack.layers, ...sizes }) });
}

/** Mamba (Gu & Dao 2023, arXiv:2312.00752): the authors' folders and those converted to Hugging Face's layout. */
export const mamba: CheckpointFamily = { name: 'mamba', modelTypes: ['mamba'], padsVocabulary: true, claims: isOriginalMamba1, assemble };
