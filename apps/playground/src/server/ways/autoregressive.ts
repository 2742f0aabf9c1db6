import { generateAutoregressive } from '@palimpsest/autoregressive';
import type { ModelSummary } from '../../protocol/model.js';
import { samplingControls, samplingOf } from './sampling-controls.js';
import { numberOf, type Way } from './way.js';

/** One token at a time, left to right. */
export const autoregressive: Way = {
  name: 'autoregressive',
  title: 'autoregressive',
  sentence: 'One token at a time, left to right: one forward pass for each.',
  runsOn: ({ visibility, prediction }) => visibility === 'causal' && prediction === 'next',
  controls: (model) => [
    {
      kind: 'number', name: 'maximumTokens', title: 'Tokens', hint: 'At most this many; an end token may come before.',
      minimum: 1, maximum: mostTokens(model), step: 1, initial: Math.min(160, mostTokens(model)),
    },
    ...samplingControls({ temperature: 1, topP: 0.8 }),
  ],
  begin: ({ settings, prompt, ...rest }) => ({
    generation: generateAutoregressive({ ...rest, prompt, ...samplingOf(settings), maximumTokens: numberOf(settings, 'maximumTokens') }),
    canvas: { start: prompt.length, end: prompt.length },
  }),
};

const mostTokens = ({ maximumLength }: ModelSummary): number => Math.min(maximumLength - 1, 1024);
