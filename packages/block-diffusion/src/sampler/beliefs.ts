import type { Belief } from '@palimpsest/diffusion/reverse-process';

/** What was said of some cells, then what was said of those behind them. */
export function joinBeliefs(beliefs: readonly Belief[]): Belief {
  if (beliefs.length === 1) return beliefs[0]!;
  const places = beliefs.flatMap((belief) => Array.from(belief.proposals.keys(), (index) => ({ belief, index })));
  const of = (measure: 'probability' | 'margin' | 'entropy') => (index: number): number => places[index]!.belief[measure](places[index]!.index);
  return { proposals: Int32Array.from(places, ({ belief, index }) => belief.proposals[index]!), probability: of('probability'), margin: of('margin'), entropy: of('entropy') };
}
