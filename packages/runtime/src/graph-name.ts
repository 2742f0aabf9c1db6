/**
 * A model runs as two graphs, so that every way of asking shares its layers: a *trunk* gives the hidden rows that are wanted and
 * what the tokens leave behind; a *head* scores hidden rows and reduces the scores.
 *
 *   first       contexts that are empty
 *   continued   contexts with a prefix
 *   step        one context with a prefix, one token: what decoding a single sequence asks for
 */
export type TrunkName = 'first' | 'continued' | 'step';
/** A head for any number of rows, or for one. */
export type HeadName = `${'rows' | 'row'} ${Reduction}`;
export type Reduction = 'logits' | 'targets' | `top ${number}`;
export type GraphName = TrunkName | HeadName;

export const isTrunk = (name: GraphName): name is TrunkName => name === 'first' || name === 'continued' || name === 'step';
export const reductionOf = (head: HeadName): Reduction => head.slice(head.indexOf(' ') + 1) as Reduction; // by the type's pattern
/** Passes of one row take one thread: waking a second costs more than it computes. */
export const isOneRow = (name: GraphName): boolean => name === 'step' || name.startsWith('row ');
