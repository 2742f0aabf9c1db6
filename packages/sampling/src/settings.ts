import { SamplingError } from './error.js';

/** How a token is drawn from a row of logits. What is absent does not apply. */
export interface SamplingSettings {
  /** 0 takes the most probable token, 1 draws from the model's own distribution. Default 1. */
  readonly temperature?: number;
  /** Only the k most probable tokens are drawn; of equally probable ones the lower ids. */
  readonly topK?: number;
  /** Only the smallest set of most probable tokens whose mass reaches p, above 0 up to 1. Counted after temperature and top-k. */
  readonly topP?: number;
  /** Ids that are never drawn. */
  readonly banned?: Iterable<number>;
}

/** Settings that were checked against a vocabulary. */
export interface Sampling {
  readonly vocabularySize: number;
  readonly temperature: number;
  /** Equal to `vocabularySize` when there is no limit. */
  readonly topK: number;
  readonly topP: number;
  readonly banned: ReadonlySet<number>;
  /** The ids that are not banned, ascending. */
  readonly allowed: readonly IdRange[];
}

/** Ids from `start` up to, not including, `end`. */
export interface IdRange {
  readonly start: number;
  readonly end: number;
}

/** @throws SamplingError naming the setting that is out of range. */
export function parseSampling(settings: SamplingSettings, vocabularySize: number): Sampling {
  const { temperature = 1, topK = vocabularySize, topP = 1 } = settings;
  requireSetting(Number.isFinite(temperature) && temperature >= 0, 'temperature', 'a number of at least 0', temperature);
  requireSetting(Number.isInteger(topK) && topK >= 1, 'topK', 'an integer of at least 1', topK, 'Leave it out to draw from all tokens.');
  requireSetting(topP > 0 && topP <= 1, 'topP', 'a number above 0, up to 1', topP, 'Leave it out to draw from all tokens.');
  const banned = new Set(settings.banned ?? []);
  for (const id of banned) {
    requireSetting(Number.isInteger(id) && id >= 0 && id < vocabularySize, 'banned', `token ids from 0 to ${vocabularySize - 1}`, id);
  }
  requireSetting(banned.size < vocabularySize, 'banned', `fewer than all ${vocabularySize} tokens`, banned.size);
  return { vocabularySize, temperature, topK: Math.min(topK, vocabularySize), topP, banned, allowed: rangesBetween(banned, vocabularySize) };
}

function rangesBetween(banned: ReadonlySet<number>, vocabularySize: number): readonly IdRange[] {
  const stops = [...banned].sort((a, b) => a - b).concat(vocabularySize);
  return stops.map((end, index) => ({ start: index === 0 ? 0 : stops[index - 1]! + 1, end })).filter(({ start, end }) => start < end);
}

function requireSetting(holds: boolean, name: string, expected: string, got: number, hint?: string): void {
  if (!holds) throw new SamplingError({ where: `sampling settings, ${name}`, expected, got: String(got), ...(hint !== undefined && { hint }) });
}
