/** A word or a mark. `key` starts with a space where the text has white space before it. */
export interface Token {
  readonly key: string;
  /** Offsets into the text, white space before the token not included. */
  readonly start: number;
  readonly end: number;
}

export function tokenise(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(/(\s*)([A-Za-z]+|[^\sA-Za-z])/gu)) {
    const [whole, space = '', word = ''] = match;
    const end = match.index + whole.length;
    tokens.push({ key: space === '' ? word : ` ${word}`, start: end - word.length, end });
  }
  return tokens;
}
