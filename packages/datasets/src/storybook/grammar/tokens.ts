/** A word or a mark. `key` starts with a space where the text has white space before it. */
export interface Token {
  readonly key: string;
  /** Offsets into the text, white space before the token not included. */
  readonly start: number;
  readonly end: number;
}

export function tokenise(text: string): readonly Token[] {
  return Array.from(text.matchAll(/[A-Za-z]+|[^\sA-Za-z]/gu), (match) => {
    const [word] = match;
    const start = match.index;
    return { key: /\s/.test(text.charAt(start - 1)) ? ` ${word}` : word, start, end: start + word.length };
  });
}
