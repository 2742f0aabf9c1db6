import { PalimpsestError } from '@palimpsest/backbone';
import type { EditingPolicy } from '../editing/editing.js';
import type { Belief } from './belief.js';
import type { Canvas } from './canvas.js';

/** A token and where it is written. */
export interface Edit {
  readonly position: number;
  readonly id: number;
  readonly probability: number;
}

/**
 * What the policy replaces among the positions `written`, which `belief` is about; what was `revoked` in this step is not shown to it.
 *
 * @throws PalimpsestError where it edits anything else, or a position twice.
 */
export function editsOf({ tokens, committedProbability }: Canvas, policy: EditingPolicy, written: Int32Array, belief: Belief, revoked: readonly number[], chance: (position: number) => number): readonly Edit[] {
  const places = Array.from(written.keys()).filter((index) => !revoked.includes(written[index]!));
  const positions = Int32Array.from(places, (index) => written[index]!);
  const chosen = policy.edit({
    written: positions, tokens: positions.map((position) => tokens[position]!), proposals: Int32Array.from(places, (index) => belief.proposals[index]!),
    probability: (index) => belief.probability(places[index]!), committedProbability: (index) => committedProbability[positions[index]!]!, chance,
  });
  return chosen.map((position, order) => {
    const place = places[positions.indexOf(position)];
    if (place === undefined || chosen.indexOf(position) < order) {
      throw new PalimpsestError({ where: `editing policy ${policy.name}`, expected: 'written positions that it was shown, each once', got: String(position) });
    }
    return { position, id: belief.proposals[place]!, probability: belief.probability(place) };
  });
}
