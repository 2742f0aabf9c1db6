import { attentionOps } from './attention.js';
import { blockMatMulOps } from './block-mat-mul.js';
import { causalAttentionOps } from './causal-attention.js';
import { contractionOps } from './contraction.js';
import type { OpTable } from './definition.js';
import { deltaRuleOps } from './delta-rule.js';
import { elementwiseOps } from './elementwise.js';
import { indexingOps } from './indexing.js';
import { movementOps } from './movement.js';
import { normalizationOps } from './normalization.js';
import { reductionOps } from './reduction.js';
import { recurrenceOps } from './recurrence.js';
import { scanOps } from './scan.js';

/** Exhaustive by type: an operation without an entry does not compile. */
export const ops: OpTable = {
  ...elementwiseOps,
  ...contractionOps,
  ...blockMatMulOps,
  ...reductionOps,
  ...movementOps,
  ...indexingOps,
  ...normalizationOps,
  ...attentionOps,
  ...causalAttentionOps,
  ...recurrenceOps,
  ...deltaRuleOps,
  ...scanOps,
};
