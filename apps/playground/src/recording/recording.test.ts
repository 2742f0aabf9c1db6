import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunEvent } from '../protocol/event.js';
import { advance, blank, type Frame } from './frame.js';
import { countUntil, duration, frameAt, isComplete, latest, noRecording, record, steps } from './recording.js';
import { anyRun, meterAt, start, usage } from '../../test/runs.js';

test('any prefix replays to the same frame, however the events were bundled', () => {
  fc.assert(
    fc.property(anyRun, fc.infiniteStream(fc.integer({ min: 1, max: 6 })), (events, sizes) => {
      let recording = noRecording;
      for (let from = 0; from < events.length; ) {
        const size = sizes.next().value;
        recording = record(recording, events.slice(from, from + size));
        from += size;
      }
      expect(recording.events).toEqual(events);
      for (let count = 0; count <= events.length; count++) expect(recording.frames[count]).toEqual(events.slice(0, count).reduce(advance, blank));
    }),
  );
});

test('a later event changes no earlier frame, and shares the cells that it does not touch', () => {
  fc.assert(
    fc.property(anyRun, (events) => {
      let frame = blank;
      for (const event of events) {
        const before = structuredClone(frame);
        const next = advance(frame, event);
        expect(frame).toEqual(before);
        const touched = new Set(event.type === 'start' ? frame.cells.keys() : 'positions' in event ? event.positions : []);
        frame.cells.forEach((cell, position) => touched.has(position) || expect(next.cells[position]).toBe(cell));
        frame = next;
      }
    }),
  );
});

/** What stands at a position, from the definition: the last event that wrote or scraped it, then the last draft since. */
function cellNaive(events: readonly RunEvent[], position: number): object {
  const opening = events[0];
  if (opening?.type === 'start' && position < opening.prompt.length) return { state: 'prompt', text: opening.prompt[position] };
  const own = events.filter((event) => 'positions' in event && event.positions.includes(position));
  const changes = own.filter(({ type }) => type !== 'draft');
  const last = changes.at(-1);
  if (last?.type === 'tokens-commit') {
    const index = last.positions.indexOf(position);
    return { state: 'written', text: ` ${last.ids[index]}`, confidence: last.confidence[index], pass: last.pass, at: last.at, closing: last.ids[index] === 9 };
  }
  const draft = own.slice(last === undefined ? 0 : own.indexOf(last) + 1).at(-1);
  if (draft?.type !== 'draft') return { state: 'open', text: '' };
  const index = draft.positions.indexOf(position);
  return { state: 'open', text: '', draft: { text: draft.texts[index], closing: draft.ids[index] === 9, entropy: draft.entropy[index] } };
}

test('each cell is what the last event about it says', () => {
  fc.assert(
    fc.property(anyRun, (events) => {
      const { cells } = latest(record(noRecording, events));
      // a draft of a place that was not laid out yet is not shown
      const laidOut = cells.filter(({ state, draft }) => state !== 'open' || draft !== undefined);
      for (const cell of laidOut) expect(cell).toMatchObject(cellNaive(events, cell.position));
      expect(cells.map(({ position }) => position)).toEqual([...cells.keys()]);
    }),
  );
});

test('what was scraped off or written over is remembered, oldest first', () => {
  const stamp = { at: 1, meter: meterAt(1) };
  const write = (text: string, pass: number): RunEvent =>
    ({ type: 'tokens-commit', positions: [1], ids: [4], confidence: [0.5], pass, texts: [[1, text]], ...stamp });
  const events: readonly RunEvent[] = [
    start(['a'], { start: 1, end: 3 }), write('x', 1), { type: 'tokens-revoke', positions: [1], pass: 2, texts: [[1, '']], ...stamp }, write('y', 3), write('z', 4),
  ];
  const scraped = record(noRecording, events).frames.map((frame: Frame) => frame.cells[1]?.scraped);
  expect(scraped).toEqual([undefined, [], [], ['x'], ['x'], ['x', 'y']]);
});

test('a moment shows the events up to it, those of the same moment included', () => {
  fc.assert(
    fc.property(anyRun, fc.double({ min: -1, max: 90, noNaN: true }), (events, at) => {
      const count = events.filter((event) => event.at <= at).length;
      expect(countUntil(events, at)).toBe(count);
      expect(frameAt(record(noRecording, events), at)).toEqual(events.slice(0, count).reduce(advance, blank));
    }),
  );
});

test('the scrubber stops where the page changes', () => {
  fc.assert(
    fc.property(anyRun, (events) => {
      const recording = record(noRecording, events);
      const moments = steps(recording);
      expect(moments).toEqual([...new Set(moments)].toSorted((a, b) => a - b));
      const written = ({ cells }: Frame): string => cells.map(({ state, text }) => state + text).join('|');
      for (const [index, moment] of moments.entries()) {
        const next = moments[index + 1] ?? Infinity;
        const inBetween = events.filter((event) => event.at >= moment && event.at < next).map((event) => event.at);
        for (const at of inBetween) if (at > moment) expect(written(frameAt(recording, at))).toBe(written(frameAt(recording, moment)));
      }
    }),
  );
});

test('a run is complete when it finished or failed', () => {
  const begun = record(noRecording, [start(['a'], { start: 1, end: 2 })]);
  const stamp = { at: 40, meter: meterAt(2) };
  expect(isComplete(begun)).toBe(false);
  const finished = record(begun, [{ type: 'finish', reason: 'length', usage, ...stamp }]);
  const failed = record(begun, [{ type: 'error', where: 'a', expected: 'b', got: 'c', ...stamp }]);
  expect([finished, failed].map(isComplete)).toEqual([true, true]);
  expect(latest(failed).failure).toMatchObject({ where: 'a', expected: 'b', got: 'c' });
  expect([duration(noRecording), duration(begun), duration(finished)]).toEqual([0, 0, 40]);
});
