import type { SamplingSettings } from '@palimpsest/sampling';
import { integerOption, numberOption } from '../options.js';
import type { AnyOption, Given } from '../options.js';

const temperature = numberOption('--temperature <number>', '0 takes the most probable token, 1 draws as the model says (default: 0.7 autoregressive, 0.5 diffusion)', 'a number of at least 0', (value) => value >= 0);
const topK = integerOption('--top-k <count>', 'draw from the so many most probable tokens only', 1);
const topP = numberOption('--top-p <share>', 'draw from the fewest tokens that hold this share of the probability', 'a number above 0, up to 1', (value) => value > 0 && value <= 1);

/** How a token is drawn from a row of scores: options of every way of generating. */
export const samplingOptions: readonly AnyOption[] = [temperature, topK, topP];

export function samplingOf(given: Given, usualTemperature: number): SamplingSettings {
  const [k, p] = [topK.read(given), topP.read(given)];
  return { temperature: temperature.read(given) ?? usualTemperature, ...(k !== undefined && { topK: k }), ...(p !== undefined && { topP: p }) };
}
