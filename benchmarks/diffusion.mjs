// Masked-diffusion generation of a canvas, ours against LLaDA's published loop in PyTorch, in turn, with the same weights; then one pass
// over the canvas against plain matrix products, in turn as well: which share of the machine's rate it reaches.
// Build first; then: PYTHON=… node benchmarks/diffusion.mjs [--rounds=9] [--canvas=128] [--steps=128] [--prompt=8] [--threads=2] [--thread=worker|own] [--weights=FOLDER]
import { openCheckpoint } from '../packages/checkpoints/dist/index.js';
import { generateMaskedDiffusion, lowConfidence } from '../packages/diffusion/dist/index.js';
import { estimateFlopsPerPosition, sideBySide } from '../packages/evaluation/dist/index.js';
import { constant, input, matMul, writeOnnx } from '../packages/graph/dist/index.js';
import { openBackbone, openSession } from '../packages/runtime/dist/index.js';
import { besidePeer, clock, resultOf, startPeer } from './peer.mjs';
import { megabytes, printHead, settings, spread } from './report.mjs';
import { size, writeShippedSize } from './shipped-size.mjs';

const { rounds, canvas, steps, prompt: promptLength, threads, thread, python, weights } = settings({ rounds: 9, canvas: 128, steps: 128, prompt: 8, threads: 2, thread: 'worker', python: process.env.PYTHON ?? 'python3', weights: '' });
const random = weights === '' ? await writeShippedSize({ visibilityBlockSize: null, maximumLength: canvas + promptLength }) : undefined;
const folder = random?.folder ?? weights;
const backbone = await openBackbone({ ...(await openCheckpoint(folder)), threads, thread });
const shifted = backbone.prediction === 'next' ? ['--shifted'] : [];
const peer = await startPeer(python, 'diffusion.py', ['--weights', folder, '--threads', threads, '--canvas', canvas, '--steps', steps, '--prompt-length', promptLength, ...shifted].map(String));
// without a prompt every masked position is the same to the model, and rounding decides where to begin
const prompt = Int32Array.from({ length: promptLength }, (_, i) => (37 * i + 5) % (backbone.vocabulary.size - 1));

const result = await besidePeer(peer, {
  question: { steps, prompt: [...prompt] },
  run: () => resultOf(generateMaskedDiffusion({ backbone, prompt, canvasLength: canvas, steps, policy: lowConfidence, temperature: 0, seed: 1, clock })),
  units: steps, rounds, warmupRounds: 2,
});
const [theirs, ours] = [result.theirs.at(-1), result.ours.at(-1)];

const edge = 512;
const product = await openSession(writeOnnx({ outputs: { y: matMul(input('x', [edge, edge]), constant([edge, edge], new Float32Array(edge * edge).fill(0.5))) } }), { threads });
const x = { type: 'float32', shape: [edge, edge], data: new Float32Array(edge * edge).fill(0.25) };
const masks = new Int32Array(canvas).fill(backbone.vocabulary.mask);
const context = await backbone.open();
const passOperations = canvas * estimateFlopsPerPosition({
  matrixParameters: size.layers * (4 * size.width * size.heads * size.headSize + 3 * size.width * size.hidden) + size.width * size.vocabulary,
  layers: size.layers, attentionWidth: size.heads * size.headSize, visibleTokens: canvas,
});
const repeated = (times, operations, once) => async () => {
  for (let repetition = 0; repetition < times; repetition++) await once();
  return times * operations;
};
const share = await sideBySide({
  baseline: { name: 'products', run: repeated(10, 2 * edge ** 3, () => product.run({ x })) },
  candidate: { name: 'pass', run: repeated(5, passOperations, () => context.score(masks, { give: 'top', top: 1 })) },
  rounds: 5 * rounds, warmupRounds: 3, clock,
});

const perPass = ({ milliseconds: { median, interval: { low, high } } }, count) => spread({ median: median / count, interval: { low: low / count, high: high / count } });
const gigaflops = ({ unitsPerSecond: { median, interval: { low, high } } }) => spread({ median: median / 1e9, interval: { low: low / 1e9, high: high / 1e9 } }, 0);
const { milliseconds, millisecondsInModel, forwardPasses } = ours.usage;
printHead(`A canvas of ${canvas} after ${promptLength} tokens in ${steps} steps, ${threads} threads, ${thread === 'own' ? 'in this thread' : 'in a worker'}, ${rounds} rounds`, [
  `${result.baseline.name}: ${perPass(result.baseline, steps)} ms a step; peak memory ${megabytes(theirs.peak_bytes)}`,
  `${result.candidate.name}: ${perPass(result.candidate, steps)} ms a step, ${forwardPasses} passes; peak memory ${megabytes(1024 * process.resourceUsage().maxRSS)}`,
  `ratio ${spread(result.ratio)}; sampler and events ${((100 * (milliseconds - millisecondsInModel)) / millisecondsInModel).toFixed(1)} % of the passes' time`,
  `equal tokens: ${ours.ids.filter((id, index) => id === theirs.ids[index]).length} of ${canvas}`,
  `one pass with the best token of every row: ${perPass(share.candidate, 5)} ms, ${gigaflops(share.candidate)} GFLOP/s; products of [${edge}, ${edge}]: ${gigaflops(share.baseline)} GFLOP/s`,
  `share of the products' rate: ${spread(share.ratio)}`,
]);
await Promise.all([backbone[Symbol.asyncDispose](), product[Symbol.asyncDispose](), peer.stop(), random?.remove()]);
