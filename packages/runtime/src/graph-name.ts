/**
 * A model runs as two graphs, so that every way of asking shares its layers: a *trunk* gives the hidden rows that are wanted and
 * what the tokens leave behind; a *head* scores hidden rows and reduces the scores.
 *
 *   first       trunk for contexts that are empty
 *   continued   trunk for contexts with a prefix
 *   singles     the same for one token each, by the arithmetic of a step, so that a token's numbers do not depend on company
 *   rows ..     head for any number of rows
 *   step ..     both at once for one token of one context with a prefix, which decoding a single sequence asks for
 *   first look ..      trunk `first` and head at once, where nothing is kept and all that is wanted is reduced alike
 *   continued look ..  the same for contexts with a prefix
 *   fold        no tokens: the states of one context after the tokens of which it keeps rows
 */
export type TrunkName = 'first' | 'continued' | 'singles';
export type HeadName = `rows ${Reduction}`;
export type StepName = `step ${Reduction}`;
export type LookName = `${'first' | 'continued'} look ${Reduction}`;
export type Reduction = 'logits' | 'targets' | 'draw' | 'nucleus' | `top ${number}`;
export type GraphName = TrunkName | HeadName | StepName | LookName | 'fold';

export const isHead = (name: GraphName): name is HeadName => name.startsWith('rows ');
export const isStep = (name: GraphName): name is StepName => name.startsWith('step ');
export const isLook = (name: GraphName): name is LookName => name.includes(' look ');
export const trunkOf = (name: LookName): TrunkName => name.slice(0, name.indexOf(' look ')) as TrunkName; // by the type's pattern, as below
export const reductionOf = (name: HeadName | StepName | LookName): Reduction => name.slice(/^(rows|step|.* look) /.exec(name)![0].length) as Reduction;
