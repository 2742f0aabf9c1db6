import { mamba1 } from '@palimpsest/ssm';
import type { AssembledModel, CheckpointFamily } from '../family.js';
import { assembleScan } from '../scan/assemble.js';
import { readMamba1 } from '../scan/hugging-face.js';

function assemble(config: unknown, where: string, tokens?: number): AssembledModel {
  const { stack, plainNormEpsilon: epsilon, ...sizes } = readMamba1(where, config, tokens);
  return assembleScan({ ...stack, mixer: (scope) => mamba1(scope, { width: stack.width, depth: stack.layers, ...sizes, plainNorms: { epsilon } }) });
}

/** Falcon Mamba (Zuo et al. 2024, arXiv:2410.05355): Mamba's tensors, and norms that no tensor shows. */
export const falconMamba: CheckpointFamily = { name: 'falcon-mamba', modelTypes: ['falcon_mamba'], padsVocabulary: true, assemble };
