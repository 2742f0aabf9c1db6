import type { Scores, Want } from '@palimpsest/backbone';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutRequest, joinScores } from './pieces.js';

/** Scores that tell which token each row stands for and what was given for it. */
function scored(tokens: Int32Array, want: Want): Scores {
  const rows = [...(want.rows ?? tokens.keys())];
  if (want.give === 'targets') return { logProbabilities: Float32Array.from(rows, (row, i) => 100 * tokens[row]! + want.targets[i]!) };
  if (want.give === 'draw') {
    const scaled = (factor: number): Float32Array => Float32Array.from(rows, (row) => factor * tokens[row]!);
    return { ids: Int32Array.from(rows, (row) => tokens[row]!), logProbabilities: Float32Array.from(rows, (_, i) => want.uniforms[i]!), entropy: scaled(0.125), margin: scaled(-2) };
  }
  return { logits: Float32Array.from(rows.flatMap((row) => [tokens[row]!, -tokens[row]!, 0.5])) };
}

test('a request in pieces gives what it gives at once, whatever is wanted of which rows in which order', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 12 }), fc.array(fc.nat(1000), { maxLength: 60 }), fc.constantFrom('logits', 'targets', 'draw'), fc.boolean(), (length, size, picks, give, all) => {
    const tokens = Int32Array.from({ length }, (_, i) => (7 * i) % 31);
    const rows = Int32Array.from(all ? tokens.keys() : picks, (pick) => pick % length);
    const each = { ...(!all && { rows }) };
    const want: Want = give === 'logits' ? { give, ...each } : give === 'targets' ? { give, targets: rows.map((_, i) => i), ...each } : { give, temperature: 1, uniforms: Float64Array.from(rows, (_, i) => i / 64), ...each };
    const pieces = cutRequest(tokens, want, size);
    expect(pieces.map((piece) => piece.tokens.length).reduce((sum, count) => sum + count)).toBe(length);
    for (const piece of pieces) expect(piece.tokens.length).toBeLessThanOrEqual(size);
    expect(joinScores(pieces, pieces.map((piece) => scored(piece.tokens, piece.want)))).toEqual(scored(tokens, want));
  }));
});
