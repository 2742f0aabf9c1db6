import type { Context } from '@palimpsest/backbone';
import { candidateSampler, candidatesNeeded, categoricalSampler } from '@palimpsest/sampling';
import type { Sampling, TokenChoice } from '@palimpsest/sampling';

export type Append = NonNullable<Context['append']>;

/** Draws the token behind those that were appended; drawn again, it is the same. */
export type Draw = (pass: number, position: number) => TokenChoice;

/** One forward pass that commits `tokens` and gives no more of the last row than is drawn from. */
export type NextTokenReader = (append: Append, tokens: Int32Array) => Promise<Draw>;

export function nextTokenReader(sampling: Sampling, seed: number): NextTokenReader {
  const top = candidatesNeeded(sampling);
  return top === undefined ? readLogits(sampling, seed) : readCandidates(sampling, seed, top);
}

function readCandidates(sampling: Sampling, seed: number, top: number): NextTokenReader {
  const sample = candidateSampler(sampling, seed);
  return async (append, tokens) => {
    const { ids, logProbabilities } = await append(tokens, { rows: lastRow(tokens), give: 'top', top });
    return (pass, position) => sample(ids, logProbabilities, pass, position);
  };
}

function readLogits(sampling: Sampling, seed: number): NextTokenReader {
  const sample = categoricalSampler(sampling, seed);
  return async (append, tokens) => {
    const { logits } = await append(tokens, { rows: lastRow(tokens), give: 'logits' });
    return (pass, position) => sample(logits, pass, position);
  };
}

const lastRow = (tokens: Int32Array): Int32Array => Int32Array.of(tokens.length - 1);
