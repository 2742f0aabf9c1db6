import { randomStream } from '@palimpsest/sampling';
import { roles } from '../world/roles.js';
import { plots } from '../world/world.js';
import { castRoles, type Cast } from './cast.js';
import { countedChoices } from './choices.js';
import { tellPlot } from './telling.js';

export interface Story {
  readonly seed: number;
  /** Name of the plot. */
  readonly plot: string;
  /** One paragraph: the sentences joined by spaces. */
  readonly text: string;
  readonly sentences: readonly string[];
  /** Names of the plot's steps that were told, one to each sentence. */
  readonly steps: readonly string[];
  /** Who and what stands in each role, as its usual words: `{ hero: 'Mia', toy: 'red kite', ... }`. */
  readonly cast: Readonly<Record<string, string>>;
  /** Minus the natural logarithm of the probability of all choices made. The text's own probability is at least as high. */
  readonly choiceNats: number;
}

// Longer stories would not fit a context of 128 tokens. Steps that every telling needs are never left out.
const MAXIMUM_SENTENCES = 10;

/**
 * The story of a seed, always the same.
 *
 * @param seed integer from 0 to 2^53 - 1.
 * @throws SamplingError otherwise.
 */
export function storybook(seed: number): Story {
  const choices = countedChoices(randomStream(seed));
  const cast = castRoles(choices, roles);
  const plot = choices.pick(plots);
  const told = tellPlot(plot.steps, cast, choices, ({ chance }, sentences, toCome) =>
    chance === 1 || (sentences + toCome < MAXIMUM_SENTENCES && choices.happens(chance)));
  const mentioned = new Set(told.flatMap(({ slots }) => slots.map(({ slot }) => slot.role)));
  const choiceNats = choices.nats();
  const sentences = told.map(({ text }) => text);
  return {
    seed,
    plot: plot.name,
    text: sentences.join(' '),
    sentences,
    steps: told.map(({ step }) => step.name),
    cast: Object.fromEntries([...mentioned].map((role) => [role, usualWords(role, cast)])),
    choiceNats,
  };
}

function usualWords(role: string, cast: Cast): string {
  const { facets = [], forms = {} } = roles[role] ?? {};
  const words = (forms[''] ?? []).flatMap((column) =>
    facets.filter(({ columns }) => columns.includes(column)).map((facet) => cast.row(role, facet)[column]));
  return words.join(' ');
}
