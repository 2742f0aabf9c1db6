import type { Context } from '@palimpsest/backbone';
import { candidateSampler, drawnToken, neededForChoice, uniformAt } from '@palimpsest/sampling';
import type { NeededDraw, Sampling, TokenChoice } from '@palimpsest/sampling';

export type Append = NonNullable<Context['append']>;

/** What a draw depends on beside the row: the seed and these two alone. */
export interface Place {
  readonly pass: number;
  readonly position: number;
}

/** One forward pass that commits `tokens` and gives no more of the last row than the next one is chosen by; what it returns chooses. */
export type NextTokenReader = (append: Append, tokens: Int32Array, place: Place) => Promise<() => TokenChoice>;

export function nextTokenReader(sampling: Sampling, seed: number): NextTokenReader {
  uniformAt(seed, 0); // a bad seed fails here, not at the first token
  const needed = neededForChoice(sampling);
  return needed.give === 'top' ? readCandidates(sampling, seed, needed.top) : readDraw(needed, seed);
}

function readCandidates(sampling: Sampling, seed: number, top: number): NextTokenReader {
  const sample = candidateSampler(sampling, seed);
  return async (append, tokens, { pass, position }) => {
    const { ids, logProbabilities } = await append(tokens, { rows: lastRow(tokens), give: 'top', top });
    return () => sample(ids, logProbabilities, pass, position);
  };
}

function readDraw(needed: NeededDraw, seed: number): NextTokenReader {
  return async (append, tokens, { pass, position }) => {
    const { ids, logProbabilities } = await append(tokens, { ...needed, rows: lastRow(tokens), uniforms: Float64Array.of(uniformAt(seed, pass, position)) });
    return () => drawnToken(ids[0]!, logProbabilities[0]!);
  };
}

const lastRow = (tokens: Int32Array): Int32Array => Int32Array.of(tokens.length - 1);
