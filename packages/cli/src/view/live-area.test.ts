import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { screenModel } from '../../test/screen-model.js';
import { openLiveArea, repaint } from './live-area.js';
import { bold, plain } from './styled.js';
import type { Line } from './styled.js';

const columns = 13;
const word = fc.string({ unit: fc.constantFrom('a', 'b', '█', ' '), maxLength: columns - 1 }).map((text) => text.trimEnd());
const line: fc.Arbitrary<Line> = fc.tuple(word, fc.boolean()).map(([text, strong]) => [strong ? bold(text) : plain(text)]);
const frame = fc.array(line, { maxLength: 6 });
const textsOf = (lines: readonly Line[]): readonly string[] => lines.map((spans) => spans.map(({ text }) => text).join(''));
const trimmed = (lines: readonly string[]): readonly string[] => lines.slice(0, lines.findLastIndex((text) => text !== '') + 1);

describe('live area', () => {
  test('after any frames the screen shows what was printed above and the last frame, and nothing else', () => {
    fc.assert(fc.property(fc.array(fc.tuple(frame, fc.option(line)), { minLength: 1, maxLength: 8 }), frame, (frames, last) => {
      const screen = screenModel(columns, 7);
      const area = openLiveArea({ write: screen.write }, screen);
      screen.write('before\r\n');
      const kept: Line[] = [];
      for (const [lines, above] of frames) {
        area.show(lines);
        if (above !== null) {
          area.printAbove([above]);
          kept.push(above);
        }
        expect(screen.lines()).toEqual(trimmed(['before', ...textsOf(kept), ...textsOf(lines)]));
      }
      area.end(last);
      screen.write('after');
      expect(screen.lines()).toEqual(['before', ...textsOf(kept), ...textsOf(last), 'after']);
      expect(screen.cursorVisible()).toBe(true);
    }), { numRuns: 300 });
  });

  test('what did not change at the top is not sent again', () => {
    const before = [[plain('one')], [plain('two')], [plain('three')]];
    const sent = repaint(before, [[plain('one')], [plain('two')], [plain('four')]], columns);
    expect(sent).toContain('four');
    expect(sent).not.toMatch(/one|two/);
    expect(repaint(before, before, columns)).toBe('');
  });

  test('lines that a narrower screen wrapped are cleared whole', () => {
    const screen = screenModel(5, 9);
    screen.write('12345678'); // painted when the screen was wider
    screen.write(repaint([[plain('12345678')]], [[plain('new')]], 5));
    expect(screen.lines()).toEqual(['new']);
  });

  test('the cursor is hidden while lines change, and nothing is shown after the end', () => {
    const screen = screenModel(columns, 5);
    const area = openLiveArea({ write: screen.write }, screen);
    area.show([[plain('x')]]);
    expect(screen.cursorVisible()).toBe(false);
    area.end([[plain('y')]]);
    area.show([[plain('z')]]);
    area.end([[plain('z')]]);
    expect(screen.lines()).toEqual(['y']);
    expect(screen.cursorVisible()).toBe(true);
  });
});
