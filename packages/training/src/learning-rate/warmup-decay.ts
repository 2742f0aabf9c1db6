export interface WarmupDecay {
  readonly steps: number;
  readonly warmupSteps: number;
  /** Steps at the end over which the rate falls to `final`. */
  readonly decaySteps: number;
  /** Factor at the last step. */
  readonly final?: number;
}

/** Factor of the learning rate at `step` (from 1): linear warm-up, constant, linear decay (warm-up–stable–decay, arXiv:2404.06395). */
export function warmupDecay(step: number, { steps, warmupSteps, decaySteps, final = 0 }: WarmupDecay): number {
  const up = warmupSteps === 0 ? 1 : Math.min(1, step / warmupSteps);
  const down = decaySteps === 0 ? 1 : Math.min(1, Math.max(0, (steps - step) / decaySteps));
  return up * (final + (1 - final) * down);
}
