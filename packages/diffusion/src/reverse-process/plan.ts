import { PalimpsestError } from '@palimpsest/backbone';
import type { Backbone, Range } from '@palimpsest/backbone';
import { parseSampling } from '@palimpsest/sampling';
import type { Sampling } from '@palimpsest/sampling';
import { parseEditing } from '../editing/editing.js';
import type { Editing } from '../editing/editing.js';
import { lowConfidence } from '../unmasking-policy/ranked.js';
import type { UnmaskingPolicy } from '../unmasking-policy/unmasking-policy.js';
import { FIXED, OPEN } from './canvas.js';
import type { Canvas } from './canvas.js';
import type { MaskedDiffusionOptions } from './masked-diffusion.js';

/** What is written where and in how many steps: the options, checked against the backbone. */
export interface Plan {
  readonly canvas: Canvas;
  readonly blocks: readonly Range[]; // left to right
  readonly stepsPerBlock: number;
  readonly policy: UnmaskingPolicy;
  readonly sampling: Sampling;
  readonly editing?: Required<Editing>;
}

const WHERE = 'generateMaskedDiffusion';

/** @throws PalimpsestError or SamplingError naming the option that does not fit. */
export function planGeneration(options: MaskedDiffusionOptions): Plan {
  const { backbone, canvasLength, blockLength = canvasLength, steps = canvasLength, temperature = 0, banned = [] } = options;
  const mask = maskOf(backbone);
  requirePositive('canvasLength', canvasLength);
  requirePositive('blockLength', blockLength);
  requirePositive('steps', steps);
  const blockCount = canvasLength / blockLength;
  if (!Number.isInteger(blockCount)) {
    const hint = `Try blocks of ${nearest(blockLength, divisorsOf(canvasLength))}.`;
    refuse({ expected: `a blockLength that divides the canvas of ${canvasLength}`, got: String(blockLength), hint });
  }
  if (steps % blockCount !== 0) {
    const multiples = [Math.floor(steps / blockCount) * blockCount, Math.ceil(steps / blockCount) * blockCount].filter((multiple) => multiple > 0);
    const expected = `steps that divide evenly over the ${blockCount} blocks of ${blockLength}`;
    refuse({ expected, got: String(steps), hint: `Try ${nearest(steps, multiples)} steps.` });
  }
  const canvas = layOut(options, mask);
  checkFits(backbone, canvas.tokens.length, options);
  return {
    canvas,
    blocks: Array.from({ length: blockCount }, (_, block) => {
      const start = canvas.range.start + block * blockLength;
      return { start, end: start + blockLength };
    }),
    stepsPerBlock: steps / blockCount,
    policy: parsePolicy(WHERE, options.policy ?? lowConfidence),
    sampling: parseSampling({ ...options, temperature, banned: [...banned, mask] }, backbone.vocabulary.size),
    ...(options.editing && { editing: parseEditing(WHERE, options.editing) }),
  };
}

/** @throws PalimpsestError when it is none, as a program without types may have it. */
export function parsePolicy(where: string, policy: UnmaskingPolicy): UnmaskingPolicy {
  if (typeof policy?.decide === 'function') return policy;
  throw new PalimpsestError({ where: `${where}: policy`, expected: 'an unmasking policy, such as lowConfidence or confidenceThreshold(0.9)', got: JSON.stringify(policy) ?? `a ${typeof policy}` });
}

/** Cells that `splitQuota` gives to each step: n over S steps is floor(n / S), the first n mod S steps one more. */
export function splitQuota(cells: number, steps: number): readonly number[] {
  return Array.from({ length: steps }, (_, step) => Math.floor(cells / steps) + (step < cells % steps ? 1 : 0));
}

function layOut({ backbone, prompt, suffix = new Int32Array(0), canvasLength, fixed = [] }: MaskedDiffusionOptions, mask: number): Canvas {
  const { size } = backbone.vocabulary;
  const range = { start: prompt.length, end: prompt.length + canvasLength };
  const tokens = new Int32Array(range.end + suffix.length).fill(mask);
  const state = new Uint8Array(tokens.length).fill(OPEN, range.start, range.end);
  tokens.set(prompt);
  tokens.set(suffix, range.end);
  checkIds('prompt', prompt, size);
  checkIds('suffix', suffix, size);
  checkIds('fixed', fixed.map(({ id }) => id), size);
  for (const { position, id } of fixed) {
    if (state[position] !== OPEN) {
      const hint = 'Positions count from the first token of the prompt.';
      refuse({ expected: `fixed positions from ${range.start} to ${range.end - 1}, each once`, got: String(position), hint });
    }
    tokens[position] = id;
    state[position] = FIXED;
  }
  return { tokens, state, committedProbability: new Float64Array(tokens.length), range, mask };
}

function maskOf({ vocabulary }: Backbone): number {
  if (vocabulary.mask !== undefined) return vocabulary.mask;
  const hint = 'Masked diffusion needs a model that was trained with one; generate with @palimpsest/autoregressive.';
  refuse({ expected: 'a backbone whose vocabulary has a mask token', got: 'one without', hint });
}

function checkFits(backbone: Backbone, length: number, { prompt, suffix, canvasLength }: MaskedDiffusionOptions): void {
  const { maximumLength, visibility } = backbone;
  if (length > maximumLength) {
    const got = `${length}: prompt ${prompt.length}, canvas ${canvasLength}, suffix ${suffix?.length ?? 0}`;
    refuse({ expected: `at most the ${maximumLength} tokens of the backbone's context`, got, hint: 'Shorten the prompt or the canvas.' });
  }
  if (!visibility.sees(0, length - 1)) {
    const hint = 'A causal model generates with @palimpsest/autoregressive.';
    refuse({ expected: `visibility that lets every one of the ${length} positions see all others, such as bidirectional`, got: visibility.name, hint });
  }
}

function checkIds(option: string, ids: ArrayLike<number>, size: number): void {
  const fault = Array.from(ids).findIndex((id) => !Number.isInteger(id) || id < 0 || id >= size);
  if (fault >= 0) refuse({ expected: `${option} ids from 0 to ${size - 1}`, got: `${ids[fault]} at index ${fault}`, hint: 'Was it encoded with another tokenizer?' });
}

function requirePositive(option: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) refuse({ expected: `a positive integer ${option}`, got: String(value) });
}

const divisorsOf = (value: number): number[] => Array.from({ length: value }, (_, index) => index + 1).filter((divisor) => value % divisor === 0);

/** The closest below and above, as words. */
function nearest(value: number, candidates: readonly number[]): string {
  const below = candidates.filter((candidate) => candidate < value).at(-1);
  const above = candidates.find((candidate) => candidate > value);
  return [below, above].filter((candidate) => candidate !== undefined).join(' or ');
}

function refuse(fields: { readonly expected: string; readonly got: string; readonly hint?: string }): never {
  throw new PalimpsestError({ where: WHERE, ...fields });
}
