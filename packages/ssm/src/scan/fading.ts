import { linearAttention } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import type { Recurrence } from '@palimpsest/layers';
import { attendWithRecent } from './recent.js';
import type { LaggingState } from './recent.js';

/** As `linearAttention` has them. */
export type FadingOperands = { readonly query: Value; readonly key: Value; readonly value: Value; readonly decay: Value };

/** The scan of both papers as a recurrence; with a state that may lag, single tokens leave rows beside it. */
export const fading = (counts: { readonly queryHeads: number; readonly heads: number }, lagging?: LaggingState): Recurrence<FadingOperands> => ({
  run: (operands, past) => linearAttention({ ...operands, ...counts, ...(past && { past }) }),
  ...(lagging && { beside: (operands, context, prefix) => attendWithRecent(operands, lagging, context, prefix) }),
});
