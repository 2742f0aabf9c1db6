import { blockCausal } from '@palimpsest/backbone';
import { attention, buildPass, defineModel, gatedMlp, residual, rmsNorm } from '@palimpsest/layers';

const width = 24;
const norm = { width, epsilon: 1e-6 };
const model = defineModel({
  vocabularySize: 99,
  width,
  maximumLength: 64,
  visibility: blockCausal(8),
  prediction: 'same',
  tiedHead: true,
  layers: (scope) => [
    residual(rmsNorm(scope.child('0.norm'), norm), attention(scope.child('0.mixer'), { width, heads: 4, keyHeads: 2, headSize: 6, rotary: { theta: 10_000 } })),
    residual(rmsNorm(scope.child('1.norm'), norm), gatedMlp(scope.child('1.mlp'), { width, hidden: 64 })),
  ],
  finalNorm: (scope) => rmsNorm(scope, norm),
});
for (const { name, shape } of model.parameters) console.log(name, shape.join(' x '));

const pass = buildPass(model, { batch: 'batch', length: 'length' }); // sizes may be numbers, for training
const scores = model.head(pass.hidden);
console.log('scores', scores.shape.join(' x '));
