import { PalimpsestError, type Backbone, type Clock } from '@palimpsest/backbone';
import type { RunEvent } from '../protocol/event.js';
import { layOutSheet } from './cells.js';
import { meter } from './meter.js';
import type { Order } from './request.js';
import type { CellTokenizer } from './source.js';
import { transcribe } from './transcript.js';

export interface Run {
  readonly order: Order;
  readonly backbone: Backbone;
  readonly tokenizer: CellTokenizer;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** One run from `start` to `finish`. @throws PalimpsestError before `start` when the prompt does not fit the model. */
export async function* run({ order, backbone, tokenizer, clock, signal }: Run): AsyncGenerator<RunEvent, void, void> {
  const { request, way } = order;
  const { mask, end, pad, begin } = backbone.vocabulary;
  const prompt = promptIds(request.prompt, tokenizer, backbone);
  const sheet = layOutSheet(tokenizer, prompt, mask);
  const metered = meter(backbone);
  const { settings, seed } = request;
  const banned = idsFrom(tokenizer.vocabularySize, backbone.vocabulary.size);
  const { generation, canvas } = way.begin({ backbone: metered.backbone, prompt, settings, seed, banned, signal, clock });
  const closing = [end, pad].filter((id) => id !== undefined);
  const texts = sheet.texts().map((text, position) => (prompt[position] === begin && position === 0 ? '' : text));
  yield { type: 'start', request, canvas, prompt: texts, closing, at: 0, meter: metered.read() };
  yield* transcribe(generation, { sheet, clock, readMeter: metered.read });
}

function idsFrom(start: number, end: number): readonly number[] {
  return Array.from({ length: Math.max(end - start, 0) }, (_, index) => start + index);
}

/** The begin token, where the model has one, then the prompt's. */
function promptIds(prompt: string, tokenizer: CellTokenizer, { vocabulary, maximumLength }: Backbone): Int32Array {
  const ids = tokenizer.encode(prompt);
  const whole = vocabulary.begin === undefined ? ids : Int32Array.of(vocabulary.begin, ...ids);
  if (whole.length >= maximumLength) {
    throw new PalimpsestError({
      where: 'prompt',
      expected: `fewer than ${maximumLength} tokens, the length of the model's context`,
      got: `${whole.length} tokens`,
      hint: 'Shorten the prompt.',
    });
  }
  return whole;
}
