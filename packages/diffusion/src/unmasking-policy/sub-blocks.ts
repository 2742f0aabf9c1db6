import { PalimpsestError } from '@palimpsest/backbone';
import type { UnmaskingPolicy } from './unmasking-policy.js';

/**
 * A policy over a part of the block at a time: the first `size` cells until they are full, then the next. A model of long blocks keeps the blocks that it was trained
 * with, and writes as nearly from left to right as it likes (Fast-dLLM v2, Wu et al. 2025, arXiv:2509.26328: blocks of 32 in parts of 8, each with `confidenceThreshold`).
 * Each pass still computes the whole block: `dualCache` of `@palimpsest/block-diffusion` takes the other parts from a pass before, which changes what is read.
 *
 * @throws PalimpsestError unless `size` is a positive integer.
 */
export function subBlocks(policy: UnmaskingPolicy, size: number): UnmaskingPolicy {
  if (!(Number.isInteger(size) && size >= 1)) throw new PalimpsestError({ where: 'subBlocks', expected: 'a positive integer size', got: String(size) });
  return {
    ...policy,
    name: `${policy.name}, ${size} at a time`,
    decide: (view) => {
      const start = view.open[0]! - ((view.open[0]! - view.block.start) % size);
      const part = { start, end: Math.min(start + size, view.block.end) };
      const open = view.open.filter((position) => position < part.end);
      const first = view.revealed.findIndex((position) => position >= start);
      const before = first < 0 ? view.revealed.length : first;
      return policy.decide({
        ...view, block: part, quota: Math.min(view.quota, open.length), open, proposals: view.proposals.subarray(0, open.length),
        revealed: view.revealed.filter((position) => position >= part.start && position < part.end), committedProbability: (index) => view.committedProbability(before + index),
      });
    },
  };
}
