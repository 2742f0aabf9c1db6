import { add, cos, divide, equal, exp, less, log, multiply, negate, power, sigmoid, sin, subtract, where } from '../expressions.js';
import { broadcastStrides, emptyReference, forEachIndex, offsetOf } from '../interpreter/reference.js';
import type { Reference } from '../interpreter/reference.js';
import { broadcastShapes } from '../shape.js';
import type { DataType, Value } from '../value.js';
import type { OpDefinition, OpTable } from './definition.js';
import { anyType, expectInputs, expectType, numbers } from './expect.js';

export type ElementwiseName =
  | 'add' | 'subtract' | 'multiply' | 'divide' | 'power' | 'maximum' | 'minimum' | 'negate' | 'absolute' | 'sign' | 'floor' | 'exp' | 'log'
  | 'sqrt' | 'reciprocal' | 'sin' | 'cos' | 'erf' | 'tanh' | 'sigmoid' | 'softplus' | 'silu' | 'equal' | 'less' | 'lessOrEqual' | 'and'
  | 'or' | 'not' | 'where' | 'cast';

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
type Compute = (...operands: number[]) => number;
/** Gradient of each input; `x` are the inputs, `y` the output, `g` the gradient of the output. */
type Rule = (g: Value, x: readonly Value[], y: Value) => readonly (Value | undefined)[];
interface Elementwise {
  readonly onnx: string;
  readonly inputs: 1 | 2;
  readonly accepts: readonly DataType[];
  readonly gives?: DataType;
  readonly compute: Compute;
  readonly gradient: Rule | { readonly none: string };
}

function elementwise<K extends PlainName>(op: K, { onnx, inputs: count, accepts, gives, compute, gradient }: Elementwise): OpDefinition<K> {
  return {
    onnx: () => ({ type: onnx }),
    infer: (inputs) => {
      expectInputs(op, inputs, count);
      expectType(op, accepts, inputs);
      return [{ shape: broadcastShapes(op, ...inputs.map(({ shape }) => shape)), type: gives ?? inputs[0]!.type }];
    },
    evaluate: (inputs, _, [shape]) => [broadcastMap(inputs, shape!, compute)],
    gradient: typeof gradient === 'object' ? gradient : (node, [g]) => gradient(g!, node.inputs, node.outputs[0]!),
  };
}

const floats: readonly DataType[] = ['float32'];
const stepwise = { none: 'piecewise constant' } as const;

const unary = <K extends PlainName>(
  op: K,
  onnx: string,
  compute: Compute,
  gradient: Rule | typeof stepwise,
  accepts = floats,
): OpDefinition<K> => elementwise(op, { onnx, inputs: 1, accepts, compute, gradient });
const binary = <K extends PlainName>(op: K, onnx: string, compute: Compute, gradient: Rule, accepts = numbers): OpDefinition<K> =>
  elementwise(op, { onnx, inputs: 2, accepts, compute, gradient });
const comparison = <K extends PlainName>(op: K, onnx: string, accepts: readonly DataType[], compute: Compute): OpDefinition<K> =>
  elementwise(op, { onnx, inputs: 2, accepts, gives: 'bool', compute, gradient: stepwise });

/** The part of `g` that belongs to the side that was chosen; both sides get half of it at a tie. */
const chosen: Rule = (g, [left, right], y) => {
  const half = multiply(g, 0.5);
  const side = (x: Value): Value => where(equal(left!, right!), half, where(equal(x, y), g, 0));
  return [side(left!), side(right!)];
};

export const elementwiseOps: Pick<OpTable, ElementwiseName> = {
  add: binary('add', 'Add', (a, b) => a! + b!, (g) => [g, g]),
  subtract: binary('subtract', 'Sub', (a, b) => a! - b!, (g) => [g, negate(g)]),
  multiply: binary('multiply', 'Mul', (a, b) => a! * b!, (g, [a, b]) => [multiply(g, b!), multiply(g, a!)]),
  divide: binary('divide', 'Div', (a, b) => a! / b!, (g, [, b], y) => [divide(g, b!), negate(divide(multiply(g, y), b!))], floats),
  power: binary('power', 'Pow', (a, b) => a! ** b!, (g, [a, b], y) => [
    multiply(g, multiply(b!, power(a!, subtract(b!, 1)))),
    multiply(g, multiply(y, log(a!))),
  ], floats),
  maximum: binary('maximum', 'Max', Math.max, chosen),
  minimum: binary('minimum', 'Min', Math.min, chosen),
  negate: unary('negate', 'Neg', (x) => -x!, (g) => [negate(g)], numbers),
  absolute: unary('absolute', 'Abs', Math.abs, (g, [x]) => [where(equal(x!, 0), 0, where(less(x!, 0), negate(g), g))]),
  sign: unary('sign', 'Sign', Math.sign, stepwise),
  floor: unary('floor', 'Floor', Math.floor, stepwise),
  exp: unary('exp', 'Exp', Math.exp, (g, _, y) => [multiply(g, y)]),
  log: unary('log', 'Log', Math.log, (g, [x]) => [divide(g, x!)]),
  sqrt: unary('sqrt', 'Sqrt', Math.sqrt, (g, _, y) => [divide(multiply(g, 0.5), y)]),
  reciprocal: unary('reciprocal', 'Reciprocal', (x) => 1 / x!, (g, _, y) => [negate(multiply(g, multiply(y, y)))]),
  sin: unary('sin', 'Sin', Math.sin, (g, [x]) => [multiply(g, cos(x!))]),
  cos: unary('cos', 'Cos', Math.cos, (g, [x]) => [negate(multiply(g, sin(x!)))]),
  erf: unary('erf', 'Erf', (x) => errorFunction(x!), (g, [x]) => [
    multiply(g, multiply(2 / Math.sqrt(Math.PI), exp(negate(multiply(x!, x!))))),
  ]),
  tanh: unary('tanh', 'Tanh', Math.tanh, (g, _, y) => [multiply(g, subtract(1, multiply(y, y)))]),
  sigmoid: unary('sigmoid', 'Sigmoid', (x) => logistic(x!), (g, _, y) => [multiply(g, multiply(y, subtract(1, y)))]),
  softplus: unary('softplus', 'Softplus', (x) => Math.max(x!, 0) + Math.log1p(Math.exp(-Math.abs(x!))), (g, [x]) => [
    multiply(g, sigmoid(x!)),
  ]),
  silu: {
    ...unary('silu', 'QuickGelu', (x) => x! * logistic(x!), (g, [x], y) => { // s + y (1 - s)
      const s = sigmoid(x!);
      return [multiply(g, add(s, multiply(y, subtract(1, s))))];
    }),
    onnx: () => ({ type: 'QuickGelu', domain: 'com.microsoft', attributes: { alpha: { float: 1 } } }),
  },
  equal: comparison('equal', 'Equal', anyType, (a, b) => Number(a === b)),
  less: comparison('less', 'Less', numbers, (a, b) => Number(a! < b!)),
  lessOrEqual: comparison('lessOrEqual', 'LessOrEqual', numbers, (a, b) => Number(a! <= b!)),
  and: comparison('and', 'And', ['bool'], (a, b) => a! & b!),
  or: comparison('or', 'Or', ['bool'], (a, b) => a! | b!),
  not: unary('not', 'Not', (x) => 1 - x!, stepwise, ['bool']),
  where: {
    onnx: () => ({ type: 'Where' }),
    infer: (inputs) => {
      expectInputs('where', inputs, 3);
      const [condition, ...branches] = inputs;
      expectType('where: condition', ['bool'], [condition!]);
      expectType('where', numbers, branches);
      return [{ shape: broadcastShapes('where', ...inputs.map(({ shape }) => shape)), type: branches[0]!.type }];
    },
    evaluate: (inputs, _, [shape]) => [broadcastMap(inputs, shape!, (condition, yes, no) => (condition ? yes! : no!))],
    gradient: ({ inputs: [condition] }, [g]) => [undefined, where(condition!, g!, 0), where(condition!, 0, g!)],
  },
  cast: {
    onnx: ({ to }) => ({ type: 'Cast', attributes: { to: { elementType: to } } }),
    infer: (inputs, { to }) => {
      expectInputs('cast', inputs, 1);
      return [{ shape: inputs[0]!.shape, type: to }];
    },
    evaluate: ([x], { to }) => [
      { shape: x!.shape, data: to === 'float32' ? x!.data : x!.data.map(to === 'bool' ? (v) => Number(v !== 0) : Math.trunc) },
    ],
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
