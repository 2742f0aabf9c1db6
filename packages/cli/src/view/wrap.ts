import { columnsOf } from './styled.js';
import type { Line, Span } from './styled.js';

interface Glyph extends Span {
  readonly columns: number;
}

/** Lines of at most `columns`, broken at newlines and at spaces, which go; a word that is longer than a line is cut. */
export function wrap(spans: readonly Span[], columns: number): readonly Line[] {
  const lines: Glyph[][] = [[]];
  let used = 0;
  for (const glyph of glyphsOf(spans)) {
    const line = lines.at(-1)!; // there is one from the start
    if (glyph.text === '\n' || (used + glyph.columns > columns && glyph.text === ' ')) {
      lines.push([]);
      used = 0;
    } else if (used + glyph.columns > columns) {
      const space = line.findLastIndex(({ text }) => text === ' ');
      const carried = space < 0 ? [] : line.splice(space).slice(1);
      used = carried.reduce((sum, { columns: each }) => sum + each, glyph.columns);
      if (used <= columns) lines.push([...carried, glyph]);
      else {
        lines.push(carried, [glyph]); // a wide character behind a word that fills the line
        used = glyph.columns;
      }
    } else {
      line.push(glyph);
      used += glyph.columns;
    }
  }
  return lines.map(joined);
}

function* glyphsOf(spans: readonly Span[]): Generator<Glyph, void, void> {
  for (const { text, style } of spans) for (const character of text) yield { text: character, style, columns: columnsOf(character) };
}

function joined(glyphs: readonly Glyph[]): Line {
  const line: { text: string; readonly style: string }[] = [];
  for (const { text, style } of glyphs) {
    const last = line.at(-1);
    if (last?.style === style) last.text += text;
    else line.push({ text, style });
  }
  return line;
}
