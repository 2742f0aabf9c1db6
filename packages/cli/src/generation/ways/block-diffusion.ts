import type { Backbone } from '@palimpsest/backbone';
import { belowEntropy, generateBlockDiffusion } from '@palimpsest/block-diffusion';
import { leftToRight, nelbo } from '@palimpsest/evaluation';
import type { ScoredText } from '@palimpsest/evaluation';
import { samplingOf, samplingOptions } from '../sampling-options.js';
import { block, draft, dualCache, dualCacheOf, editing, editingOf, inFlight, part, second, steps, stopEntropy, window } from './diffusion-options.js';
import { planIgnoredBy, policy, policyOf } from './policy-option.js';
import { tokens, tokensToWrite } from './way.js';
import type { Start, TrialText, Way } from './way.js';

/** Block after block, each from masks in any order. */
export const blockDiffusion: Way = {
  name: 'block-diffusion',
  runsOn: ({ visibility, vocabulary }) => visibility.blockSize !== Infinity && vocabulary.mask !== undefined,
  options: [tokens, steps, block, part, dualCache, inFlight, window, stopEntropy, policy, second, draft, ...editing, ...samplingOptions],
  begin: (start) => {
    const { given, ...rest } = start;
    const [planned, seen, most, nats] = [steps.read(given), window.read(given), inFlight.read(given), stopEntropy.read(given)];
    const blockSize = block.read(given) ?? rest.backbone.visibility.blockSize;
    const maximumTokens = wholeBlocks(start, blockSize);
    const generation = generateBlockDiffusion({
      ...rest, maximumTokens, blockSize, policy: policyOf(given), ...samplingOf(given, { temperature: 0.5, topP: 1 }), draft: draft.read(given) ?? false, ...editingOf(given), ...dualCacheOf(given), ...(most !== undefined && most > 1 && { inFlight: { most } }), ...(nats !== undefined && { stopRule: belowEntropy({ window: 64, nats }) }), ...(seen !== undefined && { window: { tokens: seen } }),
      ...(planned !== undefined && { stepsPerBlock: Math.max(1, Math.round((planned * blockSize) / maximumTokens)) }),
    });
    return { generation, canvas: { start: rest.prompt.length, end: rest.prompt.length } };
  },
  steps,
  planIgnoredBy,
  // what fills the block in which a text ends counts too: a model has to fill it
  likelihood: ({ backbone, texts, seed, signal, onProgress }) => nelbo({ backbone, texts: inWholeBlocks(backbone, texts), draws: 32, seed, signal, onProgress }),
  leftToRight: ({ backbone, texts, signal, onProgress }) => leftToRight({ backbone, texts: inWholeBlocks(backbone, texts), signal, onProgress }),
};

const inWholeBlocks = ({ visibility: { blockSize } }: Backbone, texts: readonly TrialText[]): readonly ScoredText[] =>
  texts.map(({ tokens: row, length }) => ({ tokens: row.subarray(0, Math.ceil(length / blockSize) * blockSize) }));

/** As many as are asked for; else as usual, less what would begin another block. */
function wholeBlocks({ backbone, prompt, given }: Start, blockSize: number): number {
  const count = tokensToWrite(given, backbone, prompt);
  const beyond = (prompt.length + count) % blockSize;
  return tokens.read(given) !== undefined || beyond >= count ? count : count - beyond;
}
