import type { UsualSampling } from '@palimpsest/models';
import type { CommandOption, Given } from '../options.js';
import { temperature, topK, topP } from './sampling-options.js';
import { block, second } from './ways/diffusion-options.js';
import { policy } from './ways/policy-option.js';
import type { Way } from './ways/way.js';

/** The option for each setting of a card. */
const options: { readonly [name in keyof Required<UsualSampling>]: Pick<CommandOption<unknown>, 'flag' | 'addTo' | 'read' | 'giveText'> } = { temperature, topP, topK, blockLength: block, policy, secondLook: second };

const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');

/** What was given, and what the card says where nothing was; an option that the way does not read is left out. @throws InputError where the card's is none. */
export function withUsual(given: Given, sampling: UsualSampling | undefined, way: Way): Given {
  return Object.entries(sampling ?? {}).reduce((all, [name, value]) => {
    const option = options[name as keyof UsualSampling]; // the card was read by its schema
    return option.read(all) !== undefined || !way.options.includes(option) ? all : option.giveText(all, typeof value === 'boolean' ? yesOrNo(value) : String(value));
  }, given);
}
