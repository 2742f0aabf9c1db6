import { GraphError, add } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import type { LayerContext, Scope } from '../layer.js';
import { expectOneVisibility } from '../one-visibility.js';
import { forwardsBesideClean } from './beside-clean.js';
import { backwards, forwards } from './way.js';
import type { Way } from './way.js';

/** What a layer computes from what it read of its tokens, going one way; the result is in the order of time. */
export type Scan<Input> = (input: Input, way: Way, context: LayerContext) => Value;

/** Whether a backward scan has parameters of its own or those of the forward scan. */
export type BackwardWeights = 'shared' | 'separate';

/**
 * The forward scan goes on from the prefix, the backward scan stays within each block of visibility; their outputs are added (BiMamba in
 * Schiff et al. 2024, arXiv:2403.03234, section 3.1, adds them after the output projection, which here both share).
 * @throws GraphError where tokens are to see later ones and there is no backward scan.
 */
export function scanBothWays<Input>(scope: Scope, create: (scope: Scope) => Scan<Input>, backwardWeights: BackwardWeights | undefined): (input: Input, context: LayerContext) => Value {
  const forward = create(scope);
  const backward = backwardWeights === 'separate' ? create(scope.child('backward')) : backwardWeights && forward;
  return (input, context) => {
    expectOneVisibility(scope.path, context);
    const { visibility: { name, blockSize }, noisyLength } = context;
    if (backward === undefined && blockSize !== 1) {
      throw new GraphError({ where: `scan ${scope.path}`, expected: 'causal visibility', got: name, hint: "Give the layer a backward scan: backward: 'separate'." });
    }
    const there = forward(input, noisyLength === undefined ? forwards(context) : forwardsBesideClean(context, noisyLength), context);
    return backward === undefined ? there : add(there, backward(input, backwards(context), context));
  };
}
