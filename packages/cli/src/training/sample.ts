import type { Clock, Vocabulary } from '@palimpsest/backbone';
import type { ModelDefinition } from '@palimpsest/layers';
import type { UsualSampling } from '@palimpsest/models';
import { openBackbone } from '@palimpsest/runtime';
import type { Tokenizer } from '@palimpsest/tokenizer';
import type { StateTensor } from '@palimpsest/training';
import { follow } from '../generation/follow.js';
import { prepareSession } from '../generation/session.js';
import { tokens } from '../generation/ways/way.js';

export interface SampleSettings {
  readonly definition: ModelDefinition;
  readonly vocabulary: Vocabulary;
  readonly tokenizer: Tokenizer;
  /** Of a training row: a sample is as long as what was learned from. */
  readonly length: number;
  /** How it is written, where not as usual. */
  readonly usual: UsualSampling | undefined;
  readonly threads: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What a row holds behind its begin token, in whole blocks of the canvas where it is filled in blocks. */
const sampleLength = (length: number, { blockLength = 1 }: UsualSampling = {}): number => Math.floor((length - 1) / blockLength) * blockLength;

/** A text that a model in training writes without a prompt, as `generate` would; another one at each step. */
export async function writeSample(weights: ReadonlyMap<string, StateTensor>, step: number, settings: SampleSettings): Promise<string> {
  const { definition, vocabulary, tokenizer, length, usual, threads } = settings;
  // training holds this thread, so a worker would gain nothing
  await using backbone = await openBackbone({ definition, vocabulary, weights, threads, thread: 'own' });
  const session = prepareSession({ name: 'sample', backbone, tokenizer, card: usual && { sampling: usual } }, { prompt: '', given: tokens.give({}, sampleLength(length, usual)), seed: step }, settings);
  const { ids } = await follow(session.begin(), () => undefined);
  return tokenizer.decode(ids, { skipSpecial: true });
}
