import { causal } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import { attention, defineModel, gatedMlp, residual, rmsNorm } from '@palimpsest/layers';
import type { ModelDefinition } from '@palimpsest/layers';
import { mamba2 } from '@palimpsest/ssm';
import { tttLinear } from '@palimpsest/ttt';

const width = 24;
const norm = { width, epsilon: 1e-5 };
const scan = { width, heads: 6, headSize: 8, stateSize: 16, groups: 2, normGroups: 2, normEpsilon: 1e-5, kernel: 4 };
const learning = { width, heads: 4, headSize: 6, miniBatch: 16, baseRate: 1, normEpsilon: 1e-6, rotary: { theta: 10_000 } };

/** Where tokens see later ones, scans and learners go both ways. */
export function mixed(visibility: Visibility): ModelDefinition {
  const ways = visibility.blockSize === 1 ? {} : { backward: 'separate' } as const;
  return defineModel({
    vocabularySize: 99, width, maximumLength: 1024, visibility, prediction: visibility.blockSize === 1 ? 'next' : 'same', tiedHead: true,
    layers: (scope) => [
      residual(rmsNorm(scope.child('0.norm'), norm), mamba2(scope.child('0.mixer'), { ...scan, ...ways })),
      residual(rmsNorm(scope.child('1.norm'), norm), tttLinear(scope.child('1.mixer'), { ...learning, ...ways })),
      residual(rmsNorm(scope.child('2.norm'), norm), attention(scope.child('2.mixer'), { width, heads: 4, keyHeads: 2, headSize: 6 })),
      residual(rmsNorm(scope.child('3.norm'), norm), gatedMlp(scope.child('3.mixer'), { width, hidden: 64 })),
    ],
    finalNorm: (scope) => rmsNorm(scope, norm),
  });
}
for (const { name, shape, growth } of mixed(causal).states) console.log(name, shape.join(' x '), growth);
