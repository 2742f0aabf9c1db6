import { evaluate, gradients, input, matMul, multiply, parameter, reduceMean, reference, subtract, writeOnnx } from '@palimpsest/graph';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const x = input('x', [3, 2]);
const y = input('y', [3, 1]);
const weight = parameter('weight', [2, 1]);
const error = subtract(matMul(x, weight), y);
const loss = reduceMean(multiply(error, error));
const [slope] = gradients(loss, [weight]); // an ordinary value: differentiate it again if you like

const numbers = { x: [1, 2, 3, 4, 5, 6], y: [1, 0, 2], weight: [0.5, -0.25] };
const feeds = { x: reference([3, 2], numbers.x), y: reference([3, 1], numbers.y), weight: reference([2, 1], numbers.weight) };
const [exact] = evaluate([slope!], feeds); // float64, no native code
console.log('interpreter  ', Array.from(exact!.data, (value) => value.toFixed(4)).join(' '));

const model = writeOnnx({ outputs: { loss, slope: slope! }, storage: () => ({ data: numbers.weight }) });
const session = await InferenceSession.create(model);
const tensor = (data: readonly number[], shape: readonly number[]) => new Tensor(Float32Array.from(data), shape);
const results = await session.run({ x: tensor(numbers.x, [3, 2]), y: tensor(numbers.y, [3, 1]) });
console.log('ONNX Runtime ', Array.from(results['slope']!.data as Float32Array, (value) => value.toFixed(4)).join(' '));
await session.release();
