import type { Context, DrawScores } from '../../backbone.js';
import { scoresFromLogits } from '../scores.js';
import type { Law, Subject } from './subject.js';

const justBelowOne = 1 - 2 ** -53;
const temperatures = [1, 0.6, 1.7];

interface Draw {
  readonly row: number;
  readonly uniform: number;
}

function ask(context: Context, tokens: Int32Array, draws: readonly Draw[], temperature: number, banned: readonly number[], topP?: number): Promise<DrawScores> {
  const [rows, uniforms] = [Int32Array.from(draws, ({ row }) => row), Float64Array.from(draws, ({ uniform }) => uniform)];
  return context.score(tokens, { give: 'draw', rows, uniforms, temperature, ...(banned.length > 0 && { banned: Int32Array.from(banned) }), ...(topP !== undefined && { topP }) });
}

/** How far a row may move within the tolerance. */
const movement = ({ tolerance }: Subject, row: Float32Array): number => tolerance * row.reduce((largest, logit) => Math.max(largest, Number.isFinite(logit) ? Math.abs(logit) : 0), 1);

/** How far the bounds of a token's share of [0, 1) may move with it, and by the rounding of float32. */
const blur = (subject: Subject, row: Float32Array, temperature: number): number => (2 * movement(subject, row)) / temperature + 1e-6;

const rowOf = ({ backbone }: Subject, logits: Float32Array, row: number): Float32Array => logits.subarray(row * backbone.vocabulary.size, (row + 1) * backbone.vocabulary.size);

/** Each token's share of [0, 1) as its length, in float64. */
function shares(row: Float32Array, temperature: number, banned: readonly number[]): readonly number[] {
  const allowed = Array.from(row, (logit, id) => (banned.includes(id) ? -Infinity : logit));
  const largest = allowed.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const weights = allowed.map((logit) => Math.exp((logit - largest) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Uniform numbers that lie well inside the shares of the most probable tokens, and the token of each. */
function aimed(lengths: readonly number[], least: number): readonly { readonly id: number; readonly uniform: number }[] {
  const starts = lengths.map(() => 0);
  for (let id = 1; id < lengths.length; id++) starts[id] = starts[id - 1]! + lengths[id - 1]!;
  const probable = [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]!).slice(0, 8);
  return probable.filter((id) => lengths[id]! > least).flatMap((id) => [0.25, 0.5, 0.75].map((part) => ({ id, uniform: starts[id]! + part * lengths[id]! })));
}

function expectDraws(subject: Subject, what: string, actual: DrawScores, ids: readonly number[], logits: Float32Array, rows: readonly number[]): void {
  const { size } = subject.backbone.vocabulary;
  subject.equal(`${what}: ids`, actual.ids.join(), ids.join());
  const expected = scoresFromLogits(logits, size, { give: 'targets', rows: Int32Array.from(rows), targets: Int32Array.from(ids) });
  subject.close(`${what}: log-probabilities`, actual.logProbabilities, expected.logProbabilities);
}

const drawsInvert: Law = {
  name: 'a draw inverts the cumulative distribution in ascending order of ids',
  hold: async (subject) => {
    const context = await subject.context(subject.tokens(subject.capabilities.has('append') ? subject.chunks[0] ?? 0 : 0));
    const tokens = subject.tokens(subject.scored);
    const logits = await subject.logits(context, tokens);
    const rows = [...tokens.keys()].reverse();
    for (const temperature of temperatures) {
      for (const banned of [[], [...subject.tokens(1)]]) {
        const draws = rows.flatMap((row) => {
          const numbers = rowOf(subject, logits, row);
          return aimed(shares(numbers, temperature, banned), 4 * blur(subject, numbers, temperature)).map((aim) => ({ row, ...aim }));
        });
        const actual = await ask(context, tokens, draws, temperature, banned);
        expectDraws(subject, `temperature ${temperature}, banned [${banned.join()}]`, actual, draws.map(({ id }) => id), logits, draws.map(({ row }) => row));
      }
    }
  },
};

/** The tokens of the `count` largest shares, the least of them halfway into the nucleus; absent where it is not clear which they are. */
function clearNucleus(lengths: readonly number[], count: number, least: number): { readonly topP: number; readonly kept: readonly number[] } | undefined {
  const ranked = [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]!);
  const [last, next] = [lengths[ranked[count - 1]!] ?? 0, lengths[ranked[count]!] ?? 0];
  if (last < least || last - next < least) return undefined;
  const kept = ranked.slice(0, count);
  const mass = kept.reduce((sum, id) => sum + lengths[id]!, 0);
  return { topP: mass - last / 2, kept: lengths.map((length, id) => (kept.includes(id) ? length / mass : 0)) };
}

const topPLeavesTheNucleus: Law = {
  name: 'with top-p a draw inverts the distribution over the fewest most probable tokens that hold it',
  hold: async (subject) => {
    const context = await subject.context(subject.tokens(subject.capabilities.has('append') ? subject.chunks[0] ?? 0 : 0));
    const tokens = subject.tokens(subject.scored);
    const logits = await subject.logits(context, tokens);
    for (const temperature of temperatures) {
      for (const banned of [[], [...subject.tokens(1)]]) {
        for (const row of new Set([0, tokens.length - 1])) {
          const numbers = rowOf(subject, logits, row);
          const least = 4 * blur(subject, numbers, temperature);
          for (const count of [1, 2, 3, 5]) {
            const nucleus = clearNucleus(shares(numbers, temperature, banned), count, least);
            if (!nucleus) continue;
            const { topP, kept } = nucleus;
            const [first, last] = [kept.findIndex((length) => length > 0), kept.findLastIndex((length) => length > 0)];
            const draws = [...aimed(kept, least / topP), { id: first, uniform: 0 }, { id: last, uniform: justBelowOne }].map((aim) => ({ row, ...aim }));
            const what = `top-p ${topP.toFixed(4)}, ${count} tokens, temperature ${temperature}, banned [${banned.join()}]`;
            expectDraws(subject, what, await ask(context, tokens, draws, temperature, banned, topP), draws.map(({ id }) => id), logits, draws.map(() => row));
          }
        }
      }
    }
  },
};

const drawsAreProportional: Law = {
  name: 'evenly spread uniform numbers draw each token as often as its probability says',
  hold: async (subject) => {
    const context = await subject.context();
    const tokens = subject.tokens(subject.scored);
    const row = tokens.length - 1;
    const numbers = rowOf(subject, await subject.logits(context, tokens), row);
    const count = 100;
    const spread = Array.from({ length: count }, (_, index) => ({ row, uniform: (index + 0.5) / count }));
    for (const temperature of temperatures) {
      const { ids } = await ask(context, tokens, spread, temperature, []);
      const most = 1 + 2 * count * blur(subject, numbers, temperature);
      for (const [id, length] of shares(numbers, temperature, []).entries()) {
        const drawn = ids.filter((other) => other === id).length;
        subject.holds(`${(count * length).toFixed(2)} of ${count} draws of token ${id}, give or take ${most.toFixed(2)}`, Math.abs(drawn - count * length) <= most, String(drawn));
      }
      subject.equal('draws of ids inside the vocabulary', ids.filter((id) => id >= 0 && id < numbers.length).length, count);
    }
  },
};

const coldDrawsAreBest: Law = {
  name: 'a draw at a temperature near 0 is the most probable token, whatever the uniform number',
  hold: async (subject) => {
    const context = await subject.context();
    const tokens = subject.tokens(subject.scored);
    const logits = await subject.logits(context, tokens);
    const clear = [...tokens.keys()].filter((row) => {
      const [first = 0, second = 0] = [...rowOf(subject, logits, row)].sort((a, b) => b - a);
      return first - second > 4 * movement(subject, rowOf(subject, logits, row));
    });
    const draws = clear.flatMap((row) => [0, 0.5, justBelowOne].map((uniform) => ({ row, uniform })));
    const ids = draws.map(({ row }) => rowOf(subject, logits, row).reduce((best, logit, id, all) => (logit > all[best]! ? id : best), 0));
    for (const temperature of [1e-9, 1e-300]) {
      expectDraws(subject, `temperature ${temperature}`, await ask(context, tokens, draws, temperature, []), ids, logits, draws.map(({ row }) => row));
    }
  },
};

const drawsArePossible: Law = {
  name: 'no uniform number draws a banned token or one of probability 0',
  hold: async (subject) => {
    const { size } = subject.backbone.vocabulary;
    const context = await subject.context();
    const tokens = subject.tokens(subject.scored);
    const logits = await subject.logits(context, tokens);
    const draws = [...tokens.keys()].flatMap((row) => [0, 2 ** -53, 0.5, justBelowOne].map((uniform) => ({ row, uniform })));
    const rows = draws.map(({ row }) => row);
    for (const temperature of [...temperatures, 1e300]) {
      const { ids } = await ask(context, tokens, draws, temperature, []);
      const impossible = rows.filter((row, index) => !(rowOf(subject, logits, row)[ids[index]!]! > -Infinity)).length;
      subject.equal(`draws of what has probability 0 at temperature ${temperature}`, impossible, 0);
    }
    for (const only of subject.tokens(3)) {
      if (rows.some((row) => rowOf(subject, logits, row)[only] === -Infinity)) continue;
      const banned = Array.from({ length: size }, (_, id) => id).filter((id) => id !== only);
      expectDraws(subject, `all banned but ${only}`, await ask(context, tokens, draws, 1, banned), rows.map(() => only), logits, rows);
    }
  },
};

const doubtIsOfTheRow: Law = {
  name: 'entropy and margin beside a draw are those of its row, whatever the temperature, the top-p, what is banned and what is drawn',
  hold: async (subject) => {
    const context = await subject.context(subject.tokens(subject.capabilities.has('append') ? subject.chunks[0] ?? 0 : 0));
    const tokens = subject.tokens(subject.scored);
    const logits = await subject.logits(context, tokens);
    const draws = [...tokens.keys()].reverse().flatMap((row) => [0.1, 0.9].map((uniform) => ({ row, uniform })));
    const expected = scoresFromLogits(logits, subject.backbone.vocabulary.size, { give: 'top', top: 2, rows: Int32Array.from(draws, ({ row }) => row) });
    const leads = Float32Array.from(draws, (_, index) => Math.exp(expected.logProbabilities[2 * index]!) - Math.exp(expected.logProbabilities[2 * index + 1]!));
    for (const temperature of [...temperatures, 1e-300]) {
      for (const banned of [[], [...subject.tokens(1)]]) {
        for (const topP of [undefined, 0.6]) {
          const { entropy, margin } = await ask(context, tokens, draws, temperature, banned, topP);
          const where = `temperature ${temperature}, banned [${banned.join()}], top-p ${topP ?? 1}`;
          subject.close(`entropy at ${where}`, entropy, expected.entropy);
          subject.close(`margin at ${where}`, margin, leads);
        }
      }
    }
  },
};

export const drawLaws: readonly Law[] = [drawsInvert, topPLeavesTheNucleus, drawsAreProportional, coldDrawsAreBest, drawsArePossible, doubtIsOfTheRow];
