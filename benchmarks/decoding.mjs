// Greedy decoding of one sequence, ours against PyTorch with a key/value cache, in turn, with the same weights; then, in turn as well, the
// matrix products of a token alone, with one thread and with as many as decoding has.
// Build first; then: PYTHON=… node benchmarks/decoding.mjs [--rounds=15] [--tokens=128] [--threads=2] [--thread=worker|own] [--weights=FOLDER]
import { generateAutoregressive } from '../packages/autoregressive/dist/index.js';
import { openCheckpoint } from '../packages/checkpoints/dist/index.js';
import { sideBySide } from '../packages/evaluation/dist/index.js';
import { openBackbone } from '../packages/runtime/dist/index.js';
import { besidePeer, clock, resultOf, startPeer } from './peer.mjs';
import { openProducts } from './products-of-a-token.mjs';
import { megabytes, printHead, settings, spread } from './report.mjs';
import { writeShippedSize } from './shipped-size.mjs';

const { rounds, tokens, threads, thread, prompt: promptLength, python, weights } = settings({ rounds: 15, tokens: 128, threads: 2, thread: 'worker', prompt: 16, python: process.env.PYTHON ?? 'python3', weights: '' });
const random = weights === '' ? await writeShippedSize({ visibilityBlockSize: 1, maximumLength: 512 }) : undefined;
const folder = random?.folder ?? weights;
const peer = await startPeer(python, 'decoding.py', ['--weights', folder, '--threads', threads, '--prompt-length', promptLength, '--new-tokens', tokens].map(String));
const backbone = await openBackbone({ ...(await openCheckpoint(folder)), threads, thread });
const prompt = Int32Array.from({ length: promptLength }, (_, i) => (37 * i + 5) % backbone.vocabulary.size);

const result = await besidePeer(peer, {
  question: { prompt: [...prompt] },
  run: () => resultOf(generateAutoregressive({ backbone, prompt, maximumTokens: tokens, endTokens: [], temperature: 0, seed: 1, clock })),
  units: tokens, rounds, warmupRounds: 3,
});
const [theirs, ours] = [result.theirs.at(-1), result.ours.at(-1)];

const peak = 1024 * process.resourceUsage().maxRSS;
const alone = await Promise.all([1, threads].map(openProducts));
const [one, several] = alone.map(({ run }, index) => ({
  name: `products ${index}`,
  run: async () => {
    for (let token = 0; token < tokens; token++) await run();
    return tokens;
  },
}));
const floor = await sideBySide({ baseline: one, candidate: several, rounds, warmupRounds: 3, clock });

const perToken = ({ unitsPerSecond: { median, interval: { low, high } } }) => spread({ median: 1000 / median, interval: { low: 1000 / high, high: 1000 / low } }, 3);
const { milliseconds, millisecondsInModel, stateBytes } = ours.usage;
printHead(`Decoding ${tokens} tokens after ${promptLength}, ${threads} threads, ${thread === 'own' ? 'in this thread' : 'in a worker'}, ${rounds} rounds`, [
  `${result.baseline.name}: ${perToken(result.baseline)} ms a token; peak memory ${megabytes(theirs.peak_bytes)}`,
  `${result.candidate.name}: ${perToken(result.candidate)} ms a token; peak memory ${megabytes(peak)}, keys and values ${megabytes(stateBytes)}`,
  `ratio ${spread(result.ratio)}; sampler and events ${((100 * (milliseconds - millisecondsInModel)) / millisecondsInModel).toFixed(1)} % of the passes' time`,
  `products alone, ${(alone[0].bytes / 1e6).toFixed(1)} MB of matrices: ${perToken(floor.baseline)} ms with 1 thread, ${perToken(floor.candidate)} with ${threads}`,
  `equal tokens: ${ours.ids.filter((id, index) => id === theirs.ids[index]).length} of ${tokens}`,
]);
await Promise.all([backbone[Symbol.asyncDispose](), peer.stop(), random?.remove(), ...alone.map(({ close }) => close())]);
