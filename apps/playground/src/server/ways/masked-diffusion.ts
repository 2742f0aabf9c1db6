import {
  ancestral, confidenceFactor, confidenceThreshold, endLast, entropy, entropyBound, generateMaskedDiffusion, linear, lowConfidence, margin, positionWeighted, random, remasking,
  type UnmaskingPolicy,
} from '@palimpsest/diffusion';
import type { Control, Settings } from '../../protocol/control.js';
import type { ModelSummary } from '../../protocol/model.js';
import { samplingControls, samplingOf } from './sampling-controls.js';
import { numberOf, textOf, truthOf, type Way } from './way.js';

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
      draft: truthOf(settings, 'draft'),
      ...(blockLength > 0 && { blockLength }),
    });
    return { generation, canvas: { start: prompt.length, end: prompt.length + canvasLength } };
  },
};

interface PolicyChoice {
  readonly value: string;
  readonly title: string;
  readonly create: (settings: Settings) => UnmaskingPolicy;
}

const policies: readonly PolicyChoice[] = [
  { value: 'low-confidence', title: 'surest first', create: () => lowConfidence },
  { value: 'margin', title: 'clearest lead first', create: () => margin },
  { value: 'entropy', title: 'least doubt first', create: () => entropy },
  { value: 'position-weighted', title: 'surest first, the left preferred', create: (settings) => positionWeighted(numberOf(settings, 'decay')) },
  { value: 'random', title: 'any order', create: () => random },
  { value: 'confidence-threshold', title: 'all above a threshold', create: (settings) => confidenceThreshold(numberOf(settings, 'threshold')) },
  { value: 'confidence-factor', title: 'the more at once, the surer', create: (settings) => confidenceFactor(numberOf(settings, 'factor')) },
  { value: 'entropy-bound', title: 'within a bound of doubt', create: (settings) => entropyBound(numberOf(settings, 'bound')) },
  { value: 'ancestral', title: 'by chance, as trained', create: () => ancestral(linear) },
  { value: 'remasking', title: 'by chance, scraping some again', create: (settings) => remasking(linear, numberOf(settings, 'most')) },
];

function policyOf(settings: Settings): UnmaskingPolicy {
  const name = textOf(settings, 'policy');
  const choice = policies.find(({ value }) => value === name);
  if (choice === undefined) throw new TypeError(`settings.policy: ${name} is not among the options of its control`);
  return choice.create(settings);
}

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

const policyControls: readonly Control[] = [
  { kind: 'choice', name: 'policy', title: 'Policy', hint: 'Which positions are written in a step.', options: policies.map(({ value, title }) => ({ value, title })), initial: 'low-confidence' },
  {
    kind: 'number', name: 'decay', title: 'Decay', hint: 'A position 1 ÷ decay further right must be e times as sure.',
    minimum: 0, maximum: 2, step: 0.01, initial: 0.05, when: { control: 'policy', is: 'position-weighted' },
  },
  {
    kind: 'number', name: 'threshold', title: 'Threshold', hint: 'Write all that are at least this probable, as many steps as it takes.',
    minimum: 0, maximum: 1, step: 0.01, initial: 0.9, when: { control: 'policy', is: 'confidence-threshold' },
  },
  {
    kind: 'number', name: 'factor', title: 'Factor', hint: 'The r-th at once must be surer than 1 − factor ÷ (r + 1).',
    minimum: 0.1, maximum: 5, step: 0.1, initial: 1, when: { control: 'policy', is: 'confidence-factor' },
  },
  {
    kind: 'number', name: 'bound', title: 'Bound', hint: 'Nats of doubt that may be written at once.',
    minimum: 0.01, maximum: 5, step: 0.01, initial: 0.1, when: { control: 'policy', is: 'entropy-bound' },
  },
  {
    kind: 'number', name: 'most', title: 'Scraping', hint: 'Chance that a written token is scraped off in a step. Draw at temperature 1.',
    minimum: 0, maximum: 0.5, step: 0.005, initial: 0.04, when: { control: 'policy', is: 'remasking' },
  },
];

const draft: Control = { kind: 'switch', name: 'draft', title: 'Drafts', hint: 'Show what stands to be written under every mask.', initial: true };
