import { generateBlockDiffusion, type BlockDiffusionOptions } from '@palimpsest/block-diffusion';
import type { Control, Settings } from '../../protocol/control.js';
import type { ModelSummary } from '../../protocol/model.js';
import { draft, editingOf, policyControls, policyOf } from './policy-controls.js';
import { samplingControls, samplingOf } from './sampling-controls.js';
import { numberOf, truthOf, type Way } from './way.js';

/** Block after block, each from masks in any order. */
export const blockDiffusion: Way = {
  name: 'block-diffusion',
  title: 'block diffusion',
  sentence: 'Block after block: each is written from masks in any order, then stays, and is what the next one goes on from.',
  runsOn: ({ visibility }) => visibility.startsWith('block-causal'),
  controls: (model) => [...blockControls(model), ...policyControls, ...samplingControls({ temperature: 0.5, topP: 1 }), draft],
  begin: ({ settings, prompt, ...rest }) => ({
    generation: generateBlockDiffusion({
      ...rest, ...samplingOf(settings), prompt, maximumTokens: numberOf(settings, 'maximumTokens'), stepsPerBlock: numberOf(settings, 'stepsPerBlock'), policy: policyOf(settings),
      draft: truthOf(settings, 'draft'), ...editingOf(settings), ...inFlightOf(settings),
    }),
    canvas: { start: prompt.length, end: prompt.length },
  }),
};

function inFlightOf(settings: Settings): Pick<BlockDiffusionOptions, 'inFlight'> {
  const most = numberOf(settings, 'inFlight');
  return most === 1 ? {} : { inFlight: { most } };
}

function blockControls({ maximumLength, visibility }: ModelSummary): readonly Control[] {
  const blockSize = Number(/\d+/.exec(visibility)?.[0] ?? 1);
  const most = Math.min(maximumLength - 1, 1024);
  return [
    { kind: 'number', name: 'maximumTokens', title: 'Tokens', hint: 'At most this many; an end token may come before.', minimum: 1, maximum: most, step: 1, initial: Math.min(112, Math.floor(most / 2)) },
    { kind: 'number', name: 'stepsPerBlock', title: 'Steps', hint: 'Forward passes that are planned for each block; one more commits it.', minimum: 1, maximum: 4 * blockSize, step: 1, initial: blockSize },
    { kind: 'number', name: 'inFlight', title: 'Blocks at once', hint: 'Begin the next blocks before one is full, where the model is sure. With a policy that writes all that is sure.', minimum: 1, maximum: 4, step: 1, initial: 1 },
  ];
}
