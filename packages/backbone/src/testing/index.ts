export { posterior, randomChain } from './markov-chain.js';
export type { MarkovChain } from './markov-chain.js';
export { scoresFromLogits } from './scores.js';
export { seededUniform } from './seeded-uniform.js';
export { bidirectionalTableBackbone, blockTableBackbone, tableBackbone } from './table-backbones.js';
export type { TableOptions } from './table-backbones.js';
export { toyBackbone } from './toy-backbone.js';
export type { Pass, ToyBackbone, ToyDefinition } from './toy-backbone.js';
