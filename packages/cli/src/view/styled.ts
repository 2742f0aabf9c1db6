/** A run of text in one style. `style` holds the parameters of an ANSI "select graphic rendition" sequence, '' for none. */
export interface Span {
  readonly text: string;
  readonly style: string;
}
export type Line = readonly Span[];

export const plain = (text: string): Span => ({ text, style: '' });
export const bold = (text: string): Span => ({ text, style: '1' });
export const dim = (text: string): Span => ({ text, style: '2' });

const wide = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const none = /\p{Mn}|\p{Me}|\u200b|\u200c|\u200d|[\ufe00-\ufe0f]/u;

/** Columns that a text takes on a terminal: wide characters take two (Unicode Annex 11), marks none. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += none.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return columns;
}

export const columnsOfLine = (line: Line): number => line.reduce((sum, { text }) => sum + columnsOf(text), 0);

/** What a model writes may hold any character: those that a terminal would obey are shown as pictures (U+2400 on). */
export function harmless(text: string): string {
  return text.replace(/\t/g, '    ').replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\u2421';
  });
}

/** The line as a terminal shows it. */
export function paint(line: Line): string {
  let painted = '';
  let current = '';
  for (const { text, style } of line) {
    if (style !== current) painted += `${current === '' ? '' : '\u001b[0m'}${style === '' ? '' : `\u001b[${style}m`}`;
    current = style;
    painted += text;
  }
  return current === '' ? painted : `${painted}\u001b[0m`;
}

export const textOfLine = (line: Line): string => line.map(({ text }) => text).join('');
