import { openCheckpoint } from '@palimpsest/checkpoints';
import { collectSamples, costOf, distinctShare, repetitionRate, scoreStories } from '@palimpsest/evaluation';
import type { CheckerReport, Cost, Sample } from '@palimpsest/evaluation';
import type { OpenedModel } from '@palimpsest/models';
import { follow } from '../generation/follow.js';
import { prepareSession } from '../generation/session.js';
import type { Given } from '../options.js';
import type { Surroundings } from '../surroundings.js';

/** What a model's samples are like, under one setting. */
export interface SampleReport {
  readonly samples: number;
  readonly passesPerToken: number;
  /** Absent where the checker does not know the texts' world. */
  readonly checker?: CheckerReport;
  /** Distinct words, pairs and triples over all of them. */
  readonly distinct: readonly [number, number, number];
  readonly repetition: number;
  readonly cost: Cost;
  readonly example: string;
}

export interface SampleSettings {
  readonly count: number;
  readonly firstSeed: number;
  readonly isStorybook: boolean;
  readonly onProgress: (texts: number) => void;
}

/** Texts that are written again one by one, since times are only right alone. */
const timed = 3;

export async function reportSamples(model: OpenedModel, given: Given, { count, firstSeed, isStorybook, onProgress }: SampleSettings, surroundings: Surroundings): Promise<SampleReport> {
  const write = async (seed: number): Promise<Omit<Sample, 'seed'>> => {
    const { ids, reason, usage } = await follow(prepareSession(model, { prompt: '', given, seed }, surroundings).begin(), () => undefined);
    surroundings.signal.throwIfAborted();
    return { ids: [...ids], reason, usage, text: model.tokenizer.decode(ids, { skipSpecial: true }).trim() };
  };
  const samples = await collectSamples({ write, count, firstSeed, onProgress });
  const alone = await collectSamples({ write, count: Math.min(timed, count), firstSeed, together: 1 });
  const texts = samples.map(({ text }) => text);
  const words = texts.map((text) => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []);
  const share = (n: number): number => (words.some(({ length }) => length >= n) ? distinctShare(words, n) : 0);
  return {
    samples: count,
    passesPerToken: samples.reduce((sum, { usage }) => sum + usage.forwardPasses, 0) / Math.max(1, samples.reduce((sum, { usage }) => sum + usage.generatedTokens, 0)),
    ...(isStorybook && { checker: scoreStories(texts) }),
    distinct: [share(1), share(2), share(3)],
    repetition: words.some(({ length }) => length >= 4) ? repetitionRate(words) : 0,
    cost: costOf(alone.map(({ usage }) => usage), 2 * (await matrixNumbers(model))),
    example: texts[0] ?? '',
  };
}

/** Numbers that every position is multiplied with: all matrices, but of two tables of tokens only the head. */
async function matrixNumbers({ directory }: OpenedModel): Promise<number> {
  const { parameters, vocabularySize, width } = (await openCheckpoint(directory)).definition;
  const matrices = parameters.filter(({ shape }) => shape.length === 2);
  const tables = matrices.filter(({ shape: [rows, columns] }) => rows === vocabularySize && columns === width).length;
  return matrices.reduce((sum, { shape: [rows = 0, columns = 0] }) => sum + rows * columns, 0) - (tables - 1) * vocabularySize * width;
}
