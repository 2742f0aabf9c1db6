// The matrix products of one token of the shipped size and nothing else: below their time no step of this model comes in ONNX Runtime.
import { constant, input, matMul, writeOnnx } from '../packages/graph/dist/index.js';
import { openSession } from '../packages/runtime/dist/index.js';
import { size } from './shipped-size.mjs';

/** `run` multiplies a row by every matrix once: query, key and value as one, gate and up as one. `bytes` is what the matrices hold. */
export async function openProducts(threads) {
  const { width, hidden, heads, headSize, layers, vocabulary } = size;
  const inner = heads * headSize;
  const layer = [[3 * inner, width], [width, inner], [2 * hidden, width], [width, hidden]];
  const shapes = [...Array.from({ length: layers }, () => layer).flat(), [vocabulary, width]];
  const row = (from) => input(`row of ${from}`, [1, from]);
  const filled = (from, seed) => Float32Array.from({ length: from }, (_, i) => Math.sin(0.7 * i + seed));
  const products = shapes.map(([to, from], index) => [`product ${index}`, matMul(row(from), constant([to, from], filled(to * from, index)), { transposeRight: true })]);
  const session = await openSession(writeOnnx({ outputs: Object.fromEntries(products) }), { threads });
  const rows = Object.fromEntries([width, inner, hidden].map((from) => [`row of ${from}`, { type: 'float32', shape: [1, from], data: filled(from, 1) }]));
  return {
    bytes: 4 * shapes.reduce((sum, [to, from]) => sum + to * from, 0),
    run: () => session.run(rows, [`product ${shapes.length - 1}`]), // all are computed, whatever is fetched
    close: () => session[Symbol.asyncDispose](),
  };
}
