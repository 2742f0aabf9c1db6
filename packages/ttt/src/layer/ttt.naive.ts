import { causal } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import { linearNaive } from '@palimpsest/layers/testing';
import type { Rows, Weights } from '@palimpsest/layers/testing';
import type { TttConfig } from './ttt.js';

/*
 * The primal form, one token at a time: weights of the inner model are stepped, and each token is answered by the weights that it gets.
 *
 *   here        meaning
 *   maps        weights of one head's inner model at the start of the mini-batch, [from][to] and [to]
 *   steps       sum of rate · gradient over the mini-batch's tokens so far, in the same shapes
 *   at(reach)   maps - reach · steps: what a token with that reach is answered by
 */

type Row = readonly number[];
interface Affine {
  readonly matrix: number[][]; // [from][to]
  readonly bias: number[];
}

/** An inner model in plain numbers. */
export interface NaiveInner {
  /** Names of its maps' weights and biases, first to last. */
  readonly names: readonly (readonly [weight: string, bias: string])[];
  readonly say: (x: Row, maps: readonly Affine[]) => number[];
  /** Gradient of every map, given that of what is said. */
  readonly gradients: (x: Row, maps: readonly Affine[], slopeAt: (said: Row) => Row) => readonly Affine[];
}

/** What the inner model learns to do, in plain numbers. */
export interface NaiveReconstruction {
  readonly loss: (said: Row, key: Row, value: Row, head: number, weights: Weights) => number;
  readonly slope: (said: Row, key: Row, value: Row, head: number, weights: Weights) => Row;
  readonly answer: (query: Row, said: Row, head: number, weights: Weights) => number[];
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
const sum = (row: Row): number => row.reduce((total, value) => total + value, 0);
const apply = ({ matrix, bias }: Affine, x: Row): number[] => bias.map((offset, to) => offset + sum(x.map((value, from) => value * matrix[from]![to]!)));
const outer = (x: Row, slope: Row): Affine => ({ matrix: x.map((value) => slope.map((own) => value * own)), bias: [...slope] });
const combine = (a: Affine, factor: number, b: Affine): Affine => ({
  matrix: a.matrix.map((row, from) => row.map((value, to) => value + factor * b.matrix[from]![to]!)), bias: a.bias.map((value, to) => value + factor * b.bias[to]!),
});

export const linearNaiveInner: NaiveInner = {
  names: [['W1', 'b1']],
  say: (x, [map]) => apply(map!, x),
  gradients: (x, [map], slopeAt) => [outer(x, slopeAt(apply(map!, x)))],
};

const gelu = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
const geluSlope = (x: number): number => {
  const t = Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
};

export const mlpNaiveInner: NaiveInner = {
  names: [['W1', 'b1'], ['W2', 'b2']],
  say: (x, [first, second]) => apply(second!, apply(first!, x).map(gelu)),
  gradients: (x, [first, second], slopeAt) => {
    const before = apply(first!, x);
    const hidden = before.map(gelu);
    const last = slopeAt(apply(second!, hidden));
    return [outer(x, before.map((value, j) => geluSlope(value) * sum(last.map((own, to) => own * second!.matrix[j]![to]!)))), outer(hidden, last)];
  },
};

/** (x - mean) / σ, σ, and γ and β of the head. */
function normed(x: Row, head: number, weights: Weights, epsilon: number): { readonly hat: Row; readonly deviation: number; readonly of: (name: string, i: number) => number } {
  const mean = sum(x) / x.length;
  const deviation = Math.sqrt(sum(x.map((value) => (value - mean) ** 2)) / x.length + epsilon);
  return { hat: x.map((value) => (value - mean) / deviation), deviation, of: (name, i) => weights[`ttt_norm_${name}`]!.data[head * x.length + i]! };
}

export const normedResidualNaive = (epsilon: number): NaiveReconstruction => ({
  loss: (said, key, value, head, weights) => {
    const { hat, of } = normed(said, head, weights, epsilon);
    return sum(hat.map((own, i) => (of('weight', i) * own + of('bias', i) - (value[i]! - key[i]!)) ** 2)) / 2;
  },
  slope: (said, key, value, head, weights) => {
    const { hat, deviation, of } = normed(said, head, weights, epsilon);
    const slope = hat.map((own, i) => (of('weight', i) * own + of('bias', i) - (value[i]! - key[i]!)) * of('weight', i));
    const along = sum(slope.map((own, i) => own * hat[i]!));
    return slope.map((own, i) => (own - sum(slope) / hat.length - (hat[i]! * along) / hat.length) / deviation);
  },
  answer: (query, said, head, weights) => {
    const { hat, of } = normed(said, head, weights, epsilon);
    return query.map((own, i) => own + of('weight', i) * hat[i]! + of('bias', i));
  },
});

export const plainValuesNaive: NaiveReconstruction = {
  loss: (said, _, value) => sum(said.map((own, i) => (own - value[i]!) ** 2)) / 2,
  slope: (said, _, value) => said.map((own, i) => own - value[i]!),
  answer: (_, said) => [...said],
};

/** Of one head's mini-batch: mean inner losses and the distance from where the weights began. */
export interface NaiveTold {
  readonly lossBefore: number;
  readonly lossAfter: number;
  readonly moved: number;
}

const squares = ({ matrix, bias }: Affine): number => sum(bias.map((value) => value ** 2)) + sum(matrix.map((row) => sum(row.map((value) => value ** 2))));

/** bias + the last `kernel` rows, each channel by its own weights; rows before the first are zeros. */
function convolveNaive(x: Rows, weights: Weights, name: string): Rows {
  const { shape: [, , kernel], data } = weights[`${name}.weight`]!;
  return x.map((row, t) => row.map((_, channel) =>
    weights[`${name}.bias`]!.data[channel]! + sum(range(Math.min(kernel!, t + 1)).map((back) => data[(channel + 1) * kernel! - 1 - back]! * x[t - back]![channel]!))));
}

/** The head's numbers of a row, neighbours rotated by the token's place in its mini-batch. */
function headOf(row: Row, head: number, { headSize, rotary }: TttConfig, place: number, rotated: boolean): number[] {
  const own = row.slice(head * headSize, (head + 1) * headSize);
  if (!rotated || rotary === undefined) return own;
  return own.map((value, i) => {
    const angle = place * rotary.theta ** (-(i - (i % 2)) / headSize);
    return i % 2 === 0 ? value * Math.cos(angle) - own[i + 1]! * Math.sin(angle) : value * Math.cos(angle) + own[i - 1]! * Math.sin(angle);
  });
}

interface Token {
  readonly x: Row;
  readonly query: Row;
  readonly key: Row;
  readonly value: Row;
}

/** Answers to all tokens in turn. @param prefix of the names of what learners need not share. */
function learnNaive(tokens: readonly Token[], weights: Weights, prefix: string, config: TttConfig, inner: NaiveInner, reconstruction: NaiveReconstruction, tell?: (head: number, told: NaiveTold) => void): Rows {
  const { width, heads, headSize, miniBatch, baseRate, sharedProjection } = config;
  const own: Weights = Object.fromEntries(Object.keys(weights).filter((name) => name.startsWith(prefix)).map((name) => [name.slice(prefix.length), weights[name]!]));
  const projected = [tokens.map(({ query }) => query), tokens.map(({ key }) => key)];
  const [queries, keys] = (sharedProjection === undefined ? projected : ['conv_q', 'conv_k'].map((name) => convolveNaive(projected[0]!, own, name))) as [Rows, Rows];
  const reach = (place: number): number => Math.max(1 / (place + 1) + own['learnable_token_idx']!.data[place]!, 0);
  const answers = tokens.map((): number[] => []);
  for (const head of range(heads)) {
    const initial = inner.names.map(([weight, bias]): Affine => {
      const { shape: [, from, to], data } = own[weight]!;
      return { matrix: range(from!).map((i) => range(to!).map((j) => data[(head * from! + i) * to! + j]!)), bias: range(to!).map((j) => own[bias]!.data[head * to! + j]!) };
    });
    let maps = initial;
    let steps = initial.map((map) => combine(map, -1, map)); // zeros
    let seen: { readonly k: Row; readonly v: Row }[] = [];
    for (const [t, { x, value }] of tokens.entries()) {
      const place = t % miniBatch;
      const [q, k, v] = [headOf(queries[t]!, head, config, place, true), headOf(keys[t]!, head, config, place, true), headOf(value, head, config, place, false)];
      const logit = own['learnable_ttt_lr_bias']!.data[head]! + sum(x.map((number, i) => number * own['learnable_ttt_lr_weight']!.data[head * width + i]!));
      const rate = baseRate / headSize / (1 + Math.exp(-logit));
      const gradients = inner.gradients(k, maps, (said) => reconstruction.slope(said, k, v, head, own));
      steps = steps.map((step, i) => combine(step, rate, gradients[i]!));
      const now = maps.map((map, i) => combine(map, -reach(place), steps[i]!));
      answers[t]!.push(...reconstruction.answer(q, inner.say(q, now), head, own));
      seen.push({ k, v });
      const isLast = place === miniBatch - 1;
      if (!isLast && t < tokens.length - 1) continue;
      const learnt = maps.map((map, i) => combine(map, -reach(miniBatch - 1), steps[i]!));
      const loss = (by: readonly Affine[]): number => sum(seen.map((token) => reconstruction.loss(inner.say(token.k, by), token.k, token.v, head, own))) / seen.length;
      tell?.(head, { lossBefore: loss(maps), lossAfter: loss(learnt), moved: Math.sqrt(sum(learnt.map((map, i) => squares(combine(map, -1, initial[i]!))))) });
      if (!isLast) continue;
      maps = now;
      seen = [];
      steps = initial.map((map) => combine(map, -1, map));
    }
  }
  return answers;
}

/** What is to be learnt, and who sees whom. */
interface NaiveSetting {
  readonly inner: NaiveInner;
  readonly reconstruction: NaiveReconstruction;
  readonly visibility?: Visibility; // causal when absent
  readonly tell?: (head: number, told: NaiveTold) => void;
}

export function tttNaive(x: Rows, weights: Weights, config: TttConfig, { inner, reconstruction, visibility = causal, tell }: NaiveSetting): Rows {
  const { sharedProjection, gate, normEpsilon, backward } = config;
  const [queries, values] = [linearNaive(x, weights, 'q_proj'), linearNaive(x, weights, 'v_proj')];
  const keys = sharedProjection === undefined ? linearNaive(x, weights, 'k_proj') : queries;
  const tokens = x.map((row, t): Token => ({ x: row, query: queries[t]!, key: keys[t]!, value: values[t]! }));
  const there = learnNaive(tokens, weights, '', config, inner, reconstruction, tell);
  // the other learner reads what a token sees from the last to the token itself
  const answers = backward === undefined ? there : there.map((row, t) => {
    const ahead = tokens.slice(t).filter((_, steps) => visibility.sees(t, t + steps)).reverse();
    const own = learnNaive(ahead, weights, backward === 'separate' ? 'backward.' : '', config, inner, reconstruction).at(-1)!;
    return row.map((value, i) => value + own[i]!);
  });
  const gating = gate === true ? linearNaive(x, weights, 'g_proj') : undefined;
  const normal = answers.map((row, t) => {
    const mean = sum(row) / row.length;
    const deviation = Math.sqrt(sum(row.map((value) => (value - mean) ** 2)) / row.length + normEpsilon);
    return row.map((value, i) => ((value - mean) / deviation * weights['post_norm.weight']!.data[i]! + weights['post_norm.bias']!.data[i]!) * (gating === undefined ? 1 : gelu(gating[t]![i]!)));
  });
  return linearNaive(normal, weights, 'o_proj');
}
