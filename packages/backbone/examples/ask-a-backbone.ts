import { tableBackbone } from '@palimpsest/backbone/testing';

// a language of three words, in which b mostly follows a, c follows b, and a follows c
const transitions = [[0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.8, 0.1, 0.1]];
await using backbone = tableBackbone({ chain: { initial: [1, 0, 0], transitions } });
await using context = await backbone.open();

const [a, b, c] = [0, 1, 2];
await context.append?.(Int32Array.of(a, b), { give: 'logits' }); // commits
const { ids, logProbabilities } = await context.score(Int32Array.of(c), { give: 'top', top: 2 }); // looks
console.log(ids.join(' '), Math.exp(logProbabilities[0] ?? 0).toFixed(2), context.length);
