import type { SamplingSettings } from '@palimpsest/sampling';
import { integerOption, numberOption } from '../options.js';
import type { AnyOption, CommandOption, Given } from '../options.js';

export const temperature: CommandOption<number> = numberOption('--temperature <number>', '0 takes the most probable token, 1 draws as the model says (default: as the model\'s card says, else 1 autoregressive, 0.5 diffusion)', 'a number of at least 0', (value) => value >= 0);
export const topK: CommandOption<number> = integerOption('--top-k <count>', 'draw from the so many most probable tokens only', 1);
export const topP: CommandOption<number> = numberOption('--top-p <share>', 'draw from the fewest tokens that hold this share of the probability (default: as the model\'s card says, else 0.8 autoregressive, 1 diffusion)', 'a number above 0, up to 1', (value) => value > 0 && value <= 1);

/** How a token is drawn from a row of scores: options of every way of generating. */
export const samplingOptions: readonly AnyOption[] = [temperature, topK, topP];

export function samplingOf(given: Given, usual: { readonly temperature: number; readonly topP: number }): SamplingSettings {
  const k = topK.read(given);
  return { temperature: temperature.read(given) ?? usual.temperature, topP: topP.read(given) ?? usual.topP, ...(k !== undefined && { topK: k }) };
}
