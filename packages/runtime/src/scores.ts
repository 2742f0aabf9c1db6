import { nucleusSampler } from '@palimpsest/sampling';
import type { DrawRequest } from './engine.js';
import type { Reduction } from './graph-name.js';
import type { HostTensor } from './session.js';

/** Outputs of a head under the names of the backbone's `Scores`. */
export type HeadAnswer = Readonly<Record<string, Float32Array | Int32Array>>;

const floats = (tensor: HostTensor | undefined): Float32Array => tensor!.data as Float32Array; // by the head's outputs, in graphs.ts

/**
 * With p the probability of the largest logit: logSumExp = largest logit − ln p, entropy = logSumExp − Σ probability · logit.
 * Logarithms and differences are taken in doubles.
 *
 * @param draws what was asked, for the reduction `nucleus`.
 */
export function scoresOf(reduction: Reduction, results: Readonly<Record<string, HostTensor>>, draws?: DrawRequest): HeadAnswer {
  if (reduction === 'logits') return { logits: floats(results['logits']) };
  if (reduction === 'draw' || reduction === 'nucleus') {
    const entropy = floats(results['expectation']).map((expectation) => Math.max(0, -expectation)); // no certain row is -0
    const leaders = floats(results['leaders']);
    const margin = entropy.map((_, row) => leaders[2 * row]! - leaders[2 * row + 1]!);
    const drawn = reduction === 'draw' ? { ids: toInt32(results['ids']!.data as BigInt64Array), logProbabilities: floats(results['drawn']) } : drawFromNuclei(results, draws!);
    return { ...drawn, entropy, margin };
  }
  const probability = floats(results['probability']);
  if (reduction === 'targets') {
    const [largest, logProbabilities] = [floats(results['largest']), floats(results['value'])];
    for (let row = 0; row < probability.length; row++) logProbabilities[row]! -= largest[row]! - Math.log(probability[row]!);
    return { logProbabilities };
  }
  const [logProbabilities, entropy] = [floats(results['values']), floats(results['expected'])]; // in place of what the head gave
  const logSumExp = new Float32Array(probability.length);
  const count = logProbabilities.length / probability.length;
  for (let row = 0; row < probability.length; row++) {
    const normaliser = logProbabilities[row * count]! - Math.log(probability[row]!);
    for (let i = row * count; i < (row + 1) * count; i++) logProbabilities[i]! -= normaliser;
    logSumExp[row] = normaliser;
    entropy[row] = Math.max(0, normaliser - entropy[row]!); // rounding may leave a certain row below zero
  }
  return { ids: toInt32(results['ids']!.data as BigInt64Array), logProbabilities, logSumExp, entropy };
}

/** Which tokens hold so much of a row takes looking at all of them again and again: here, because there is no operator for it. */
function drawFromNuclei(results: Readonly<Record<string, HostTensor>>, { uniforms, topPs }: DrawRequest): Pick<HeadAnswer, 'ids' | 'logProbabilities'> {
  const [weights, logs] = [floats(results['weights']), floats(results['logs'])];
  const size = weights.length / uniforms.length;
  const sample = nucleusSampler(size);
  const ids = Int32Array.from(uniforms, (uniform, row) => sample(weights.subarray(row * size, (row + 1) * size), topPs[row]!, uniform));
  return { ids, logProbabilities: Float32Array.from(ids, (id, row) => logs[row * size + id]!) };
}

/** The low words, for numbers that fit; every machine that ONNX Runtime runs on is little-endian. */
function toInt32(numbers: BigInt64Array): Int32Array {
  const words = new Int32Array(numbers.buffer, numbers.byteOffset, 2 * numbers.length);
  const low = new Int32Array(numbers.length);
  for (let i = 0; i < low.length; i++) low[i] = words[2 * i]!;
  return low;
}
