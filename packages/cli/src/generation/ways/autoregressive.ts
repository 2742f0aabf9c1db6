import { generateAutoregressive } from '@palimpsest/autoregressive';
import { perplexity } from '@palimpsest/evaluation';
import { samplingOf, samplingOptions } from '../sampling-options.js';
import { tokens, tokensToWrite } from './way.js';
import type { Way } from './way.js';

/** One token at a time, left to right. */
export const autoregressive: Way = {
  name: 'autoregressive',
  runsOn: ({ visibility, prediction }) => visibility.blockSize === 1 && prediction === 'next',
  options: [tokens, ...samplingOptions],
  begin: ({ backbone, prompt, given, ...rest }) => ({
    generation: generateAutoregressive({ ...rest, backbone, prompt, maximumTokens: tokensToWrite(given, backbone, prompt), ...samplingOf(given, { temperature: 1, topP: 0.8 }) }),
    canvas: { start: prompt.length, end: prompt.length },
  }),
  likelihood: ({ backbone, texts, signal, onProgress }) =>
    perplexity({ backbone, texts: texts.map(({ tokens: row, length }) => ({ tokens: row.subarray(0, length) })), signal, onProgress }),
};
