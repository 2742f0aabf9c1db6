import { PalimpsestError } from '@palimpsest/backbone';
import type { Backbone } from '@palimpsest/backbone';
import { lowConfidence, subBlocks } from '@palimpsest/diffusion';
import type { Editing, UnmaskingPolicy } from '@palimpsest/diffusion';
import { OPEN, parseEditing, parsePolicy } from '@palimpsest/diffusion/reverse-process';
import type { Canvas } from '@palimpsest/diffusion/reverse-process';
import { parseSampling } from '@palimpsest/sampling';
import type { Sampling } from '@palimpsest/sampling';
import { fromStart, planBlocks } from '../block-plan/block-plan.js';
import type { BlockPlan } from '../block-plan/block-plan.js';
import { basesOf } from '../block-plan/window.js';
import type { Window } from '../block-plan/window.js';
import { withoutRescore, withoutRewind } from './block-reader.js';
import type { Needs } from './block-reader.js';
import type { InFlight } from './in-flight.js';
import type { BlockDiffusionOptions, DualCache } from './options.js';

/** What is written where and in how many steps: the options, checked against the backbone. */
export interface Plan extends BlockPlan {
  /** What is committed before each block. */
  readonly prefixes: readonly number[];
  /** Where the text begins that each block sees. */
  readonly bases: readonly number[];
  /** Tokens of the first block that the model sees at once, where it is shorter than the others. */
  readonly firstBlock?: number;
  readonly canvas: Canvas;
  readonly needs: Needs;
  readonly stepsPerBlock: number;
  readonly editing?: Required<Editing>;
  /** Cells of a part that is looked at alone, for each block; absent where all of it is. */
  readonly partSizes: readonly (number | undefined)[];
  readonly policy: UnmaskingPolicy;
  readonly inFlight?: Required<InFlight>;
  readonly sampling: Sampling;
}

const WHERE = 'generateBlockDiffusion';

/** @throws PalimpsestError or SamplingError naming the option that does not fit. */
export function planGeneration(options: BlockDiffusionOptions): Plan {
  const { backbone, prompt, maximumTokens, temperature = 0, banned = [] } = options;
  const { vocabulary, maximumLength } = backbone;
  const { mask } = vocabulary;
  if (mask === undefined) {
    const hint = 'Block diffusion needs a model that was trained with one; generate with @palimpsest/autoregressive.';
    refuse({ expected: 'a backbone whose vocabulary has a mask token', got: 'one without', hint });
  }
  requirePositive('maximumTokens', maximumTokens);
  const length = prompt.length + maximumTokens;
  const blockSize = blockSizeOf(options);
  const stepsPerBlock = options.stepsPerBlock ?? Math.min(blockSize, maximumTokens);
  requirePositive('stepsPerBlock', stepsPerBlock);
  if (options.window === undefined && length > maximumLength) {
    const got = `${length}: prompt ${prompt.length}, to write ${maximumTokens}`;
    refuse({ expected: `at most the ${maximumLength} tokens of the backbone's context`, got, hint: 'Shorten the prompt or the answer, or give it a window.' });
  }
  checkIds(prompt, vocabulary.size);
  const policy = parsePolicy(WHERE, options.policy ?? lowConfidence);
  const plan = planBlocks(prompt.length, length, blockSize, committedOf(options, blockSize));
  checkCommits(backbone, plan);
  const editing = editingOf(options);
  const window = windowOf(options, blockSize);
  const dualCache = dualCacheOf(options, blockSize);
  const inFlight = inFlightOf(options, policy);
  const partSizes = plan.blocks.map(({ end }) => ((end - plan.committed) % blockSize === 0 ? dualCache?.partSize : undefined));
  const beyond = committedBeyond(backbone, plan);
  const tokens = new Int32Array(length).fill(mask);
  tokens.set(prompt);
  return {
    ...plan,
    prefixes: plan.blocks.map(({ start }, block) => (block === 0 ? plan.committed : start)),
    needs: {
      append: plan.committed > 0 || plan.blocks.length > 1, rewind: (editing?.finishedBlocks ?? 0) > 0 && plan.blocks.length > 1,
      rescore: partSizes.some((size) => size !== undefined),
    },
    ...(editing && { editing }),
    ...(inFlight && { inFlight }),
    partSizes,
    policy: dualCache === undefined ? policy : subBlocks(policy, dualCache.partSize),
    bases: window === undefined ? plan.blocks.map(() => 0) : basesOf(plan, backbone.visibility.blockSize, window),
    ...(beyond > 0 && { firstBlock: beyond }),
    canvas: { tokens, state: new Uint8Array(length).fill(OPEN, prompt.length), committedProbability: new Float64Array(length), range: { start: prompt.length, end: length }, mask },
    stepsPerBlock,
    sampling: parseSampling({ ...options, temperature, banned: [...banned, mask] }, vocabulary.size),
  };
}

/** A block of the text is one or more of those that the model sees at once: tokens that were committed must not gain something to see. */
function blockSizeOf({ backbone: { visibility, maximumLength }, blockSize = visibility.blockSize }: BlockDiffusionOptions): number {
  if (blockSize !== Infinity) requirePositive('blockSize', blockSize);
  if (visibility.blockSize !== Infinity && blockSize !== Infinity && blockSize % visibility.blockSize !== 0) {
    const [below, above] = [Math.floor, Math.ceil].map((round) => round(blockSize / visibility.blockSize) * visibility.blockSize);
    const expected = `blocks of a multiple of ${visibility.blockSize} tokens under ${visibility.name} visibility`;
    refuse({ expected, got: String(blockSize), hint: `Try ${below === 0 ? above : `${below} or ${above}`}.` });
  }
  if (blockSize !== Infinity && blockSize > maximumLength) {
    refuse({ expected: `blocks of at most the ${maximumLength} tokens of the backbone's context`, got: String(blockSize), hint: 'A context that holds no whole block can commit none.' });
  }
  return blockSize;
}

/** What the alignment says. @throws PalimpsestError where the first block would not end behind the prompt, or begin behind its end. */
function committedOf({ prompt: { length }, alignment = fromStart }: BlockDiffusionOptions, blockSize: number): number {
  const hint = 'Those of this package are fromStart and fromPrompt.';
  if (typeof alignment !== 'function') refuse({ expected: 'an alignment, which is a function', got: JSON.stringify(alignment), hint });
  const committed = alignment(length, blockSize);
  const least = Math.max(0, length - blockSize + 1);
  if (!(Number.isInteger(committed) && committed >= least && committed <= length)) {
    const expected = `an alignment that gives a whole number from ${least} to ${length}, with less than a block left of the prompt's ${length} tokens`;
    refuse({ expected, got: String(committed), hint });
  }
  return committed;
}

/** @throws PalimpsestError where a block and what is kept before it do not fit into the window, or the window not into the context. */
function windowOf({ backbone: { visibility, maximumLength }, window }: BlockDiffusionOptions, blockSize: number): Required<Window> | undefined {
  if (window === undefined) return undefined;
  const { tokens, keep = tokens - blockSize } = window;
  if (visibility.blockSize === Infinity || blockSize === Infinity) {
    const hint = visibility.blockSize === Infinity ? 'Leave it out.' : 'Give it a blockSize.';
    refuse({ expected: 'blocks, which a window moves over', got: 'one block for all', hint });
  }
  requirePositive('window', tokens);
  const least = visibility.blockSize + blockSize;
  if (tokens < least) refuse({ expected: `a window of at least ${least} tokens, for a block of ${blockSize} and ${visibility.blockSize} before it`, got: String(tokens) });
  if (tokens > maximumLength) refuse({ expected: `a window of at most the ${maximumLength} tokens of the backbone's context`, got: String(tokens) });
  requirePositive('keep of the window', keep);
  if (keep < visibility.blockSize) refuse({ expected: `at least a block of ${visibility.blockSize} tokens that the window keeps`, got: String(keep) });
  if (keep + blockSize > tokens) refuse({ expected: `a window of ${keep + blockSize} tokens, for the ${keep} that it keeps and a block of ${blockSize}`, got: String(tokens) });
  return { tokens, keep };
}

/** @throws PalimpsestError where finished blocks are to be edited and cannot be: what sees all is one block, and a window forgets what they saw. */
function editingOf({ backbone: { visibility, cannotRewind }, editing: given, window }: BlockDiffusionOptions): Required<Editing> | undefined {
  if (given === undefined) return undefined;
  const editing = parseEditing(WHERE, given);
  if (editing.finishedBlocks > 0 && visibility.blockSize === Infinity) {
    const hint = 'generateMaskedDiffusion edits finished blocks of a canvas, which see all that was written since.';
    refuse({ expected: 'visibility under which blocks are finished before the text is, for finishedBlocks of editing', got: visibility.name, hint });
  }
  if (editing.finishedBlocks > 0 && window !== undefined) {
    refuse({ expected: 'no window beside finishedBlocks of editing', got: `a window of ${window.tokens} tokens`, hint: 'What a finished block saw may be forgotten. Leave one of the two out.' });
  }
  if (editing.finishedBlocks > 0 && cannotRewind !== undefined) throw withoutRewind(cannotRewind);
  return editing;
}

/** @throws PalimpsestError where parts of a block cannot be looked at alone, or would be edited, which looks at all of it. */
function dualCacheOf({ backbone: { visibility, cannotRewind }, dualCache, editing }: BlockDiffusionOptions, blockSize: number): DualCache | undefined {
  if (dualCache === undefined) return undefined;
  requirePositive('partSize of dualCache', dualCache.partSize);
  if (visibility.blockSize === Infinity || blockSize !== visibility.blockSize) {
    const got = visibility.blockSize === Infinity ? visibility.name : `blocks of ${blockSize} under ${visibility.name} visibility`;
    refuse({ expected: 'a block-causal backbone and blocks of its size beside dualCache', got, hint: 'Leave one of the two out.' });
  }
  if (editing !== undefined) refuse({ expected: 'no editing beside dualCache', got: 'both', hint: 'What is written would be read from an older pass. Leave one of the two out.' });
  if (cannotRewind !== undefined) throw withoutRescore(cannotRewind);
  return dualCache;
}

/** @throws PalimpsestError where blocks cannot be begun before others are finished, naming what stands against it. */
function inFlightOf({ inFlight, editing, dualCache, window }: BlockDiffusionOptions, policy: UnmaskingPolicy): Required<InFlight> | undefined {
  if (inFlight === undefined) return undefined;
  const { most, beginAt = 0.1, activeAt = 0.9, sure = 0.9 } = inFlight;
  requirePositive('most of inFlight', most);
  for (const [name, value] of Object.entries({ beginAt, activeAt, sure })) {
    if (!(value >= 0 && value <= 1)) refuse({ expected: `${name} of inFlight from 0 to 1`, got: String(value) });
  }
  if (!policy.ignoresPlan) refuse({ expected: 'a policy that ignores the plan beside inFlight', got: policy.name, hint: 'Try confidenceThreshold or sequentialThreshold.' });
  const [other] = Object.entries({ editing, dualCache, window }).find(([, option]) => option !== undefined) ?? [];
  if (other !== undefined) refuse({ expected: `no ${other} beside inFlight`, got: 'both', hint: 'Leave one of the two out.' });
  return { most, beginAt, activeAt, sure };
}

/** @throws PalimpsestError where something would have to be committed before the text ends, and cannot be. */
function checkCommits({ visibility: { blockSize, name } }: Backbone, { committed, blocks }: BlockPlan): void {
  if (blockSize === Infinity && (committed > 0 || blocks.length > 1)) {
    const hint = 'Give it no blockSize, for one block; or fill the canvas block by block with @palimpsest/diffusion, which commits nothing.';
    refuse({ expected: 'a backbone that can commit a block, such as a block-causal one', got: `${name} visibility`, hint });
  }
}

/** Tokens of the prompt that are no whole blocks of the model's; they become its first block. */
const committedBeyond = ({ visibility: { blockSize } }: Backbone, { committed }: BlockPlan): number => (blockSize === Infinity ? 0 : committed % blockSize);

function checkIds(prompt: Int32Array, size: number): void {
  const fault = prompt.findIndex((id) => id < 0 || id >= size);
  if (fault >= 0) refuse({ expected: `prompt ids from 0 to ${size - 1}`, got: `${prompt[fault]} at index ${fault}`, hint: 'Was it encoded with another tokenizer?' });
}

function requirePositive(option: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) refuse({ expected: `a positive integer ${option}`, got: String(value) });
}

function refuse(fields: { readonly expected: string; readonly got: string; readonly hint?: string }): never {
  throw new PalimpsestError({ where: WHERE, ...fields });
}
