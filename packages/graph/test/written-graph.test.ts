import { fromBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import {
  add, applyAll, cast, concat, constant, evaluate, input, multiply, parameter, reduceSum, reference, reshape, scalar, scatterRows, topK,
  writeOnnx,
} from '../src/index.js';
import type { GraphToWrite, Reference, Value } from '../src/index.js';
import { ModelProtoSchema } from '../src/onnx/generated/onnx_pb.js';
import { randomReference } from '../src/testing/index.js';
import { runOnnx } from './onnx-runtime.js';

const x = input('x', [3]);
const fedX = reference([3], [1, -2, 4]);
const run = (graph: GraphToWrite): Promise<Readonly<Record<string, Reference>>> => runOnnx(writeOnnx(graph), { x: fedX }, {}, 'all');
const numbers = (value: Reference | undefined): readonly number[] => Array.from(value!.data);

describe('outputs', () => {
  test('may be an input, a constant, a parameter, and one value under two names', async () => {
    const doubled = add(x, x);
    const results = await run({
      outputs: {
        copy: x,
        seven: scalar(7),
        weight: parameter('w', [2]),
        doubled,
        again: doubled,
        flag: constant([2], [1, 0], 'bool'),
        big: constant([1], [2 ** 40 + 1], 'int64'),
      },
      storage: () => ({ data: [0.5, -0.25] }),
    });
    expect(Object.fromEntries(Object.entries(results).map(([name, value]) => [name, numbers(value)]))).toEqual({
      copy: [1, -2, 4], seven: [7], weight: [0.5, -0.25], doubled: [2, -4, 8], again: [2, -4, 8], flag: [1, 0], big: [2 ** 40 + 1],
    });
  });

  test('an output that others build on keeps its own numbers', async () => {
    const doubled = add(x, x);
    const { first, second } = await run({ outputs: { first: doubled, second: multiply(doubled, doubled) } });
    expect([numbers(first), numbers(second)]).toEqual([[2, -4, 8], [4, 16, 64]]);
  });

  test('one output of a node with two, in either place', async () => {
    const { values, indices } = topK(x, 2);
    expect(numbers((await run({ outputs: { values } }))['values'])).toEqual([4, 1]);
    expect(numbers((await run({ outputs: { indices } }))['indices'])).toEqual([2, 0]);
    expect(numbers((await run({ outputs: { sum: add(cast(indices, 'float32'), values) } }))['sum'])).toEqual([6, 1]);
  });

  test.each(['v0', 'k0', 'c0', 'n0', 'w.stored0'])(
    '%s, a name like those that are made up, may be an output, an input or a parameter',
    async (name) => {
      const [own, long, weight] = [input(name, [3]), constant([20], new Array<number>(20).fill(2)), parameter('w', [1])];
      const sum = (value: Value): Value => add(multiply(add(value, scalar(1)), reduceSum(long)), weight);
      const storage = (): { readonly data: readonly number[] } => ({ data: [100] });
      const asInput = await runOnnx(writeOnnx({ outputs: { y: sum(own) }, storage }), { [name]: fedX }, {}, 'disabled');
      const asOutput = await run({ outputs: { y: multiply(sum(x), 1), [name]: sum(x) }, storage });
      const asParameter = await run({
        outputs: { y: add(sum(x), parameter(name, [3])) },
        storage: (which) => ({ data: which === 'w' ? [100] : [0, 0, 0] }),
      });
      for (const { y } of [asInput, asOutput, asParameter]) expect(numbers(y)).toEqual([180, 60, 300]);
      expect(numbers(asOutput[name])).toEqual([180, 60, 300]);
    },
  );

  test('a name that an input or parameter has is refused', () => {
    expect(() => writeOnnx({ outputs: { x: add(x, x) } })).toThrow(
      /^writeOnnx: output x: expected a name that no input or parameter has; got 'x'\. Rename the output\.$/,
    );
    expect(() => writeOnnx({ outputs: { x } })).toThrow(/a name that no input or parameter has/);
  });
});

describe('inputs', () => {
  test('declared ones exist in their order though nothing reads them, and are declared once', async () => {
    const unused = input('unused', ['batch', 2], 'int64');
    const session = await InferenceSession.create(writeOnnx({ outputs: { y: add(x, input('x', [3])) }, inputs: [unused, x] }));
    expect(session.inputNames).toEqual(['unused', 'x']);
    const { y } = await session.run({
      unused: new Tensor('int64', new BigInt64Array(2), [1, 2]),
      x: new Tensor(Float32Array.of(1, -2, 4)),
    });
    expect(Array.from(y!.data as Float32Array)).toEqual([2, -4, 8]);
    await session.release();
  });

  test('a parameter may be fed', async () => {
    const model = writeOnnx({ outputs: { y: multiply(x, parameter('w', [3])) }, storage: () => 'input' });
    const { y } = await runOnnx(model, { x: fedX, w: reference([3], [2, 3, 5]) }, {}, 'all');
    expect(numbers(y)).toEqual([2, -6, 20]);
  });

  test('a result declared as an input is refused', () => {
    expect(() => writeOnnx({ outputs: { y: x }, inputs: [add(x, x)] })).toThrow(
      /^writeOnnx: inputs: expected inputs and parameters; got an output of add\.$/,
    );
  });
});

describe('constants', () => {
  test('of one content and different type or shape stay apart, and so do zero and minus zero', async () => {
    const one = (shape: readonly number[], type: Value['type'] = 'float32'): Value => constant(shape, [1], type);
    const flat = (value: Value): Value => cast(reshape(value, [1]), 'float32');
    const { y } = await run({
      outputs: {
        y: concat(
          [one([]), one([1]), one([1, 1]), one([1], 'int64'), one([1], 'bool'), constant([1], [0]), constant([1], [-0])].map(flat),
          0,
        ),
      },
    });
    expect(numbers(y)).toEqual([1, 1, 1, 1, 1, 0, -0]);
  });

  test('equal small ones are written once', () => {
    const y = Array.from({ length: 9 }).reduce<Value>((sum) => add(sum, scalar(0.1)), add(x, scalar(0.2)));
    const { graph } = fromBinary(ModelProtoSchema, writeOnnx({ outputs: { y } }));
    expect(graph!.initializer).toHaveLength(2);
    expect(graph!.node).toHaveLength(10);
  });
});

describe('sums over repeated rows', () => {
  test('are whole with two threads', async () => {
    const [count, width] = [8192, 48];
    const updates = input('updates', [count, width]);
    const rows = input('rows', [count], 'int64');
    const session = await InferenceSession.create(writeOnnx({ outputs: { y: scatterRows(updates, rows, 3) }, inputs: [updates, rows] }), {
      intraOpNumThreads: 2,
    });
    const feeds = {
      updates: new Tensor(new Float32Array(count * width).fill(1), [count, width]),
      rows: new Tensor(
        BigInt64Array.from({ length: count }, (_, i) => BigInt(i % 2)),
        [count],
      ),
    };
    for (let repetition = 0; repetition < 5; repetition++) {
      const { y } = await session.run(feeds);
      expect(new Set((y!.data as Float32Array).subarray(0, 2 * width))).toEqual(new Set([count / 2]));
      expect(new Set((y!.data as Float32Array).subarray(2 * width))).toEqual(new Set([0]));
    }
    await session.release();
  });
});

describe('storage', () => {
  test('missing or of another size is refused', () => {
    const graph = { outputs: { y: add(parameter('layer.weight', [2, 3]), 1) } };
    expect(() => writeOnnx(graph)).toThrow(/^writeOnnx: expected storage for parameter layer\.weight; got none\. Pass storage/);
    expect(() => writeOnnx({ ...graph, storage: () => ({ data: [1, 2] }) })).toThrow(
      /^parameter layer\.weight: expected 6 numbers for \[2, 3\]; got 2\.$/,
    );
    expect(() => writeOnnx({ ...graph, storage: () => ({ location: 'a', offset: 0, bytes: 24, type: 'F16' }) })).toThrow(
      /^parameter layer\.weight: expected 12 bytes of F16 for \[2, 3\]; got 24\.$/,
    );
  });
});

test('a graph that is not legal is not written', () => {
  const [copied] = applyAll('add', [x, x], {});
  expect(() => writeOnnx({ outputs: { y: { ...copied! } } })).toThrow(/^verify: graph output 0/);
});

test('numbers survive: what is written is what the interpreter reads', async () => {
  const data = randomReference([301], 3, { from: -1e3, to: 1e3 });
  const { y } = await run({ outputs: { y: constant([301], data.data) } });
  expect(y).toEqual(evaluate([constant([301], data.data)])[0]);
});
