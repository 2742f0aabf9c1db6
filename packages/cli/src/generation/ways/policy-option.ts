import {
  ancestral, confidenceFactor, confidenceThreshold, entropy, entropyBound, firstHitting, linear, lowConfidence, margin, positionWeighted, positionWeightedEntropy, random, remasking, secondLook, sequential, sequentialThreshold,
  subBlocks, thresholdOrQuota,
} from '@palimpsest/diffusion';
import type { UnmaskingPolicy } from '@palimpsest/diffusion';
import { didYouMean } from '../../failure.js';
import { commandOption } from '../../options.js';
import type { CommandOption, Given } from '../../options.js';
import { dualCache, part, second } from './diffusion-options.js';

/** By name; those that take a number have their own default for it. */
const policies: Readonly<Record<string, ((number?: number) => UnmaskingPolicy) | UnmaskingPolicy>> = {
  'low-confidence': lowConfidence,
  margin,
  entropy,
  random,
  'position-weighted': positionWeighted,
  'position-weighted-entropy': positionWeightedEntropy,
  sequential,
  'sequential-threshold': sequentialThreshold,
  'first-hitting': firstHitting,
  ancestral: ancestral(linear),
  'confidence-threshold': confidenceThreshold,
  'threshold-or-quota': (threshold = 0.9) => thresholdOrQuota({ threshold }),
  'confidence-factor': confidenceFactor,
  'entropy-bound': entropyBound,
  remasking: (most) => remasking(linear, most),
};

const takingNumber = Object.keys(policies).filter((name) => typeof policies[name] === 'function');
const described = Object.keys(policies).map((name) => (takingNumber.includes(name) ? `${name}[=number]` : name)).join(', ');

/** `low-confidence`, or `confidence-threshold=0.8`. */
export const policy: CommandOption<UnmaskingPolicy> = commandOption(
  '--policy <name>', `diffusion: which cells a pass commits: ${described} (default: as the model's card says, else low-confidence, the surest)`,
  (text, refuse) => {
    const [name = '', ...numbers] = text.split('=');
    const found = Object.hasOwn(policies, name) ? policies[name] : undefined;
    if (found === undefined) return refuse(`one of ${described}`, didYouMean(name, Object.keys(policies)));
    if (numbers.length === 0) return typeof found === 'function' ? found() : found;
    if (typeof found !== 'function') return refuse(`${name} without a number`, `Those that take one are ${takingNumber.join(', ')}.`);
    const number = Number(numbers.join('='));
    return Number.isFinite(number) && numbers[0] !== '' ? found(number) : refuse(`${name} with a number, as in ${name}=0.5`);
  },
);

/** Its name, where the policy writes as much to a pass as it likes, whatever is planned. */
export function planIgnoredBy(given: Given): string | undefined {
  const { name, ignoresPlan } = policyOf(given);
  return ignoresPlan ? name : undefined;
}

/** With its second look and in parts of a block, where that is wished; a dual cache makes parts of its own. */
export function policyOf(given: Given): UnmaskingPolicy {
  const order = policy.read(given) ?? lowConfidence;
  const looking = second.read(given) === 'yes' ? secondLook(order) : order;
  const size = part.read(given);
  return size === undefined || dualCache.read(given) === true ? looking : subBlocks(looking, size);
}
