import fc from 'fast-check';
import type { Meter, RunEvent } from '../src/protocol/event.js';

/** Any run that a way of generating may tell of: positions written in any order, written over, scraped and guessed at. */
export const anyRun: fc.Arbitrary<readonly RunEvent[]> = fc
  .record({
    prompt: fc.array(fc.string({ maxLength: 5 }), { maxLength: 4 }),
    canvas: fc.nat(9),
    steps: fc.array(fc.record({ kind: fc.constantFrom('commit', 'commit', 'revoke', 'draft', 'block'), positions: fc.array(fc.nat(12), { minLength: 1, maxLength: 5 }), wait: fc.nat(3) }), { maxLength: 25 }),
    ends: fc.boolean(),
  })
  .map(({ prompt, canvas, steps, ends }) => {
    const first = prompt.length;
    let at = 0;
    const events: RunEvent[] = [start(prompt, { start: first, end: first + canvas })];
    steps.forEach((step, index) => {
      at += step.wait; // 0 as well: several events may share a moment
      const positions = [...new Set(step.positions)].map((position) => first + position);
      const stamp = { at, meter: meterAt(index + 1) };
      events.push(...eventsOf(step.kind, positions, index + 1).map((event) => ({ ...event, ...stamp })));
    });
    if (ends) events.push({ type: 'finish', reason: 'length', usage, at: at + 1, meter: meterAt(steps.length) });
    return events;
  });

export const usage = {
  promptTokens: 3, generatedTokens: 5, forwardPasses: 7, positionsComputed: 77, milliseconds: 250, millisecondsToFirstToken: 11, millisecondsInModel: 200, stateBytes: 640,
} as const;

export const meterAt = (passes: number): Meter => ({ forwardPasses: passes, positionsComputed: 10 * passes, stateBytes: 4 * passes });

export function start(prompt: readonly string[], canvas: { readonly start: number; readonly end: number }, closing: readonly number[] = [9]): RunEvent {
  const request = { model: 'm', way: 'w', prompt: prompt.join(''), seed: 1, settings: {} };
  return { type: 'start', request, canvas, prompt, closing, at: 0, meter: meterAt(0) };
}

type Bare = { [K in RunEvent['type']]: Omit<Extract<RunEvent, { type: K }>, 'at' | 'meter'> };

function eventsOf(kind: string, positions: readonly number[], pass: number): readonly Bare['tokens-commit' | 'tokens-revoke' | 'draft' | 'block-start' | 'block-end'][] {
  const ids = positions.map((position) => (position * 7 + pass) % 11); // 9 closes
  switch (kind) {
    case 'commit':
      return [{ type: 'tokens-commit', positions, ids, confidence: ids.map((id) => id / 11), pass, texts: positions.map((position, index) => [position, ` ${ids[index]}`]) }];
    case 'revoke':
      return [{ type: 'tokens-revoke', positions, pass, texts: positions.map((position) => [position, '']) }];
    case 'draft':
      return [{ type: 'draft', positions, ids, entropy: ids.map((id) => id / 2), pass, texts: ids.map(String) }];
    default:
      return [{ type: 'block-start', block: pass, range: { start: positions[0] ?? 0, end: (positions[0] ?? 0) + 2 } }, { type: 'block-end', block: pass }];
  }
}
