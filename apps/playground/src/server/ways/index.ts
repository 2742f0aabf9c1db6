import type { ModelSummary } from '../../protocol/model.js';
import { autoregressive } from './autoregressive.js';
import { blockDiffusion } from './block-diffusion.js';
import { maskedDiffusion } from './masked-diffusion.js';
import type { Way } from './way.js';

/** To add a way of generating, write its file and name it here. */
const ways: readonly Way[] = [autoregressive, maskedDiffusion, blockDiffusion];

export type { Way } from './way.js';

export function waysFor(model: ModelSummary): readonly Way[] {
  return ways.filter((way) => way.runsOn(model));
}
