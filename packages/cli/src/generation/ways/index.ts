import { refusal } from '../../failure.js';
import type { AnyOption, Given } from '../../options.js';
import { autoregressive } from './autoregressive.js';
import { blockDiffusion } from './block-diffusion.js';
import { maskedDiffusion } from './masked-diffusion.js';
import type { Capabilities, Way } from './way.js';

/** To add a way of generating, write its file and name it here. */
export const ways: readonly Way[] = [autoregressive, maskedDiffusion, blockDiffusion];

/** The options of all ways, each once. */
export const wayOptions: readonly AnyOption[] = [...new Set(ways.flatMap(({ options }) => options))];

/** @throws InputError when none runs on the model. */
export function wayFor(name: string, model: Capabilities): Way {
  const way = ways.find(({ runsOn }) => runsOn(model));
  if (way !== undefined) return way;
  const got = `${model.visibility.name} visibility, rows that predict the ${model.prediction} token${model.vocabulary.mask === undefined ? ', no mask token' : ''}`;
  throw refusal({ where: name, expected: `a model for ${ways.map((each) => each.name).join(' or ')}`, got, hint: 'Autoregressive models are causal and predict the next token; diffusion models have a mask, and see all tokens or those up to the end of a block.' });
}

/** @throws InputError when an option was given that none of these ways reads. */
export function checkOptions(given: Given, used: readonly Way[]): void {
  const unread = wayOptions.find((option) => option.read(given) !== undefined && !used.some(({ options }) => options.includes(option)));
  if (unread === undefined) return;
  const names = [...new Set(used.map(({ name }) => name))].join(' or ');
  throw refusal({ where: unread.flag, expected: `an option of ${names}`, got: 'one that does not apply to it', hint: `Leave it out. It takes ${used[0]!.options.map(({ flag }) => flag).join(', ')}.` });
}
