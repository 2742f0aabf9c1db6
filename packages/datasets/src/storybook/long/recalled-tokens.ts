import { DatasetError } from '../../documents/error.js';
import type { LongStory } from './long-storybook.js';

/** What is asked of a tokenizer; that of `@palimpsest/tokenizer` has it. */
export interface TokenCutter {
  encode(text: string): ArrayLike<number>;
  /** The text of a token as it stands within a text. */
  tokenText(id: number): string;
}

/** A token that a model with a memory can predict. Distances count tokens of the story. */
export interface RecalledToken {
  /** Index of the token among those of the story's text, without a begin token. A model's row for it is the one before. */
  readonly token: number;
  readonly fact: string;
  /** Tokens back to the last one of the words that told the fact first. */
  readonly sinceIntroduced: number;
  /** Tokens back to the last one of the words that told it latest. */
  readonly sinceTold: number;
}

/**
 * The tokens that repeat a fact of an earlier chapter and have not been told it for `atLeast` tokens: for the loss against the distance to a
 * fact. A token counts when any of its letters are the fact's.
 *
 * @throws DatasetError when the tokens do not spell the text, as a tokenizer of other texts might.
 */
export function recalledTokens({ text, recalled }: Pick<LongStory, 'text' | 'recalled'>, cutter: TokenCutter, atLeast: number = 0): readonly RecalledToken[] {
  const tokenAt = tokenOfCharacter(text, Array.from(cutter.encode(text), (id) => cutter.tokenText(id)));
  return recalled.flatMap(({ start, end, fact, introduced, toldLast }) => {
    const [first, last] = [tokenAt[start]!, tokenAt[end - 1]!];
    return Array.from({ length: last - first + 1 }, (_, index) => {
      const token = first + index;
      return { token, fact, sinceIntroduced: token - tokenAt[introduced - 1]!, sinceTold: token - tokenAt[toldLast - 1]! };
    });
  }).filter(({ sinceTold }) => sinceTold >= atLeast);
}

function tokenOfCharacter(text: string, pieces: readonly string[]): Int32Array {
  if (pieces.join('') !== text) throw new DatasetError({ where: 'recalledTokens', expected: 'tokens that spell the text', got: `${JSON.stringify(pieces.join('').slice(0, 40))} …` });
  const tokens = new Int32Array(text.length);
  let at = 0;
  pieces.forEach((piece, token) => {
    tokens.fill(token, at, at + piece.length);
    at += piece.length;
  });
  return tokens;
}
