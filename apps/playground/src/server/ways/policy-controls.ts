import {
  ancestral, confidenceFactor, confidenceThreshold, editAbove, entropy, entropyBound, linear, lowConfidence, margin, positionWeighted, positionWeightedEntropy, random, remasking, secondLook, sequential,
  sequentialThreshold, type Editing, type UnmaskingPolicy,
} from '@palimpsest/diffusion';
import type { Control, Settings } from '../../protocol/control.js';
import { numberOf, textOf, truthOf } from './way.js';

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
  { value: 'position-weighted-entropy', title: 'least doubt first, the left preferred', create: (settings) => positionWeightedEntropy(numberOf(settings, 'doubtDecay')) },
  { value: 'random', title: 'any order', create: () => random },
  { value: 'confidence-threshold', title: 'all above a threshold', create: (settings) => confidenceThreshold(numberOf(settings, 'threshold')) },
  { value: 'confidence-factor', title: 'the more at once, the surer', create: (settings) => confidenceFactor(numberOf(settings, 'factor')) },
  { value: 'entropy-bound', title: 'within a bound of doubt', create: (settings) => entropyBound(numberOf(settings, 'bound')) },
  { value: 'sequential', title: 'left to right', create: () => sequential },
  { value: 'sequential-threshold', title: 'left to right, sure ones at once', create: (settings) => sequentialThreshold(numberOf(settings, 'sure')) },
  { value: 'ancestral', title: 'by chance, as trained', create: () => ancestral(linear) },
  { value: 'remasking', title: 'by chance, scraping some again', create: (settings) => remasking(linear, numberOf(settings, 'most')) },
];

export function policyOf(settings: Settings): UnmaskingPolicy {
  const name = textOf(settings, 'policy');
  const choice = policies.find(({ value }) => value === name);
  if (choice === undefined) throw new TypeError(`settings.policy: ${name} is not among the options of its control`);
  const order = choice.create(settings);
  return truthOf(settings, 'secondLook') ? secondLook(order) : order;
}

/** In the block that is being written. */
export function editingOf(settings: Settings): { readonly editing?: Editing } {
  const threshold = numberOf(settings, 'edit');
  return threshold === 1 ? {} : { editing: { policy: editAbove(threshold) } };
}

export const policyControls: readonly Control[] = [
  { kind: 'choice', name: 'policy', title: 'Policy', hint: 'Which positions are written in a step.', options: policies.map(({ value, title }) => ({ value, title })), initial: 'low-confidence' },
  {
    kind: 'number', name: 'decay', title: 'Decay', hint: 'A position 1 ÷ decay further right must be e times as sure.',
    minimum: 0, maximum: 2, step: 0.01, initial: 0.05, when: { control: 'policy', is: 'position-weighted' },
  },
  {
    kind: 'number', name: 'doubtDecay', title: 'Decay', hint: 'A position 1 ÷ decay further right must have a nat less of doubt.',
    minimum: 0, maximum: 2, step: 0.01, initial: 0.2, when: { control: 'policy', is: 'position-weighted-entropy' },
  },
  {
    kind: 'number', name: 'threshold', title: 'Threshold', hint: 'Write all that are at least this probable, as many steps as it takes.',
    minimum: 0, maximum: 1, step: 0.01, initial: 0.9, when: { control: 'policy', is: 'confidence-threshold' },
  },
  {
    kind: 'number', name: 'sure', title: 'Threshold', hint: 'The leftmost, and those right of it for as long as they are at least this probable.',
    minimum: 0, maximum: 1, step: 0.01, initial: 0.9, when: { control: 'policy', is: 'sequential-threshold' },
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
  { kind: 'switch', name: 'secondLook', title: 'Second look', hint: 'Write all sure tokens at once, and spend the passes that saves on doubtful ones again.', initial: false },
  { kind: 'number', name: 'edit', title: 'Edit', hint: 'Replace written tokens where the model would write another one now, with more than this probability; 1 never.', minimum: 0, maximum: 1, step: 0.01, initial: 1, off: 1 },
];

export const draft: Control = { kind: 'switch', name: 'draft', title: 'Drafts', hint: 'Show what stands to be written under every mask.', initial: true };
