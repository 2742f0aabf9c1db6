import type { FinishReason, Usage } from '@palimpsest/backbone';
import { mapTogether } from '../together.js';

/** A text that a model wrote. */
export interface Sample {
  readonly seed: number;
  readonly text: string;
  readonly ids: readonly number[];
  readonly reason: FinishReason;
  readonly usage: Usage;
}

export interface SamplingOptions {
  /** Writes one text, with what the caller chose: model, prompt, way of generating. The seed decides the text. */
  readonly write: (seed: number) => Promise<Omit<Sample, 'seed'>>;
  /** Texts; their seeds are `firstSeed`, `firstSeed + 1`, and so on. */
  readonly count: number;
  readonly firstSeed?: number;
  /** Texts that are written at a time; 16 when absent. With more than one, the milliseconds of each include waiting for the others. */
  readonly together?: number;
  readonly onProgress?: (texts: number) => void;
}

/** Samples by ascending seed. @throws what `write` throws; texts that are being written are waited for. */
export async function collectSamples({ write, count, firstSeed = 0, together = 16, onProgress }: SamplingOptions): Promise<readonly Sample[]> {
  let done = 0;
  return mapTogether(Array.from({ length: count }, (_, index) => firstSeed + index), together, async (seed) => {
    const sample = { seed, ...(await write(seed)) };
    onProgress?.(++done);
    return sample;
  });
}
