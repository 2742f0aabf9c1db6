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
  /** Texts that `ids` would have at `positions`, without writing them. */
  imagine(positions: Int32Array, ids: Int32Array): readonly string[];
}

interface Slot {
  readonly id: number;
  /** Kept apart from "is the mask": a prompt may contain the mask's own text. */
  readonly open: boolean;
}

/** @param maskId what stands in an open cell; a model without one never leaves a cell open between written ones. */
export function layOutSheet(tokenizer: CellTokenizer, prompt: Int32Array, maskId: number | undefined): Sheet {
  const blank: Slot = { id: maskId ?? 0, open: true };
  const slots: Slot[] = Array.from(prompt, (id) => ({ id, open: false }));
  const shown = decode(slots);

  function decode(row: readonly Slot[]): string[] {
    const texts = tokenizer.decodeCells(Int32Array.from(row, ({ id }) => id), maskId);
    return row.map(({ open }, position) => (open ? '' : (texts[position] ?? '')));
  }

  function put(row: Slot[], positions: Int32Array, slot: (index: number) => Slot): void {
    positions.forEach((position, index) => {
      while (row.length < position) row.push(blank);
      row[position] = slot(index);
    });
  }

  function difference(): readonly CellText[] {
    const changed: CellText[] = [];
    decode(slots).forEach((text, position) => {
      if (text === (shown[position] ?? '')) return;
      shown[position] = text;
      changed.push([position, text]);
    });
    return changed;
  }

  const written = (ids: Int32Array) => (index: number): Slot => ({ id: ids[index] ?? blank.id, open: false });
  return {
    texts: () => [...shown],
    write: (positions, ids) => {
      put(slots, positions, written(ids));
      return difference();
    },
    scrape: (positions) => {
      put(slots, positions, () => blank);
      return difference();
    },
    imagine: (positions, ids) => {
      const row = [...slots];
      put(row, positions, written(ids));
      const texts = decode(row);
      return Array.from(positions, (position) => texts[position] ?? '');
    },
  };
}
