import { endLast, generateMaskedDiffusion } from '@palimpsest/diffusion';
import { leftToRight, nelbo } from '@palimpsest/evaluation';
import { choiceOption } from '../../options.js';
import { samplingOf, samplingOptions } from '../sampling-options.js';
import { block, draft, editing, editingOf, part, second, steps } from './diffusion-options.js';
import { planIgnoredBy, policy, policyOf } from './policy-option.js';
import { tokens, tokensToWrite } from './way.js';
import type { Way } from './way.js';

const end = choiceOption('--end <when>', 'diffusion: end tokens are written "last", after all other cells, or "any" time that the policy picks them (default: last where the canvas is filled all at once, any in blocks)', ['last', 'any']);

/** From a canvas of masks, in any order. */
export const maskedDiffusion: Way = {
  name: 'masked-diffusion',
  runsOn: ({ visibility, vocabulary }) => visibility.blockSize === Infinity && vocabulary.mask !== undefined,
  options: [tokens, steps, block, part, policy, second, end, draft, ...editing, ...samplingOptions],
  begin: ({ backbone, prompt, given, ...rest }) => {
    const [planned, blockLength, chosen] = [steps.read(given), block.read(given), policyOf(given)];
    const canvasLength = tokensToWrite(given, backbone, prompt, blockLength);
    const { end: endToken } = backbone.vocabulary;
    const ends = end.read(given) ?? (blockLength === undefined ? 'last' : 'any'); // in blocks an end cannot come before the text, and waiting for others costs quality
    const generation = generateMaskedDiffusion({
      ...rest, backbone, prompt, canvasLength, ...samplingOf(given, { temperature: 0.5, topP: 1 }), draft: draft.read(given) ?? false, ...editingOf(given),
      ...(planned !== undefined && { steps: planned }), ...(blockLength !== undefined && { blockLength }),
      policy: endToken === undefined || ends === 'any' ? chosen : endLast(chosen, [endToken]),
    });
    return { generation, canvas: { start: prompt.length, end: prompt.length + canvasLength } };
  },
  steps,
  planIgnoredBy,
  // the model says where a text ends by filling its row, so that what fills it counts too
  likelihood: ({ backbone, texts, seed, signal, onProgress }) => nelbo({ backbone, texts, draws: 32, seed, signal, onProgress }),
  leftToRight: ({ backbone, texts, signal, onProgress }) => leftToRight({ backbone, texts, signal, onProgress }),
};
