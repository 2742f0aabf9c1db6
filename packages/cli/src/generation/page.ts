import type { GenerationEvent, Range, Vocabulary } from '@palimpsest/backbone';
import { decodeCells } from '@palimpsest/tokenizer';
import type { Tokenizer } from '@palimpsest/tokenizer';

export interface Cell {
  readonly text: string;
  readonly state: 'given' | 'open' | 'guess' | 'written';
  /** Of what was written, 0 to 1. */
  readonly confidence: number;
  /** Written since the page was last looked at. */
  readonly fresh: boolean;
}

/** Prompt and answer as cells that the events of a generation fill, in any order. */
export interface Page {
  readonly apply: (event: GenerationEvent) => void;
  readonly look: () => readonly Cell[];
}

interface Slot {
  id: number;
  text: string;
  state: Cell['state'];
  confidence: number;
  fresh: boolean;
}

export interface PageOptions {
  readonly tokenizer: Tokenizer;
  readonly backbone: { readonly vocabulary: Vocabulary };
  readonly prompt: Int32Array;
  /** Positions that lie open from the start. */
  readonly canvas: Range;
}

/** Cells on each side of a written one whose text may change with it: a character has at most four bytes, so four tokens. */
const reach = 4;

export function openPage({ tokenizer, backbone: { vocabulary }, prompt, canvas }: PageOptions): Page {
  const blank = vocabulary.mask ?? -1; // never decoded where there is no mask: such a model leaves no cell open
  const silent = new Set([vocabulary.begin, vocabulary.end, vocabulary.pad].filter((id) => id !== undefined));
  const slots: Slot[] = Array.from(prompt, (id) => ({ id, text: '', state: 'given', confidence: 1, fresh: false }));

  const openSlot = (): Slot => ({ id: blank, text: '', state: 'open', confidence: 0, fresh: false });
  const growTo = (length: number): void => {
    while (slots.length < length) slots.push(openSlot());
  };
  /** Reads the texts from `start` up to, not including, `end` anew, seeing `reach` further so that they come out as inside the whole. */
  const readTexts = (start: number, end: number): void => {
    const first = Math.max(0, start - reach);
    const row = slots.slice(first, end + reach);
    const texts = decodeCells(tokenizer, Int32Array.from(row, ({ id, state }) => (state === 'guess' ? blank : id)), blank);
    for (const [index, slot] of row.entries()) {
      const within = first + index >= start && first + index < end;
      if (within && slot.state !== 'guess') slot.text = silent.has(slot.id) || slot.state === 'open' ? '' : texts[index]!;
    }
  };
  const change = (positions: Int32Array, put: (slot: Slot, index: number) => void): void => {
    if (positions.length === 0) return;
    growTo(Math.max(...positions) + 1);
    positions.forEach((position, index) => put(slots[position]!, index));
    readTexts(Math.max(0, Math.min(...positions) - reach), Math.max(...positions) + reach + 1);
  };

  growTo(canvas.end);
  readTexts(0, prompt.length);
  return {
    apply: (event) => {
      if (event.type === 'tokens-commit') {
        const { positions, ids, confidence } = event;
        change(positions, (slot, index) => Object.assign(slot, { id: ids[index], state: 'written', confidence: confidence[index], fresh: true }));
      } else if (event.type === 'tokens-revoke') {
        change(event.positions, (slot) => Object.assign(slot, openSlot()));
      } else if (event.type === 'draft') {
        event.positions.forEach((position, index) => Object.assign(slots[position]!, { text: guessText(tokenizer, event.ids[index]!, silent), state: 'guess' }));
      }
    },
    look: () => slots.map((slot) => {
      const { text, state, confidence, fresh } = slot;
      slot.fresh = false;
      return { text, state, confidence, fresh };
    }),
  };
}

const guessText = (tokenizer: Tokenizer, id: number, silent: ReadonlySet<number>): string => (silent.has(id) ? '' : tokenizer.tokenText(id));
