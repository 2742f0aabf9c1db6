import type { CellText } from '../protocol/event.js';
import type { CellTokenizer } from './source.js';

/** The page as ids, and the texts that the reader has been shown so far. */
export interface Sheet {
  /** What the reader has been shown, cell by cell. */
  texts(): readonly string[];
  /** Writes ids; answers with the cells whose text is now another. */
  write(positions: Int32Array, ids: Int32Array): readonly CellText[];
  /** Opens positions again; answers likewise. */
  scrape(positions: Int32Array): readonly CellText[];
  /** What the ids say, each for itself. */
  guess(ids: Int32Array): readonly string[];
}

interface Slot {
  readonly id: number;
  /** Kept apart from "is the mask": a prompt may contain the mask's own text. */
  readonly open: boolean;
}

/** Cells to each side of a written one whose text may change with it: a character has at most four bytes, so four tokens. */
const reach = 4;
/** Cells that are decoded beyond those, so that they see the tokens that theirs depends on. */
const context = 4;

/** @param maskId what stands in an open cell; a model without one never leaves a cell open between written ones. */
export function layOutSheet(tokenizer: CellTokenizer, prompt: Int32Array, maskId: number | undefined): Sheet {
  const blank: Slot = { id: maskId ?? 0, open: true };
  const slots: Slot[] = Array.from(prompt, (id) => ({ id, open: false }));
  const shown = [...tokenizer.decodeCells(prompt, maskId)];
  const guesses = new Map<number, string>();

  function put(positions: Int32Array, slot: (index: number) => Slot): readonly CellText[] {
    positions.forEach((position, index) => {
      while (slots.length < position) slots.push(blank);
      slots[position] = slot(index);
    });
    return positions.length === 0 ? [] : difference(Math.min(...positions) - reach, Math.max(...positions) + reach + 1);
  }

  /** Decodes anew from position `from` up to, not including, `to`. */
  function difference(from: number, to: number): readonly CellText[] {
    const start = Math.max(from - context, 0);
    const row = slots.slice(start, to + context);
    const texts = tokenizer.decodeCells(Int32Array.from(row, ({ id }) => id), maskId);
    const changed: CellText[] = [];
    for (let position = Math.max(from, 0); position < Math.min(to, slots.length); position++) {
      const text = slots[position]?.open ? '' : (texts[position - start] ?? '');
      if (text === (shown[position] ?? '')) continue;
      shown[position] = text;
      changed.push([position, text]);
    }
    return changed;
  }

  function guess(id: number): string {
    const known = guesses.get(id) ?? tokenizer.tokenText(id);
    guesses.set(id, known);
    return known;
  }

  return {
    texts: () => slots.map((_, position) => shown[position] ?? ''),
    write: (positions, ids) => put(positions, (index) => ({ id: ids[index] ?? blank.id, open: false })),
    scrape: (positions) => put(positions, () => blank),
    guess: (ids) => Array.from(ids, guess),
  };
}
