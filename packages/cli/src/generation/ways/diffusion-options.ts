import type { DualCache } from '@palimpsest/block-diffusion';
import { editAbove } from '@palimpsest/diffusion';
import type { Editing } from '@palimpsest/diffusion';
import { refusal } from '../../failure.js';
import { choiceOption, integerOption, numberOption, switchOption } from '../../options.js';
import type { AnyOption, CommandOption, Given, SwitchOption } from '../../options.js';

export const steps: CommandOption<number> = integerOption('--steps <count>', 'diffusion: forward passes to plan for the canvas (default: one for each token)', 1);
export const block: CommandOption<number> = integerOption('--block <length>', 'diffusion: fill the canvas in blocks of so many tokens, left to right (default: as the model\'s card says, else all at once)', 1);
export const second: CommandOption<'yes' | 'no'> = choiceOption('--second-look <yes|no>', 'diffusion: write all sure cells at once and spend the passes that saves on doubtful ones again (default: as the model\'s card says, else no)', ['yes', 'no']);
export const draft: SwitchOption = switchOption('--draft', 'diffusion: show what stands to be written in every cell that is still open');
export const part: CommandOption<number> = integerOption('--sub-block <length>', 'diffusion: fill so many cells of a block before the next ones (default: the whole block at once)', 1);
export const dualCache: SwitchOption = switchOption('--dual-cache', 'block diffusion: from its second look on a sub-block is looked at alone, beside the rest of the block as its first look saw it; quicker, and not exactly what the model says');
export const inFlight: CommandOption<number> = integerOption('--in-flight <blocks>', 'block diffusion: write so many blocks at once, the later ones where they are sure until the one before is nearly full; with a policy that writes what is sure (default: 1)', 1);
export const stopEntropy: CommandOption<number> = numberOption('--stop-entropy <nats>', 'block diffusion: stop behind a block where the last 64 tokens have less entropy than this, as a text that goes round in circles has (default: never)', `a number above 0, up to ${Math.log(64).toFixed(3)}, the entropy of 64 tokens that all differ`, (value) => value > 0 && value <= Math.log(64));
export const window: CommandOption<number> = integerOption('--window <tokens>', 'block diffusion: a block sees the last so many tokens, itself included, so that a text can be longer than the context (default: all of the text)', 1);

const edit = numberOption('--edit <probability>', 'diffusion: replace written tokens where the model would write another one now, with more than this probability (default: never)', 'a probability from 0 to 1, such as 0.9', (value) => value >= 0 && value <= 1);
const editLooks = integerOption('--edit-looks <count>', 'diffusion: looks at a full block for something to edit, at most (default: 16)', 0);
const editBlocks = integerOption('--edit-blocks <count>', 'diffusion: edit so many blocks that were finished before, too, where the prefix can be cut (default: none)', 0);
export const editing: readonly AnyOption[] = [edit, editLooks, editBlocks];

/** @throws InputError where it is not said what the parts are. */
export function dualCacheOf(given: Given): { readonly dualCache?: DualCache } {
  const partSize = part.read(given);
  if (dualCache.read(given) !== true) return {};
  if (partSize === undefined) throw refusal({ where: dualCache.flag, expected: `${part.flag} beside it`, got: 'none', hint: `Say how long the parts are, as in ${part.flag} 8.` });
  return { dualCache: { partSize } };
}

/** @throws InputError where it is said how to edit, and not that. */
export function editingOf(given: Given): { readonly editing?: Editing } {
  const [threshold, looks, finishedBlocks] = [edit.read(given), editLooks.read(given), editBlocks.read(given)];
  if (threshold !== undefined) return { editing: { policy: editAbove(threshold), ...(looks !== undefined && { looks }), ...(finishedBlocks !== undefined && { finishedBlocks }) } };
  const idle = [editLooks, editBlocks].find((option) => option.read(given) !== undefined);
  if (idle !== undefined) throw refusal({ where: idle.flag, expected: `${edit.flag} beside it`, got: 'none', hint: `Say what is to be edited, as in ${edit.flag} 0.9.` });
  return {};
}
