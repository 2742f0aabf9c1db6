import { add, cast, cumulativeSum, divide, reduceSum, reshape } from '@palimpsest/graph';
import type { Layer, Scope } from '@palimpsest/layers';
import { linear } from '@palimpsest/layers';

/**
 * A causal mixer of constant memory: every token reads the mean of all tokens so far.
 *
 *   here   shape                    meaning
 *   x      [batch, length, width]   tokens
 *   sum    [batch, width]           carried state: the sum of all earlier tokens
 *
 *   y[t] = W (sum + x[0] + .. + x[t]) / (position[t] + 1)
 */
export function cumulativeAverage(scope: Scope, { width }: { readonly width: number }): Layer {
  const output = linear(scope.child('output'), { from: width, to: width });
  const sum = scope.state('sum', [width], 'fixed');
  return (x, context) => {
    const { batch, length, positions, prefix } = context;
    const before = prefix && prefix.read(sum); // absent where the sequence starts
    const within = cumulativeSum(x, 1);
    const soFar = before ? add(within, reshape(before, [batch, 1, width])) : within;
    const total = reduceSum(x, { axes: [1] });
    context.keep(sum, before ? add(total, before) : total);
    return output(divide(soFar, reshape(cast(add(positions, 1), 'float32'), [batch, length, 1])));
  };
}
