import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import { attention, defineModel, gatedMlp, residual, rmsNorm } from '@palimpsest/layers';
import type { Layer, ModelDefinition, Scope } from '@palimpsest/layers';
import { mamba2 } from '@palimpsest/ssm';
import { tttLinear } from '@palimpsest/ttt';
import { expect, test } from 'vitest';

// What a stack of layers cannot be: each is said when the model is defined, before there are weights, by the name of the layer.
const width = 14;
type Mixer = (scope: Scope) => Layer;
const rotary: Mixer = (scope) => attention(scope, { width, heads: 4, keyHeads: 2, headSize: 6, rotary: { theta: 100 } });
const mlp: Mixer = (scope) => gatedMlp(scope, { width, hidden: 9 });
const scan = (backward?: 'shared' | 'separate'): Mixer => (scope) =>
  mamba2(scope, { width, heads: 4, headSize: 6, stateSize: 5, groups: 2, normGroups: 2, normEpsilon: 1e-5, kernel: 4, depth: 2, ...(backward && { backward }) });
const learner = (backward?: 'shared'): Mixer => (scope) => tttLinear(scope, { width, heads: 2, headSize: 6, miniBatch: 3, baseRate: 1, normEpsilon: 1e-5, ...(backward && { backward }) });
const under = (visibility: Visibility, mixer: Mixer): Mixer => (scope) => {
  const layer = mixer(scope);
  return (x, context) => layer(x, { ...context, visibility });
};

function define(visibility: Visibility, mixers: readonly Mixer[]): ModelDefinition {
  const norm = { width, epsilon: 1e-5 };
  return defineModel({
    vocabularySize: 23, width, maximumLength: 64, visibility, prediction: 'next', tiedHead: false,
    layers: (scope) => mixers.map((mixer, layer) => residual(rmsNorm(scope.child(layer).child('norm'), norm), mixer(scope.child(layer).child('mixer')))),
    finalNorm: (scope) => rmsNorm(scope, norm),
  });
}

test.each<[string, Visibility, readonly Mixer[], string]>([
  ['causal attention behind block-causal', blockCausal(5), [rotary, mlp, under(causal, rotary)], 'model.layers.2.mixer: expected block-causal(5) visibility, as the other layers have; got causal. Visibility belongs to the whole model.'],
  ['causal attention before block-causal', blockCausal(5), [under(causal, rotary), rotary], 'model.layers.0.mixer: expected block-causal(5) visibility, as the other layers have; got causal'],
  ['blocks of other sizes', blockCausal(5), [rotary, under(blockCausal(10), scan('shared'))], 'model.layers.1.mixer: expected block-causal(5) visibility, as the other layers have; got block-causal(10)'],
  ['one that sees all among scans', causal, [scan(), under(bidirectional, rotary)], 'model.layers.1.mixer: expected causal visibility, as the other layers have; got bidirectional'],
  ['a learner that sees all', blockCausal(5), [rotary, under(bidirectional, learner('shared'))], 'model.layers.1.mixer: expected block-causal(5) visibility, as the other layers have; got bidirectional'],
  ['a scan that reads forwards alone', blockCausal(5), [rotary, mlp, scan()], "scan model.layers.2.mixer: expected causal visibility; got block-causal(5). Give the layer a backward scan: backward: 'separate'."],
  ['a learner that goes forwards alone', bidirectional, [rotary, learner()], "ttt model.layers.1.mixer: expected causal visibility; got bidirectional. Give the layer a learner that goes backwards: backward: 'separate'."],
])('%s', (_, visibility, mixers, message) => {
  expect(() => define(visibility, mixers)).toThrow(message);
});

test('the control: layers that are told what the model says, and layers that ask for nothing', () => {
  expect(define(blockCausal(5), [under(blockCausal(5), rotary), scan('shared'), mlp, learner('shared')]).visibility.blockSize).toBe(5);
  expect(define(causal, [rotary, scan(), under(causal, learner())]).states.length).toBeGreaterThan(0);
});
