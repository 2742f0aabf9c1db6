/**
 * A model runs as two graphs, so that every way of asking shares its layers: a *trunk* gives the hidden rows that are wanted and
 * what the tokens leave behind; a *head* scores hidden rows and reduces the scores.
 *
 *   first       trunk for contexts that are empty
 *   continued   trunk for contexts with a prefix
 *   rows ..     head for any number of rows
 *   step ..     both at once for one token of one context with a prefix, which decoding a single sequence asks for
 */
export type TrunkName = 'first' | 'continued';
export type HeadName = `rows ${Reduction}`;
export type StepName = `step ${Reduction}`;
export type Reduction = 'logits' | 'targets' | `top ${number}`;
export type GraphName = TrunkName | HeadName | StepName;

export const isStep = (name: GraphName): name is StepName => name.startsWith('step ');
export const reductionOf = (name: HeadName | StepName): Reduction => name.slice('rows '.length) as Reduction; // by the type's pattern
