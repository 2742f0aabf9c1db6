import { randomStream } from '@palimpsest/sampling';
import { doubtfulPronoun, surface, type Pattern } from '../grammar/pattern.js';
import { roles } from '../world/roles.js';
import { plots } from '../world/world.js';
import { castRoles, type Cast } from './cast.js';
import { countedChoices } from './choices.js';

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
  const cast = castRoles(choices);
  const plot = choices.pick(plots);
  const told: { readonly step: string; readonly sentence: string }[] = [];
  const mentioned = new Set<string>();
  let before: ReadonlySet<string> = new Set();
  for (const [index, step] of plot.steps.entries()) {
    const toCome = plot.steps.slice(index).filter(({ chance }) => chance === 1).length;
    if (step.chance < 1 && (told.length + toCome >= MAXIMUM_SENTENCES || !choices.happens(step.chance))) continue;
    const clear = step.patterns.filter((pattern) => doubtfulPronoun(pattern, before, cast.pronounOf) === undefined);
    const pattern = choices.pick(clear);
    told.push({ step: step.name, sentence: write(pattern, cast) });
    for (const piece of pattern.pieces) if (typeof piece !== 'string') mentioned.add(piece.role);
    before = pattern.people;
  }
  const choiceNats = choices.nats();
  const sentences = told.map(({ sentence }) => sentence);
  return {
    seed,
    plot: plot.name,
    text: sentences.join(' '),
    sentences,
    steps: told.map(({ step }) => step),
    cast: Object.fromEntries([...mentioned].map((role) => [role, usualWords(role, cast)])),
    choiceNats,
  };
}

const write = (pattern: Pattern, cast: Cast): string =>
  pattern.pieces.map((piece) => (typeof piece === 'string' ? piece : surface(piece, cast.row(piece.role, piece.facet)))).join('');

function usualWords(role: string, cast: Cast): string {
  const { facets = [], forms = {} } = roles[role] ?? {};
  const words = (forms[''] ?? []).flatMap((column) =>
    facets.filter(({ columns }) => columns.includes(column)).map((facet) => cast.row(role, facet)[column]));
  return words.join(' ');
}
