export { apply, applyAll, constant, input, parameter, scalar } from './build.js';
export { addDimensions, multiplyDimensions } from './dimension.js';
export type { Dimension } from './dimension.js';
export { GraphError } from './error.js';
export {
  absolute, add, addElements, and, argMax, attention, blockMatMul, broadcastTo, cast, causalAttention, causalConvolution, concat, cos, cumulativeSum, deltaRule, divide, equal, erf, everyNth, exp, floor, gather,
  gatherElements, layerNormalization, less, lessOrEqual, linearAttention, log, logSoftmax, logSumExp, matMul, maximum, minimum, multiply, negate, not, or,
  pad, power, reciprocal, reduceMax, reduceMean, reduceSum, reshape, reverse, rmsNormalization, rotaryEmbedding, scatterElements, scatterRows,
  sigmoid, sign, silu, sin, slice, softmax, softplus, split, sqrt, subtract, sumRmsNormalization, tanh, topK, transpose, where,
} from './expressions.js';
export type { CausalConvolutionOperands, DeltaRuleOperands, LinearAttentionOperands, Operand, ReductionOptions } from './expressions.js';
export { gradients } from './gradients.js';
export { evaluate } from './interpreter/evaluate.js';
export type { Feeds } from './interpreter/evaluate.js';
export { reference } from './interpreter/reference.js';
export type { Reference } from './interpreter/reference.js';
export { scan } from './scan.js';
export type { ScanOperands, Turn } from './scan.js';
export type { StoredTensor, StoredType } from './onnx/tensor.js';
export { repeatOnnx } from './onnx/repeat.js';
export { writeOnnx } from './onnx/write.js';
export type { GraphToWrite, ParameterStorage } from './onnx/write.js';
export { zeroOf } from './ops/block-mat-mul.js';
export type { OpAttributes, OpName } from './ops/attributes.js';
export type { GradientRule, OpDefinition } from './ops/definition.js';
export { sameShape, showShape } from './shape.js';
export type { Shape } from './shape.js';
export { leavesOf, nodesInOrder } from './traverse.js';
export type { DataType, Node, Origin, TensorType, Value } from './value.js';
export { verify } from './verify.js';
