import type { FinishReason, GenerationResult, Usage } from '@palimpsest/backbone';
import { bytesText, countText, durationText, short } from '../view/amounts.js';

const endings: { readonly [reason in FinishReason]: string } = {
  'end-token': 'it ended the text', length: 'all tokens written', stable: 'nothing changed any more', aborted: 'stopped',
};

export const tokensPerSecond = ({ generatedTokens, milliseconds }: Usage): number => (1000 * generatedTokens) / milliseconds;
export const tokensPerPass = ({ generatedTokens, forwardPasses }: Usage): number => (forwardPasses === 0 ? 0 : generatedTokens / forwardPasses);

/** What a generation cost, in a line. */
export function usageText({ usage, reason }: Pick<GenerationResult, 'usage' | 'reason'>): string {
  return [
    `${usage.generatedTokens} tokens in ${durationText(usage.milliseconds / 1000)}`,
    `${short(tokensPerSecond(usage))} tokens/s`,
    `${usage.forwardPasses} passes, ${short(tokensPerPass(usage))} tokens per pass`,
    `first token ${durationText(usage.millisecondsToFirstToken / 1000)}`,
    `${countText(usage.positionsComputed)} positions`,
    `state ${bytesText(usage.stateBytes)}`,
    endings[reason],
  ].join(' · ');
}
