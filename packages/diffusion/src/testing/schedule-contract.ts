import { lossWeight, maskRate, revealProbability } from '../noise-schedule/noise-schedule.js';
import type { NoiseSchedule } from '../noise-schedule/noise-schedule.js';
import type { ContractCase } from './contract-case.js';

const times = Array.from({ length: 199 }, (_, index) => (index + 1) / 200); // strictly inside 0 to 1

/** The laws of a noise schedule: ends, direction, and a derivative that belongs to its function. */
export function scheduleContract(schedule: NoiseSchedule): readonly ContractCase[] {
  const { name, keep, keepDerivative } = schedule;
  return [
    {
      name: `${name}: keeps everything at time 0 and nothing at time 1`,
      run: () => {
        if (keep(0) !== 1) throw new Error(`keep(0) is ${keep(0)}, not 1.`);
        if (Math.abs(keep(1)) > 1e-15) throw new Error(`keep(1) is ${keep(1)}, not 0.`);
      },
    },
    {
      name: `${name}: keeps strictly less as time goes on, and its derivative is never positive`,
      run: () => {
        let earlier = 0;
        for (const t of [...times, 1]) {
          if (!(keep(t) < keep(earlier))) throw new Error(`keep(${t}) = ${keep(t)} is not below keep(${earlier}) = ${keep(earlier)}.`);
          if (!(keepDerivative(t) <= 0)) throw new Error(`keepDerivative(${t}) = ${keepDerivative(t)} is positive or not a number.`);
          earlier = t;
        }
      },
    },
    { name: `${name}: the derivative equals the central difference`, run: () => times.forEach((t) => checkDerivative(schedule, t)) },
    {
      name: `${name}: two reverse steps reveal as much as one, and the last reveals all`,
      run: () => {
        for (const t of times) {
          const whole = 1 - revealProbability(schedule, t, t / 3);
          const halves = (1 - revealProbability(schedule, t, t / 2)) * (1 - revealProbability(schedule, t / 2, t / 3));
          if (!(Math.abs(whole - halves) < 1e-9)) throw new Error(`From ${t} to ${t / 3}: one step leaves ${whole} masked, two leave ${halves}.`);
          if (Math.abs(revealProbability(schedule, t, 0) - 1) > 1e-12) throw new Error(`The step from ${t} to 0 reveals ${revealProbability(schedule, t, 0)}.`);
        }
      },
    },
    {
      name: `${name}: the loss weight is the rate at which masked tokens are revealed`,
      run: () => {
        for (const t of times) {
          const step = t * 1e-6;
          const rate = revealProbability(schedule, t, t - step) / step;
          const weight = lossWeight(schedule, t);
          // a step of 1e-6 t truncates at 1e-6 relative; the subtraction in keep loses up to 1e-16 / (mask rate x 1e-6)
          const allowed = 1e-4 * weight + 1e-9 / (maskRate(schedule, t) * t);
          if (!(Math.abs(rate - weight) <= allowed)) throw new Error(`At ${t} the weight is ${weight}, the rate ${rate}.`);
        }
      },
    },
  ];
}

function checkDerivative({ keep, keepDerivative }: NoiseSchedule, t: number): void {
  const step = 1e-5;
  const difference = (keep(t + step) - keep(t - step)) / (2 * step);
  const derivative = keepDerivative(t);
  // truncation grows with the third derivative, at most some hundreds here; rounding gives 1e-11
  if (!(Math.abs(difference - derivative) <= 1e-6 + 1e-6 * Math.abs(derivative))) {
    throw new Error(`At ${t} keepDerivative is ${derivative}, the central difference ${difference}.`);
  }
}
