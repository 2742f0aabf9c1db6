import type { DecodeOptions, Tokenizer } from './tokenizer.js';

/** Decodes ids as they come. All pushes and `end` joined are `decode` of all ids. */
export interface StreamDecoder {
  /** The text that `ids` add, without a last character that later ids may still complete. */
  push(ids: ArrayLike<number>): string;
  /** What is held back, U+FFFD for half a character. Afterwards the next push begins a new text. */
  end(): string;
  /** Whether a character is held back. */
  readonly pending: boolean;
}

const replacement = '\uFFFD';

/**
 * Keeps the last token that was shown in whole before what is new, so that a decoder which treats a text's first
 * token in its own way (trims its space, say) does so once.
 */
export function createStreamDecoder(tokenizer: Pick<Tokenizer, 'decode'>, options: DecodeOptions = {}): StreamDecoder {
  let window: readonly number[] = [];
  let shown = 0; // characters of the window's text
  let pending = false;
  const decode = (ids: readonly number[]): string => tokenizer.decode(ids, options);
  return {
    push(ids) {
      const extended = [...window, ...Array.from(ids)];
      const text = decode(extended);
      // An unfinished UTF-8 sequence decodes to one U+FFFD at the end, which a real U+FFFD cannot be told from.
      pending = text.endsWith(replacement) && text.length > shown;
      const settled = pending ? text.length - 1 : text.length;
      const fresh = text.slice(shown, settled);
      const last = extended.slice(-1);
      const lastText = pending ? '' : decode(last);
      [window, shown] = lastText === '' ? [extended, settled] : [last, lastText.length];
      return fresh;
    },
    end() {
      const rest = decode(window).slice(shown);
      [window, shown, pending] = [[], 0, false];
      return rest;
    },
    get pending() {
      return pending;
    },
  };
}
