import { endLast, generateMaskedDiffusion } from '@palimpsest/diffusion';
import type { Control } from '../../protocol/control.js';
import type { ModelSummary } from '../../protocol/model.js';
import { draft, editingOf, policyControls, policyOf } from './policy-controls.js';
import { samplingControls, samplingOf } from './sampling-controls.js';
import { numberOf, truthOf, type Way } from './way.js';

/** From a page of masks, in any order. */
export const maskedDiffusion: Way = {
  name: 'masked-diffusion',
  title: 'masked diffusion',
  sentence: 'From a page of masks: each forward pass sees the whole page and writes some of it, in any order.',
  runsOn: ({ visibility }) => visibility === 'bidirectional',
  controls: (model) => [...canvasControls(model), ...policyControls, ending(model), ...samplingControls({ temperature: 0.5, topP: 1 }), draft],
  begin: ({ settings, prompt, ...rest }) => {
    const canvasLength = numberOf(settings, 'canvasLength');
    const blockLength = numberOf(settings, 'blockLength');
    const { end } = rest.backbone.vocabulary;
    const policy = policyOf(settings);
    const generation = generateMaskedDiffusion({
      ...rest,
      ...samplingOf(settings),
      prompt,
      canvasLength,
      steps: numberOf(settings, 'steps'),
      policy: end !== undefined && truthOf(settings, 'endLast') ? endLast(policy, [end]) : policy,
      draft: truthOf(settings, 'draft'), ...editingOf(settings),
      ...(blockLength > 0 && { blockLength }),
    });
    return { generation, canvas: { start: prompt.length, end: prompt.length + canvasLength } };
  },
};

const usualCanvas = ({ maximumLength }: ModelSummary): number => Math.min(128, Math.floor(maximumLength / 2));
/** The models trained here write best in blocks of 32; a small canvas needs none. */
const usualBlock = (model: ModelSummary): number => (usualCanvas(model) === 128 ? 32 : 0);

function canvasControls(model: ModelSummary): readonly Control[] {
  const most = Math.min(model.maximumLength - 1, 512);
  const canvas = usualCanvas(model);
  return [
    { kind: 'number', name: 'canvasLength', title: 'Canvas', hint: 'Positions to write; the prompt comes before.', minimum: 1, maximum: most, step: 1, initial: canvas },
    { kind: 'number', name: 'steps', title: 'Steps', hint: 'Forward passes that are planned for the canvas.', minimum: 1, maximum: most, step: 1, initial: canvas },
    { kind: 'number', name: 'blockLength', title: 'Block', hint: 'Fill the canvas in blocks of this many; 0 all at once.', minimum: 0, maximum: most, step: 1, initial: usualBlock(model), off: 0 },
  ];
}

/** Without blocks, a model of padded texts is surest of the padding. */
const ending = (model: ModelSummary): Control =>
  ({ kind: 'switch', name: 'endLast', title: 'End last', hint: 'Write end tokens after all others, however sure of them the model is: for a canvas without blocks.', initial: usualBlock(model) === 0 });
