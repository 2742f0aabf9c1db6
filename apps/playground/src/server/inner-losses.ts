import { PalimpsestError } from '@palimpsest/backbone';
import { z } from 'zod';
import type { InnerLossReport, InnerLossRequest } from '../protocol/inner-loss.js';
import type { ModelSummary } from '../protocol/model.js';
import { maximumPromptCharacters, named, parsed } from './request.js';
import type { OpenModel } from './source.js';

/** A pass over more would keep the server from answering anybody else for seconds. */
const maximumTokens = 1024;

const body = z.strictObject(
  {
    model: z.string({ error: 'the name of a model' }),
    text: z.string({ error: 'a text' }).min(1, { error: 'a text to read' }).max(maximumPromptCharacters, { error: `at most ${maximumPromptCharacters} characters` }),
  },
  { error: 'an object' },
);

/** @throws PalimpsestError that names the field, or where the model has no layers that learn while they read. */
export function readInnerLossRequest(json: unknown, models: readonly ModelSummary[]): InnerLossRequest {
  const request = parsed(body, json);
  named('model', request.model, models.filter(({ tellsInnerLosses }) => tellsInnerLosses));
  return request;
}

/** What the model's layers tell of the text, as much of it as the context holds. */
export async function innerLossReport({ model, text }: InnerLossRequest, { backbone, tokenizer, readInnerLosses }: OpenModel): Promise<InnerLossReport> {
  if (readInnerLosses === undefined) throw new PalimpsestError({ where: 'model', expected: 'one with layers that learn while they read', got: model });
  const { vocabulary: { begin, mask }, maximumLength } = backbone;
  const ids = tokenizer.encode(text);
  const whole = begin === undefined ? ids : Int32Array.of(begin, ...ids);
  const read = whole.subarray(0, Math.min(maximumTokens, maximumLength));
  const texts = tokenizer.decodeCells(read, mask).map((cell, position) => (position === 0 && begin !== undefined ? '' : cell));
  return { model, texts, whole: whole.length, layers: await readInnerLosses(read) };
}
