import { PalimpsestError } from '@palimpsest/backbone';
import type { NoiseSchedule } from './noise-schedule.js';

/**
 * keep(t) = 1 - t: the masked fraction is t itself. LLaDA (arXiv:2502.09992, section 2.1), and MDLM's log-linear noise
 * without its end offset.
 */
export const linear: NoiseSchedule = {
  name: 'linear',
  keep: (t) => 1 - t,
  keepDerivative: () => -1,
};

/**
 * keep(t) = 1 - cos(pi / 2 (1 - t)), written as 1 - sin(pi / 2 t), which is exact at both ends: spends most time on nearly
 * clean texts (MaskGIT, arXiv:2202.04200; MD4, arXiv:2406.04329, appendix).
 */
export const cosine: NoiseSchedule = {
  name: 'cosine',
  keep: (t) => 1 - Math.sin((Math.PI / 2) * t),
  keepDerivative: (t) => (-Math.PI / 2) * Math.cos((Math.PI / 2) * t),
};

/**
 * keep(t) = 1 - t^power (MD4, arXiv:2406.04329, appendix).
 *
 * @throws PalimpsestError when `power` is not a positive number.
 */
export function polynomial(power: number): NoiseSchedule {
  if (!(power > 0 && power < Infinity)) {
    throw new PalimpsestError({ where: 'polynomial', expected: 'a positive power', got: String(power), hint: 'Power 1 is the linear schedule.' });
  }
  return {
    name: `polynomial(${power})`,
    keep: (t) => 1 - t ** power,
    keepDerivative: (t) => -power * t ** (power - 1),
  };
}

/**
 * The noise level sigma(t) = least^(1 - t) most^t grows geometrically and keep = e^-sigma (SEDD, arXiv:2310.16834; MD4's
 * least 1e-5, most 20). Differs from the papers: rescaled so that keep is exactly 1 and 0 at the ends, which moves it by at
 * most `least`; without that a last reverse step could leave masks.
 *
 * @throws PalimpsestError unless 0 < least < most.
 */
export function geometric(least: number = 1e-5, most: number = 20): NoiseSchedule {
  if (!(least > 0 && least < most && most < Infinity)) {
    throw new PalimpsestError({ where: 'geometric', expected: '0 < least < most', got: `least ${least}, most ${most}` });
  }
  const noise = (t: number): number => least ** (1 - t) * most ** t;
  const [clean, masked] = [Math.exp(-least), Math.exp(-most)];
  return {
    name: `geometric(${least}, ${most})`,
    keep: (t) => (t === 0 ? 1 : (Math.exp(-noise(t)) - masked) / (clean - masked)),
    keepDerivative: (t) => (-noise(t) * Math.log(most / least) * Math.exp(-noise(t))) / (clean - masked),
  };
}
