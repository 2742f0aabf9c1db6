import type { DataType, Value } from '../value.js';
import type { Shape } from '../shape.js';

type None = Readonly<Record<never, never>>;
interface Axis {
  readonly axis: number;
}
interface Reduction {
  readonly axes: readonly number[];
  readonly keepDimensions: boolean;
}

/**
 * Every operation there is, with its attributes; axes count from the front. The table of rules maps over these names, so a
 * missing rule does not compile.
 */
export interface OpAttributes {
  readonly add: None;
  readonly subtract: None;
  readonly multiply: None;
  readonly divide: None;
  readonly power: None;
  readonly maximum: None;
  readonly minimum: None;
  readonly negate: None;
  readonly absolute: None;
  readonly sign: None;
  readonly floor: None;
  readonly exp: None;
  readonly log: None;
  readonly sqrt: None;
  readonly reciprocal: None;
  readonly sin: None;
  readonly cos: None;
  readonly erf: None;
  readonly tanh: None;
  readonly sigmoid: None;
  readonly softplus: None;
  readonly silu: None;
  readonly equal: None;
  readonly less: None;
  readonly lessOrEqual: None;
  readonly and: None;
  readonly or: None;
  readonly not: None;
  readonly where: None;
  readonly cast: { readonly to: DataType };
  readonly matMul: { readonly transposeLeft: boolean; readonly transposeRight: boolean };
  readonly blockMatMul: { readonly bits: 4 | 8 };
  readonly reduceSum: Reduction;
  readonly reduceMax: Reduction;
  readonly argMax: Axis;
  readonly topK: { readonly count: number };
  readonly cumulativeSum: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean };
  readonly softmax: Axis;
  readonly logSoftmax: Axis;
  readonly reshape: { readonly shape: Shape };
  readonly transpose: { readonly permutation: readonly number[] };
  readonly broadcastTo: { readonly shape: readonly number[] };
  readonly concat: Axis;
  /** An `end` of Infinity stands for a size that is a name. */
  readonly slice: { readonly axis: number; readonly start: number; readonly end: number };
  readonly split: { readonly axis: number; readonly sizes: readonly number[] };
  readonly reverse: Axis;
  /** Entries 0, step, 2 · step, .. */
  readonly everyNth: { readonly axis: number; readonly step: number };
  readonly pad: { readonly axis: number; readonly before: number; readonly after: number };
  readonly gather: Axis;
  readonly gatherElements: Axis;
  readonly scatterElements: { readonly axis: number; readonly size: number };
  readonly rmsNormalization: { readonly epsilon: number };
  readonly sumRmsNormalization: { readonly epsilon: number };
  readonly layerNormalization: { readonly epsilon: number };
  readonly rotaryEmbedding: { readonly interleaved: boolean };
  /** `heads` where they lie side by side in each row. */
  readonly attention: { readonly scale: number; readonly heads?: HeadCounts };
  readonly causalAttention: { readonly scale: number; readonly heads: HeadCounts };
  readonly linearAttention: { readonly queryHeads: number; readonly heads: number };
  readonly deltaRule: { readonly heads: number };
  readonly causalConvolution: None;
  /** `backwards` takes the last slice first; results lie at their slice's place either way. */
  readonly scan: { readonly body: ScanBody; readonly backwards: boolean };
}

export interface HeadCounts {
  readonly query: number;
  /** Of keys and values; divides `query`. */
  readonly key: number;
}

/** One turn of a scan as an expression: what it reads is its inputs and constants, nothing else. */
export interface ScanBody {
  readonly carried: readonly Value[];
  readonly slices: readonly Value[];
  readonly shared: readonly Value[];
  /** What the next turn is given as `carried`. */
  readonly next: readonly Value[];
  readonly results: readonly Value[];
}

export type OpName = keyof OpAttributes;
