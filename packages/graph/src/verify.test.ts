import { describe, expect, test } from 'vitest';
import { add, constant, input, multiply, parameter, topK, verify } from './index.js';
import type { Node, Value } from './index.js';

const x = input('x', [2, 3]);
/** The output of an addition that claims another type than its rule gives. */
function claiming(claims: readonly Partial<Value>[]): Value {
  const outputs: Value[] = [];
  const node: Node = { op: 'add', inputs: [x, x], attributes: {}, outputs };
  claims.forEach((claim, output) =>
    outputs.push({ shape: [2, 3], type: 'float32', origin: { kind: 'operation', node, output }, ...claim }),
  );
  return outputs[0]!;
}

describe('legal', () => {
  test.each<[string, readonly Value[]]>([
    ['nothing', []],
    ['a leaf', [x]],
    ['two inputs of one name and one meaning', [add(x, input('x', [2, 3]))]],
    ['both outputs of a node', Object.values(topK(x, 2))],
    ['an honest claim', [claiming([{}])]],
  ])('%s', (_, outputs) => { expect(() => { verify(outputs); }).not.toThrow(); });
});

describe('illegal', () => {
  const sum = add(x, 1);
  test.each<[string, readonly Value[], RegExp]>([
    [
      'one name, two shapes',
      [x, input('x', [3, 2])],
      /^verify: x: expected one meaning for a name; got input float32 \[2, 3\] and input float32 \[3, 2\]\.$/,
    ],
    ['one name, two types', [x, input('x', [2, 3], 'int64')], /input float32 \[2, 3\] and input int64 \[2, 3\]/],
    ['one name, input and parameter', [add(x, parameter('x', [2, 3]))], /input float32 \[2, 3\] and parameter float32 \[2, 3\]/],
    ['an empty name', [input('', [1])], /^verify: input: expected a name; got an empty one\.$/],
    [
      'an output of another shape',
      [claiming([{ shape: [3, 2] }])],
      /^verify: add, output 0: expected float32 \[2, 3\]; got float32 \[3, 2\]\.$/,
    ],
    [
      'an output of another type',
      [multiply(claiming([{ type: 'int64' }]), constant([], [2], 'int64'))],
      /^verify: add, output 0: expected float32 \[2, 3\]; got int64 \[2, 3\]\.$/,
    ],
    ['an output too many', [claiming([{}, {}])], /^verify: add: expected 1 outputs; got 2\.$/],
    [
      'a copy of a value that a node reads',
      [multiply({ ...sum, shape: [2, 3] }, 2)],
      /^verify: multiply, input 0: expected an output of add; got a copy of one, float32 \[2, 3\]\. Values are not to be spread\.$/,
    ],
    ['a copy of a value as output', [{ ...sum }], /^verify: graph output 0: expected an output of add; got a copy/],
    [
      'a constant with too few numbers',
      [{ ...constant([2], [1, 2]), shape: [2, 3] }],
      /^verify: constant: expected 6 numbers for \[2, 3\]; got 2\.$/,
    ],
  ])('%s', (_, outputs, message) => {
    expect(() => {
      verify(outputs);
    }).toThrow(message);
  });
});
