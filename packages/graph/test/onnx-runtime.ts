import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { DataType, Feeds, Reference } from '../src/index.js';
import { reference } from '../src/index.js';

export type Optimization = 'disabled' | 'all';

/** One thread and a named optimisation level, so that a difference is the operator's and not the machine's. */
const sessionOptions = (optimization: Optimization): InferenceSession.SessionOptions =>
  ({ executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: optimization, logSeverityLevel: 3 });

const tensors: { readonly [type in DataType]: (reference: Reference) => Tensor } = {
  float32: ({ shape, data }) => new Tensor('float32', Float32Array.from(data), [...shape]),
  int64: ({ shape, data }) => new Tensor('int64', BigInt64Array.from(Array.from(data), BigInt), [...shape]),
  bool: ({ shape, data }) => new Tensor('bool', Uint8Array.from(data), [...shape]),
  uint8: ({ shape, data }) => new Tensor('uint8', Uint8Array.from(data), [...shape]),
};

/** Runs a model once in ONNX Runtime; numbers come back as doubles. */
export async function runOnnx(
  model: Uint8Array | string, feeds: Feeds, types: Readonly<Record<string, DataType>>, optimization: Optimization,
): Promise<Readonly<Record<string, Reference>>> {
  const options = sessionOptions(optimization);
  const session = typeof model === 'string' ? await InferenceSession.create(model, options) : await InferenceSession.create(model, options);
  try {
    const fed = session.inputNames.map((name) => [name, tensors[types[name] ?? 'float32'](feeds[name]!)] as const);
    const results = await session.run(Object.fromEntries(fed));
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data }]) => [
        name,
        reference(dims, Array.from(data as ArrayLike<number | bigint>, Number)),
      ]),
    );
  } finally {
    await session.release();
  }
}
