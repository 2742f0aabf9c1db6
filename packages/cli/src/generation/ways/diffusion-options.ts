import { choiceOption, integerOption, switchOption } from '../../options.js';
import type { CommandOption, SwitchOption } from '../../options.js';

export const steps: CommandOption<number> = integerOption('--steps <count>', 'diffusion: forward passes to plan for the canvas (default: one for each token)', 1);
export const block: CommandOption<number> = integerOption('--block <length>', 'diffusion: fill the canvas in blocks of so many tokens, left to right (default: as the model\'s card says, else all at once)', 1);
export const second: CommandOption<'yes' | 'no'> = choiceOption('--second-look <yes|no>', 'diffusion: write all sure cells at once and spend the passes that saves on doubtful ones again (default: as the model\'s card says, else no)', ['yes', 'no']);
export const draft: SwitchOption = switchOption('--draft', 'diffusion: show what stands to be written in every cell that is still open');
export const part: CommandOption<number> = integerOption('--sub-block <length>', 'diffusion: fill so many cells of a block before the next ones (default: the whole block at once)', 1);
export const window: CommandOption<number> = integerOption('--window <tokens>', 'block diffusion: a block sees the last so many tokens, itself included, so that a text can be longer than the context (default: all of the text)', 1);
