import { GraphError } from '../error.js';
import { add, cast, cos, divide, equal, exp, log, multiply, negate, power, sigmoid, sign, sin, subtract, where } from '../expressions.js';
import { broadcastStrides, emptyReference, forEachIndex, offsetOf } from '../interpreter/reference.js';
import type { Reference } from '../interpreter/reference.js';
import { broadcastShapes } from '../shape.js';
import type { DataType, TensorType, Value } from '../value.js';
import type { OpDefinition, OpTable } from './definition.js';

export type ElementwiseName =
  | 'add' | 'subtract' | 'multiply' | 'divide' | 'power' | 'maximum' | 'minimum' | 'negate' | 'absolute' | 'sign' | 'floor' | 'exp' | 'log'
  | 'sqrt' | 'reciprocal' | 'sin' | 'cos' | 'erf' | 'tanh' | 'sigmoid' | 'softplus' | 'silu' | 'equal' | 'less' | 'lessOrEqual' | 'and' | 'or'
  | 'not' | 'where' | 'cast';

function expectType(where: string, allowed: readonly DataType[], inputs: readonly TensorType[]): void {
  for (const { type } of inputs) {
    if (!allowed.includes(type)) throw new GraphError({ where, expected: allowed.join(' or '), got: type, hint: 'Insert cast.' });
  }
  if (new Set(inputs.map(({ type }) => type)).size > 1) {
    throw new GraphError({ where, expected: 'inputs of one type', got: inputs.map(({ type }) => type).join(', '), hint: 'Insert cast.' });
  }
}

/** Applies `compute` to the elements of all inputs, stretched to the output's shape. */
function broadcastMap(inputs: readonly Reference[], shape: readonly number[], compute: (...operands: number[]) => number): Reference {
  const output = emptyReference(shape);
  const strides = inputs.map((operand) => broadcastStrides(operand.shape, shape));
  const operands = new Array<number>(inputs.length);
  forEachIndex(shape, (flat, coordinates) => {
    for (let i = 0; i < inputs.length; i++) operands[i] = inputs[i]!.data[offsetOf(coordinates, strides[i]!)]!;
    output.data[flat] = compute(...operands);
  });
  return output;
}

type PlainName = Exclude<ElementwiseName, 'cast' | 'where'>;
interface Elementwise {
  readonly onnx: string;
  readonly compute: (...operands: number[]) => number;
  readonly accepts?: readonly DataType[];
  readonly gives?: DataType;
  /** Gradient of each input; `x` are the inputs, `y` the output, `g` the gradient of the output. */
  readonly gradient: ((g: Value, x: readonly Value[], y: Value) => readonly (Value | undefined)[]) | { readonly none: string };
}

function elementwise<K extends PlainName>(op: K, { onnx, compute, accepts = ['float32'], gives, gradient }: Elementwise): OpDefinition<K> {
  return {
    onnx: () => ({ type: onnx }),
    infer: (inputs) => {
      expectType(op, accepts, inputs);
      return [{ shape: broadcastShapes(op, ...inputs.map(({ shape }) => shape)), type: gives ?? inputs[0]!.type }];
    },
    evaluate: (inputs, _, [shape]) => [broadcastMap(inputs, shape!, compute)],
    gradient: typeof gradient === 'object' ? gradient : (node, [g]) => gradient(g!, node.inputs, node.outputs[0]!),
  };
}

const stepwise = { none: 'piecewise constant' } as const;
const numbers: readonly DataType[] = ['float32', 'int64'];
/** The part of `g` that belongs to the side that was chosen; both sides get half of it at a tie. */
const chosen = (g: Value, x: Value, y: Value, other: Value): Value =>
  multiply(g, where(equal(x, other), 0.5, cast(equal(x, y), 'float32')));

export const elementwiseOps: Pick<OpTable, ElementwiseName> = {
  add: elementwise('add', { onnx: 'Add', accepts: numbers, compute: (a, b) => a! + b!, gradient: (g) => [g, g] }),
  subtract: elementwise('subtract', { onnx: 'Sub', accepts: numbers, compute: (a, b) => a! - b!, gradient: (g) => [g, negate(g)] }),
  multiply: elementwise('multiply', { onnx: 'Mul', accepts: numbers, compute: (a, b) => a! * b!, gradient: (g, [a, b]) => [multiply(g, b!), multiply(g, a!)] }),
  divide: elementwise('divide', {
    onnx: 'Div', compute: (a, b) => a! / b!, gradient: (g, [, b], y) => [divide(g, b!), negate(divide(multiply(g, y), b!))],
  }),
  power: elementwise('power', {
    onnx: 'Pow', compute: (a, b) => a! ** b!,
    gradient: (g, [a, b], y) => [multiply(g, multiply(b!, power(a!, subtract(b!, 1)))), multiply(g, multiply(y, log(a!)))],
  }),
  maximum: elementwise('maximum', { onnx: 'Max', accepts: numbers, compute: Math.max, gradient: (g, [a, b], y) => [chosen(g, a!, y, b!), chosen(g, b!, y, a!)] }),
  minimum: elementwise('minimum', { onnx: 'Min', accepts: numbers, compute: Math.min, gradient: (g, [a, b], y) => [chosen(g, a!, y, b!), chosen(g, b!, y, a!)] }),
  negate: elementwise('negate', { onnx: 'Neg', accepts: numbers, compute: (x) => -x!, gradient: (g) => [negate(g)] }),
  absolute: elementwise('absolute', { onnx: 'Abs', compute: Math.abs, gradient: (g, [x]) => [multiply(g, sign(x!))] }),
  sign: elementwise('sign', { onnx: 'Sign', compute: Math.sign, gradient: stepwise }),
  floor: elementwise('floor', { onnx: 'Floor', compute: Math.floor, gradient: stepwise }),
  exp: elementwise('exp', { onnx: 'Exp', compute: Math.exp, gradient: (g, _, y) => [multiply(g, y)] }),
  log: elementwise('log', { onnx: 'Log', compute: Math.log, gradient: (g, [x]) => [divide(g, x!)] }),
  sqrt: elementwise('sqrt', { onnx: 'Sqrt', compute: Math.sqrt, gradient: (g, _, y) => [divide(multiply(g, 0.5), y)] }),
  reciprocal: elementwise('reciprocal', { onnx: 'Reciprocal', compute: (x) => 1 / x!, gradient: (g, _, y) => [negate(multiply(g, multiply(y, y)))] }),
  sin: elementwise('sin', { onnx: 'Sin', compute: Math.sin, gradient: (g, [x]) => [multiply(g, cos(x!))] }),
  cos: elementwise('cos', { onnx: 'Cos', compute: Math.cos, gradient: (g, [x]) => [negate(multiply(g, sin(x!)))] }),
  erf: elementwise('erf', {
    onnx: 'Erf', compute: (x) => errorFunction(x!), gradient: (g, [x]) => [multiply(g, multiply(2 / Math.sqrt(Math.PI), exp(negate(multiply(x!, x!)))))],
  }),
  tanh: elementwise('tanh', { onnx: 'Tanh', compute: Math.tanh, gradient: (g, _, y) => [multiply(g, subtract(1, multiply(y, y)))] }),
  sigmoid: elementwise('sigmoid', { onnx: 'Sigmoid', compute: (x) => logistic(x!), gradient: (g, _, y) => [multiply(g, multiply(y, subtract(1, y)))] }),
  softplus: elementwise('softplus', {
    onnx: 'Softplus', compute: (x) => Math.max(x!, 0) + Math.log1p(Math.exp(-Math.abs(x!))), gradient: (g, [x]) => [multiply(g, sigmoid(x!))],
  }),
  silu: {
    ...elementwise('silu', {
      onnx: 'QuickGelu', compute: (x) => x! * logistic(x!),
      gradient: (g, [x], y) => { // s + y (1 - s)
        const s = sigmoid(x!);
        return [multiply(g, add(s, multiply(y, subtract(1, s))))];
      },
    }),
    onnx: () => ({ type: 'QuickGelu', domain: 'com.microsoft', attributes: { alpha: { float: 1 } } }),
  },
  equal: elementwise('equal', { onnx: 'Equal', accepts: ['float32', 'int64', 'bool'], gives: 'bool', compute: (a, b) => Number(a === b), gradient: stepwise }),
  less: elementwise('less', { onnx: 'Less', accepts: numbers, gives: 'bool', compute: (a, b) => Number(a! < b!), gradient: stepwise }),
  lessOrEqual: elementwise('lessOrEqual', { onnx: 'LessOrEqual', accepts: numbers, gives: 'bool', compute: (a, b) => Number(a! <= b!), gradient: stepwise }),
  and: elementwise('and', { onnx: 'And', accepts: ['bool'], compute: (a, b) => a! & b!, gradient: stepwise }),
  or: elementwise('or', { onnx: 'Or', accepts: ['bool'], compute: (a, b) => a! | b!, gradient: stepwise }),
  not: elementwise('not', { onnx: 'Not', accepts: ['bool'], compute: (x) => 1 - x!, gradient: stepwise }),
  where: {
    onnx: () => ({ type: 'Where' }),
    infer: (inputs) => {
      const [condition, yes, no] = inputs;
      expectType('where: condition', ['bool'], [condition!]);
      expectType('where', ['float32', 'int64', 'bool'], [yes!, no!]);
      return [{ shape: broadcastShapes('where', ...inputs.map(({ shape }) => shape)), type: yes!.type }];
    },
    evaluate: (inputs, _, [shape]) => [broadcastMap(inputs, shape!, (condition, yes, no) => (condition ? yes! : no!))],
    gradient: ({ inputs: [condition] }, [g]) => [undefined, where(condition!, g!, 0), where(condition!, 0, g!)],
  },
  cast: {
    onnx: ({ to }) => ({ type: 'Cast', attributes: { to: { int: { float32: 1, int64: 7, bool: 9 }[to] } } }),
    infer: ([x], { to }) => [{ shape: x!.shape, type: to }],
    evaluate: ([x], { to }) => [{ shape: x!.shape, data: to === 'float32' ? x!.data : x!.data.map(to === 'bool' ? (v) => Number(v !== 0) : Math.trunc) }],
    gradient: ({ inputs: [x], attributes: { to } }, [g]) => [x!.type === 'float32' && to === 'float32' ? g : undefined],
  },
};

const logistic = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/** Power series near zero, continued fraction of the complement beyond (Abramowitz & Stegun 7.1.6 and 7.1.14); error below 1e-15. */
function errorFunction(x: number): number {
  const z = Math.abs(x);
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; term > 1e-18 * sum && n < 200; n++) {
      term *= (2 * z * z) / (2 * n + 1);
      sum += term;
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
  }
  if (z > 6.5) return Math.sign(x);
  let fraction = z;
  for (let k = 120; k >= 1; k--) fraction = z + k / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-z * z) / Math.sqrt(Math.PI) / fraction);
}
