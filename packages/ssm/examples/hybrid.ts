import { causal } from '@palimpsest/backbone';
import { attention, defineModel, residual, rmsNorm } from '@palimpsest/layers';
import { mamba2 } from '@palimpsest/ssm';

const width = 24;
const norm = { width, epsilon: 1e-5 };
const scan = { width, heads: 6, headSize: 8, stateSize: 16, groups: 2, normGroups: 2, normEpsilon: 1e-5, kernel: 4 };
const model = defineModel({
  vocabularySize: 99, width, maximumLength: 1024, visibility: causal, prediction: 'next', tiedHead: true,
  layers: (scope) => [
    residual(rmsNorm(scope.child('0.norm'), norm), mamba2(scope.child('0.mixer'), scan)),
    residual(rmsNorm(scope.child('1.norm'), norm), mamba2(scope.child('1.mixer'), scan)),
    residual(rmsNorm(scope.child('2.norm'), norm), attention(scope.child('2.mixer'), { width, heads: 4, keyHeads: 2, headSize: 6 })),
  ],
  finalNorm: (scope) => rmsNorm(scope, norm),
});
for (const { name, shape, growth } of model.states) console.log(name, shape.join(' x '), growth);
