import { convolveOn, defineModel, gatedMlp, residual, rmsNorm, stack } from '@palimpsest/layers';
import type { Layer, ModelDefinition, ModelPlan, Scope } from '@palimpsest/layers';
import { temporalTaps } from './layer/learner.js';

/** Blocks of a TTT layer and a gated MLP, each beside an RMS norm; the paper's two backbones (section 2.6 and its appendix). */
export interface TttModelConfig extends Omit<ModelPlan, 'layers' | 'finalNorm'> {
  readonly layers: number;
  readonly hidden: number;
  readonly normEpsilon: number;
  /** Each block begins with a convolution over the last `kernel` tokens. */
  readonly preConvolution?: { readonly kernel: number };
  /** First value of the last norm's weights; 1 when absent. */
  readonly finalNormInitial?: number;
  /** `tttLinear` or `tttMlp`. */
  readonly mixer: (scope: Scope) => Layer;
}

/** Each channel on its own over time, without an activation. */
function temporalConvolution(scope: Scope, width: number, kernel: number): Layer {
  const taps = temporalTaps(scope, width, kernel);
  const tail = scope.state('tail', [width, kernel - 1], 'fixed');
  return (x, context) => convolveOn(x, [taps], tail, context)[0]!;
}

export function defineTttModel({ layers, hidden, normEpsilon: epsilon, preConvolution, finalNormInitial: initial = 1, mixer, ...plan }: TttModelConfig): ModelDefinition {
  const { width } = plan;
  const outputDeviation = 0.02 / Math.sqrt(2 * layers);
  const block = (scope: Scope): Layer => stack([
    ...(preConvolution === undefined ? [] : [
      residual(rmsNorm(scope.child('conv').child('norm'), { width, epsilon }), temporalConvolution(scope.child('conv').child('conv'), width, preConvolution.kernel)),
    ]),
    residual(rmsNorm(scope.child('seq_norm'), { width, epsilon }), mixer(scope.child('seq_modeling_block'))),
    residual(rmsNorm(scope.child('ffn_norm'), { width, epsilon }), gatedMlp(scope.child('mlp'), { width, hidden, outputDeviation })),
  ]);
  return defineModel({
    ...plan,
    layers: (scope) => Array.from({ length: layers }, (_, layer) => block(scope.child(layer))),
    finalNorm: (scope) => rmsNorm(scope, { width, epsilon, initial }),
  });
}
