import { join } from 'node:path';
import { nearestNames, PalimpsestError } from '@palimpsest/backbone';
import { readOptionalJson } from '@palimpsest/checkpoints';

/** `card.json`: what is known of a model that neither its config nor its weights tell. */
export interface ModelCard {
  readonly title: string;
  /** One sentence. */
  readonly description: string;
  /** What it was trained on. */
  readonly data?: string;
  /** The command that trains it again. */
  readonly command?: string;
  /** Tokens that training went through, repeats counted. */
  readonly tokensSeen?: number;
  readonly trainingSeconds?: number;
  /** Of held-out texts; an upper bound unless the model is causal. */
  readonly heldOutNatsPerToken?: number;
  /** Mean score that the data's checker gives to unprompted samples, 0 to 1. */
  readonly checkerScore?: number;
  /** How the score grew in training. */
  readonly checkerScoreByTokensSeen?: readonly CurvePoint[];
  /** How the score depends on forward passes per token written. */
  readonly checkerScoreByPassesPerToken?: readonly CurvePoint[];
  /** How it writes best, for who does not say otherwise: what its scores were measured with. */
  readonly sampling?: UsualSampling;
  /** What a user should know besides: settings of the optimiser, limits. */
  readonly notes?: readonly string[];
}

/** What is absent is the way of generating's own. */
export interface UsualSampling {
  readonly temperature?: number;
  readonly topP?: number; // above 0, up to 1
  readonly topK?: number;
  /** Tokens to a block of the canvas. */
  readonly blockLength?: number;
  /** A policy's name and, behind an equals sign, its number: `confidence-threshold=0.9`. */
  readonly policy?: string;
  /** Whether passes that sure tokens save go to doubtful ones again. */
  readonly secondLook?: boolean;
}

export interface CurvePoint {
  readonly at: number;
  readonly score: number; // 0 to 1
}

interface Field {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
const isAmount = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value < Infinity;
const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;

const text: Field = { expected: 'a text', fits: isText };
const amount: Field = { expected: 'a number of at least 0', fits: isAmount };
const share: Field = { expected: 'a number from 0 to 1', fits: isShare };
const texts: Field = { expected: 'a list of texts', fits: (value) => Array.isArray(value) && value.every(isText) };
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1;
const samplingFits: { readonly [name in keyof Required<UsualSampling>]: (value: unknown) => boolean } = {
  temperature: isAmount, topP: (value) => isShare(value) && value !== 0, topK: isCount, blockLength: isCount, policy: isText, secondLook: (value) => typeof value === 'boolean',
};
export const usualSamplingKeys: readonly string[] = Object.keys(samplingFits);
/** Whether it has no other keys than those of the interface, each with a value that it may have. */
export const isUsualSampling = (value: unknown): value is UsualSampling =>
  isRecord(value) && Object.entries(value).every(([name, given]) => Object.hasOwn(samplingFits, name) && samplingFits[name as keyof UsualSampling](given));
const sampling: Field = { expected: `an object of ${usualSamplingKeys.join(', ')}`, fits: isUsualSampling };
const curve: Field = {
  expected: 'a list of { at, score }, at of at least 0 and score from 0 to 1',
  fits: (value) => Array.isArray(value) && value.every((point: unknown) => isRecord(point) && Object.keys(point).sort().join() === 'at,score' && isAmount(point['at']) && isShare(point['score'])),
};

const fields: { readonly [name in keyof Required<ModelCard>]: Field } = {
  title: text, description: text, data: text, command: text, tokensSeen: amount, trainingSeconds: amount, heldOutNatsPerToken: amount,
  checkerScore: share, checkerScoreByTokensSeen: curve, checkerScoreByPassesPerToken: curve, sampling, notes: texts,
};
const isField = (key: string): key is keyof ModelCard => Object.hasOwn(fields, key);
const required = ['title', 'description'] as const;

/** @throws PalimpsestError naming the key that is missing, unknown or of another kind. */
export function parseCard(where: string, value: unknown): ModelCard {
  if (!isRecord(value)) throw new PalimpsestError({ where, expected: 'an object', got: JSON.stringify(value) ?? 'nothing' });
  const missing = required.find((key) => !(key in value));
  if (missing !== undefined) throw new PalimpsestError({ where, expected: `a ${missing}`, got: 'none' });
  for (const [key, given] of Object.entries(value)) {
    if (!isField(key)) {
      throw new PalimpsestError({ where: `${where}: ${key}`, expected: 'a key of a card', got: 'an unknown one', hint: `Nearest: ${nearestNames(key, Object.keys(fields)).join(', ')}.` });
    }
    const { expected, fits } = fields[key];
    if (!fits(given)) throw new PalimpsestError({ where: `${where}: ${key}`, expected, got: JSON.stringify(given) ?? 'nothing' });
  }
  return value as unknown as ModelCard; // every key was checked, and the required ones are there
}

/** The card of a model folder; undefined where it has none. @throws PalimpsestError when it is malformed. */
export async function readCard(directory: string): Promise<ModelCard | undefined> {
  const path = join(directory, 'card.json');
  const value = await readOptionalJson(path);
  return value === undefined ? undefined : parseCard(path, value);
}
