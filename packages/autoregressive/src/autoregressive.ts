import { costMeter, PalimpsestError } from '@palimpsest/backbone';
import type { Backbone, Clock, Context, FinishReason, Generation } from '@palimpsest/backbone';
import { parseSampling } from '@palimpsest/sampling';
import type { SamplingSettings } from '@palimpsest/sampling';
import { nextTokenReader } from './next-token-reader.js';
import type { Append, NextTokenReader } from './next-token-reader.js';

export interface AutoregressiveOptions extends SamplingSettings {
  /** Causal, with `append`, and row i predicting token i + 1. */
  readonly backbone: Backbone;
  /** May be empty where the vocabulary has a begin token, which then stands in for it. */
  readonly prompt: Int32Array;
  /** Generation stops after so many tokens, or when the context is full. */
  readonly maximumTokens: number;
  /** Tokens that end the answer; by default the vocabulary's end token. */
  readonly endTokens?: readonly number[];
  /** Integer from 0 to 2^53 - 1. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly clock: Clock;
}

/**
 * Writes a text from left to right: the prompt is appended, and each token is drawn from the row of the one before it.
 * One forward pass to a token; the last token is not computed on. Only tokens that can be drawn leave the model (temperature 0,
 * or `topK`), or the one that it drew itself. What is drawn depends on the seed, the pass and the position alone.
 *
 * @returns one `tokens-commit` to a token, the end token included, and `finish`; the result's ids leave the end token out.
 * @throws PalimpsestError or SamplingError before any pass when an option does not fit the backbone.
 */
export function generateAutoregressive(options: AutoregressiveOptions): Generation {
  const { backbone, maximumTokens, endTokens = [], seed } = options;
  checkBackbone(backbone);
  const first = firstTokens(options);
  checkIds('endTokens', endTokens, backbone.vocabulary.size);
  if (!Number.isInteger(maximumTokens) || maximumTokens < 1) refuse({ expected: 'maximumTokens of at least 1', got: String(maximumTokens) });
  const read = nextTokenReader(parseSampling(options, backbone.vocabulary.size), seed);
  return generate(options, first.slice(), read);
}

async function* generate(options: AutoregressiveOptions, first: Int32Array, read: NextTokenReader): Generation {
  const { backbone, prompt, maximumTokens, signal, clock } = options;
  const { end } = backbone.vocabulary;
  const endTokens = new Set(options.endTokens ?? (end === undefined ? [] : [end]));
  const room = backbone.maximumLength - first.length + 1; // the last token needs none: nothing is computed on it
  const meter = costMeter(clock);
  const answer: number[] = [];
  let stateBytes = 0;
  let reason: FinishReason = 'length';
  try {
    signal?.throwIfAborted();
    await using context = await meter.wait(backbone.open(signal && { signal }));
    const append = appendOf(context);
    let tokens = first;
    while (reason === 'length' && answer.length < Math.min(maximumTokens, room)) {
      const [pass, position] = [meter.passes() + 1, prompt.length + answer.length];
      const choose = await meter.wait(read(append, tokens, { pass, position }));
      meter.countPass(tokens.length);
      stateBytes = Math.max(stateBytes, context.stateBytes);
      const { id, probability } = choose();
      meter.countCommit();
      yield { type: 'tokens-commit', positions: Int32Array.of(position), ids: Int32Array.of(id), confidence: Float32Array.of(probability), pass };
      if (endTokens.has(id)) reason = 'end-token';
      else answer.push(id);
      tokens = Int32Array.of(id);
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
    reason = 'aborted';
  }
  const ids = Int32Array.from(answer);
  const usage = meter.usage({ promptTokens: prompt.length, generatedTokens: ids.length, stateBytes });
  yield { type: 'finish', reason, usage };
  return { ids, reason, usage };
}

function checkBackbone({ visibility, prediction }: Backbone): void {
  if (visibility.blockSize !== 1) {
    const hint = 'Models that see ahead generate with @palimpsest/diffusion.';
    refuse({ expected: 'a backbone with causal visibility', got: visibility.name, hint });
  }
  if (prediction !== 'next') refuse({ expected: "a backbone whose rows predict the 'next' token", got: `'${prediction}'` });
}

function appendOf({ append }: Context): Append {
  if (append) return append;
  refuse({ expected: 'a backbone whose contexts can be appended to', got: 'a context without append', hint: 'Append tokens one by one to extend a prefix.' });
}

/** The tokens that the first pass runs over. */
function firstTokens({ backbone, prompt }: AutoregressiveOptions): Int32Array {
  const { vocabulary, maximumLength } = backbone;
  if (prompt.length === 0) {
    if (vocabulary.begin !== undefined) return Int32Array.of(vocabulary.begin);
    refuse({ expected: 'a prompt, or a vocabulary with a begin token', got: 'neither', hint: 'Give at least one token.' });
  }
  if (prompt.length > maximumLength) {
    refuse({ expected: `a prompt of at most the ${maximumLength} tokens of the backbone's context`, got: String(prompt.length), hint: 'Shorten the prompt.' });
  }
  checkIds('prompt', prompt, vocabulary.size);
  return prompt;
}

function checkIds(option: string, ids: ArrayLike<number>, size: number): void {
  const fault = Array.from(ids).findIndex((id) => !Number.isInteger(id) || id < 0 || id >= size);
  if (fault < 0) return;
  refuse({ expected: `${option} ids from 0 to ${size - 1}`, got: `${ids[fault]} at index ${fault}`, hint: 'Was it encoded with another tokenizer?' });
}

function refuse(fields: { readonly expected: string; readonly got: string; readonly hint?: string }): never {
  throw new PalimpsestError({ where: 'generateAutoregressive', ...fields });
}
