import type { Backbone, Generation, Range } from '@palimpsest/backbone';
import { listModels, openModel } from '@palimpsest/models';
import type { ModelCard, OpenedModel } from '@palimpsest/models';
import type { Tokenizer } from '@palimpsest/tokenizer';
import { checkingInput, checkingInputOf, refusal } from '../failure.js';
import { choiceOption, integerOption } from '../options.js';
import type { AnyOption, Given } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { note } from '../view/note.js';
import { withUsual } from './usual-sampling.js';
import { wayFor } from './ways/index.js';
import type { Way } from './ways/way.js';

const device = choiceOption('--device <name>', 'where the model runs: cpu, webgpu or cuda (default: cpu)', ['cpu', 'webgpu', 'cuda']);
const threads = integerOption('--threads <count>', 'threads inside one operator (default: 2)', 1);
const precision = choiceOption('--precision <name>', 'how matrices are held: float32, or int8 or int4, which are faster where the model is large (default: float32)', ['float32', 'int8', 'int4']);
export const modelOptions: readonly AnyOption[] = [device, precision, threads];

/**
 * Tells on the errors' stream what was assumed of the model.
 * @throws InputError when there is no such model, or it cannot be opened.
 */
export async function openNamed(name: string | undefined, given: Given, { signal, errors }: Surroundings): Promise<OpenedModel> {
  const [where, held, count] = [device.read(given), precision.read(given), threads.read(given)];
  const options = { ...(where !== undefined && { device: where }), ...(held !== undefined && { precision: held }), ...(count !== undefined && { threads: count }) };
  const opened = await checkingInputOf(openModel(name ?? await firstModel(), { signal, ...options }));
  for (const assumption of opened.assumptions) note(errors, `${opened.name}: ${assumption}`);
  return opened;
}

async function firstModel(): Promise<string> {
  const [first] = await listModels();
  if (first !== undefined) return first.name;
  throw refusal({ where: 'MODEL', expected: 'the name of a model or its folder', got: 'none, and no model comes with this installation', hint: 'Train one: palimpsest train quick' });
}

/** One model that is about to answer one prompt. */
export interface Session {
  readonly model: string;
  readonly way: Way;
  readonly backbone: Backbone;
  readonly tokenizer: Tokenizer;
  readonly prompt: Int32Array;
  /** Positions that lie open from the first moment. */
  readonly canvas: Range;
  /** What makes the planned number of passes idle, by its name. */
  readonly planIgnoredBy?: string;
  /** A generation from the start; any number of times. */
  readonly begin: () => Generation;
}

export interface SessionModel extends Pick<OpenedModel, 'name' | 'backbone' | 'tokenizer'> {
  readonly card?: Pick<ModelCard, 'sampling'> | undefined;
}

export interface SessionOptions {
  readonly prompt: string;
  readonly given: Given;
  readonly seed: number;
}

/** @throws InputError when prompt and options do not fit the model. */
export function prepareSession({ name, backbone, tokenizer, card }: SessionModel, options: SessionOptions, { signal, clock }: Pick<Surroundings, 'signal' | 'clock'>): Session {
  const { seed } = options;
  const way = wayFor(name, backbone);
  const given = withUsual(options.given, card?.sampling, way);
  const prompt = promptIds(options.prompt, tokenizer, backbone);
  const start = { backbone, prompt, given, seed, signal, clock };
  const { canvas } = checkingInput(() => way.begin(start));
  const planIgnoredBy = way.planIgnoredBy?.(given);
  return { model: name, way, backbone, tokenizer, prompt, canvas, ...(planIgnoredBy !== undefined && { planIgnoredBy }), begin: () => way.begin(start).generation };
}

/** Tells on the errors' stream where a number of passes was asked for in vain. */
export function noteIdlePlan({ model, way, planIgnoredBy }: Session, given: Given, { errors }: Surroundings): void {
  if (way.steps === undefined || planIgnoredBy === undefined || way.steps.read(given) === undefined) return;
  note(errors, `${model}: ${way.steps.flag} changes nothing, ${planIgnoredBy} writes as many tokens to a pass as it likes; choose another --policy to plan them`);
}

/** The begin token, where the model has one, then the prompt's. */
function promptIds(prompt: string, tokenizer: Tokenizer, { vocabulary, maximumLength }: Backbone): Int32Array {
  const ids = tokenizer.encode(prompt);
  const whole = vocabulary.begin === undefined ? ids : Int32Array.of(vocabulary.begin, ...ids);
  if (whole.length < maximumLength) return whole;
  throw refusal({ where: '--prompt', expected: `fewer than the ${maximumLength} tokens of the model's context`, got: `${whole.length} tokens`, hint: 'Shorten the prompt.' });
}
