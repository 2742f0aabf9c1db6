import { generateAutoregressive } from '@palimpsest/autoregressive';
import { tableBackbone } from '@palimpsest/backbone/testing';

const words = ['.', 'the', 'page', 'is', 'scraped', 'written', 'again'];
const follows = [[1], [2], [3], [4, 5], [0], [6], [0, 6]]; // which words may come after each
const transitions = follows.map((next) => words.map((_, word) => (next.includes(word) ? 1 / next.length : 0)));
const backbone = tableBackbone({ chain: { initial: transitions[0] ?? [], transitions }, special: { end: 0 } });

const clock = (): number => performance.now();
const generation = generateAutoregressive({ backbone, prompt: Int32Array.of(1), maximumTokens: 20, temperature: 0.9, seed: 1, clock });
for await (const event of generation) {
  if (event.type === 'tokens-commit') console.log(words[event.ids[0] ?? 0], event.confidence[0]);
  if (event.type === 'finish') console.log(event.reason, event.usage.forwardPasses);
}
