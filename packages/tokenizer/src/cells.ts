import { createStreamDecoder } from './stream-decoder.js';
import type { Tokenizer } from './tokenizer.js';

/**
 * One text per position, for a canvas of which some positions are unknown. Where no id is `mask` the texts joined are
 * `decode(ids)`.
 *
 * A masked position is ''. A character whose bytes several tokens share stands whole at the first of them, as U+FFFD
 * while a mask hides the rest; the others show what else they hold, often ''.
 */
export function decodeCells(tokenizer: Tokenizer, ids: Int32Array, mask: number | undefined = tokenizer.special.mask): string[] {
  const cells = Array.from(ids, () => '');
  const stream = createStreamDecoder(tokenizer);
  let opened: number | undefined; // the cell where the character that is held back begins
  const close = (): void => {
    const rest = stream.end();
    if (opened !== undefined) cells[opened] += rest;
    opened = undefined;
  };
  for (const [position, id] of ids.entries()) {
    if (id === mask) {
      close();
      continue;
    }
    let text = stream.push([id]);
    // A run after a mask is no text's beginning: give back the space that the decoder trims there.
    const begins = position > 0 && ids[position - 1] === mask;
    if (begins && tokenizer.tokenText(id) === ` ${text}`) text = ` ${text}`;
    const started = text !== '';
    if (started && opened !== undefined) {
      const first = String.fromCodePoint(text.codePointAt(0)!);
      cells[opened] += first;
      text = text.slice(first.length);
    }
    cells[position] = text;
    if (!stream.pending) opened = undefined;
    else if (started || opened === undefined) opened = position;
  }
  close();
  return cells;
}
