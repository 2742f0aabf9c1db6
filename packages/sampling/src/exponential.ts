const STEPS = 1024; // table entries to an octave
const STEP_BITS = 10;
const STEPS_PER_NAT = STEPS / Math.LN2;
const NATS_PER_STEP = Math.LN2 / STEPS;
const OCTAVES = 1100; // 2^-1100 is 0 and 2^1099 is Infinity

const fractions = Float64Array.from({ length: STEPS }, (_, step) => 2 ** (step / STEPS));
const octaves = Float64Array.from({ length: 2 * OCTAVES }, (_, index) => 2 ** (index - OCTAVES));

/**
 * e^x by table and a cubic, relative error below 1e-13 between -700 and 700, about a third of the time of `Math.exp`:
 * the sampler takes one for every token of the vocabulary. Infinities and NaN as `Math.exp`.
 */
export function exponential(x: number): number {
  // clamped, not branched on: V8 inlines this at half the time
  const steps = Math.max(-(OCTAVES - 1) * STEPS, Math.min(x * STEPS_PER_NAT, (OCTAVES - 1) * STEPS));
  const nearest = Math.floor(steps + 0.5) | 0;
  const rest = (steps - nearest) * NATS_PER_STEP;
  const cubic = 1 + rest * (1 + rest * (0.5 + rest * (1 / 6)));
  return octaves[(nearest >> STEP_BITS) + OCTAVES]! * fractions[nearest & (STEPS - 1)]! * cubic;
}
