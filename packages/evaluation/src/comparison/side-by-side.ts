import { PalimpsestError } from '@palimpsest/backbone';
import type { Clock } from '@palimpsest/backbone';
import { spreadOf } from './spread.js';
import type { Spread } from './spread.js';

export interface Side {
  readonly name: string;
  /** Does the work once. @returns how much that was, for example in tokens; both sides count in the same units. */
  readonly run: () => Promise<number>;
}

export interface SideBySideOptions {
  readonly baseline: Side;
  readonly candidate: Side;
  readonly rounds: number;
  /** Rounds before that are not counted; 1 when absent. */
  readonly warmupRounds?: number;
  readonly clock: Clock;
}

export interface SideResult {
  readonly name: string;
  readonly milliseconds: Spread;
  readonly unitsPerSecond: Spread;
}

export interface SideBySideResult {
  readonly baseline: SideResult;
  readonly candidate: SideResult;
  /** Units per second of the candidate over those of the baseline, round by round: above 1 the candidate is faster. */
  readonly ratio: Spread;
}

interface Measurement {
  readonly milliseconds: number;
  readonly unitsPerSecond: number;
}

/**
 * Measures two sides in turn, each round one after the other and the next round in the other order, so that a machine that slows down
 * or is shared slows both.
 *
 * @throws PalimpsestError when a side does no work or takes no time that the clock sees.
 */
export async function sideBySide({ baseline, candidate, rounds, warmupRounds = 1, clock }: SideBySideOptions): Promise<SideBySideResult> {
  if (!Number.isInteger(rounds) || rounds < 1) throw new PalimpsestError({ where: 'sideBySide', expected: 'at least one round', got: String(rounds) });
  for (let round = 0; round < warmupRounds; round++) {
    await baseline.run();
    await candidate.run();
  }
  const measured: { readonly baseline: Measurement; readonly candidate: Measurement }[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const first = await measure(baseline, clock);
      measured.push({ baseline: first, candidate: await measure(candidate, clock) });
    } else {
      const first = await measure(candidate, clock);
      measured.push({ candidate: first, baseline: await measure(baseline, clock) });
    }
  }
  const result = (side: 'baseline' | 'candidate', name: string): SideResult => ({
    name,
    milliseconds: spreadOf(measured.map((round) => round[side].milliseconds)),
    unitsPerSecond: spreadOf(measured.map((round) => round[side].unitsPerSecond)),
  });
  return {
    baseline: result('baseline', baseline.name),
    candidate: result('candidate', candidate.name),
    ratio: spreadOf(measured.map((round) => round.candidate.unitsPerSecond / round.baseline.unitsPerSecond)),
  };
}

async function measure({ name, run }: Side, clock: Clock): Promise<Measurement> {
  const start = clock();
  const units = await run();
  const milliseconds = clock() - start;
  const refuse = (expected: string, got: number): never => {
    throw new PalimpsestError({ where: `sideBySide: ${name}`, expected, got: String(got), hint: 'Do more work in a round.' });
  };
  if (!(units > 0)) refuse('work done', units);
  if (!(milliseconds > 0)) refuse('time that the clock sees', milliseconds);
  return { milliseconds, unitsPerSecond: (1000 * units) / milliseconds };
}
