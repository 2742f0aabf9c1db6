import type { GenerationResult, Usage } from '@palimpsest/backbone';
import { spreadOf } from '@palimpsest/evaluation';
import type { Spread } from '@palimpsest/evaluation';
import { tokensPerPass, tokensPerSecond } from '../generation/usage-text.js';
import type { Session } from '../generation/session.js';
import { bytesText, countText, durationText, percent, short } from '../view/amounts.js';

interface Cost {
  readonly name: string;
  readonly of: (usage: Usage) => number;
  readonly text: (value: number) => string;
}

const costs: readonly Cost[] = [
  { name: 'tokens written', of: ({ generatedTokens }) => generatedTokens, text: String },
  { name: 'time', of: ({ milliseconds }) => milliseconds / 1000, text: durationText },
  { name: 'tokens per second', of: tokensPerSecond, text: short },
  { name: 'first token after', of: ({ millisecondsToFirstToken }) => millisecondsToFirstToken / 1000, text: durationText },
  { name: 'forward passes', of: ({ forwardPasses }) => forwardPasses, text: String },
  { name: 'tokens per pass', of: tokensPerPass, text: short },
  { name: 'positions computed', of: ({ positionsComputed }) => positionsComputed, text: countText },
  { name: 'state', of: ({ stateBytes }) => stateBytes, text: bytesText },
  { name: 'time inside the model', of: ({ millisecondsInModel, milliseconds }) => millisecondsInModel / milliseconds, text: percent },
];

/** What both sides cost, with the ratio of b to a; several rounds as median (lowest to highest). */
export function costRows(sessions: readonly [Session, Session], results: readonly [readonly GenerationResult[], readonly GenerationResult[]]): readonly (readonly string[])[] {
  const names = sessions.map(({ model }) => model);
  const row = ({ name, of, text }: Cost): readonly string[] => {
    const [a, b] = [spreadOf(results[0].map(({ usage }) => of(usage))), spreadOf(results[1].map(({ usage }) => of(usage)))];
    const ratio = b.median / a.median;
    return [name, spread(a, text), spread(b, text), Number.isFinite(ratio) ? `${short(ratio)}x` : '-'];
  };
  return [['', ...names, 'b / a'], ['written by', ...sessions.map(({ way }) => way.name), ''], ...costs.map(row)];
}

const spread = ({ median, minimum, maximum }: Spread, text: (value: number) => string): string =>
  (text(minimum) === text(maximum) ? text(median) : `${text(median)} (${text(minimum)} to ${text(maximum)})`);
