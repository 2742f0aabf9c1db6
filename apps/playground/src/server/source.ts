import { PalimpsestError, type Backbone } from '@palimpsest/backbone';
import type { LayerLosses } from '../protocol/inner-loss.js';
import type { ModelSummary } from '../protocol/model.js';

/** Where models come from: the real ones, or the toys of the tests. */
export interface ModelSource {
  list(): Promise<readonly ModelSummary[]>;
  open(name: string): Promise<OpenModel>;
}

export interface OpenModel extends AsyncDisposable {
  readonly backbone: Backbone;
  readonly tokenizer: CellTokenizer;
  /** How the model's layers learn from tokens that it reads, from their beginning. Absent where none learns. */
  readonly readInnerLosses?: (tokens: Int32Array) => Promise<readonly LayerLosses[]>;
}

/** What the playground asks of a tokenizer. */
export interface CellTokenizer {
  /** Ids from here on have no text; a model may have rows for them all the same. */
  readonly vocabularySize: number;
  encode(text: string): Int32Array;
  /** One text per id: what stands in that cell among its neighbours. The mask's text is not shown. */
  decodeCells(ids: Int32Array, maskId?: number): readonly string[];
  /** One token as it reads inside a text. */
  tokenText(id: number): string;
}

/** Models that stay open from their first use until the server stops, so that all lanes share one copy. */
export interface Shelf extends AsyncDisposable {
  list(): Promise<readonly ModelSummary[]>;
  isOpen(name: string): boolean;
  /** Callers that ask while the model is being opened share that opening. A failed opening may be tried again. */
  open(name: string): Promise<OpenModel>;
}

export function shelve(source: ModelSource): Shelf {
  const openings = new Map<string, Promise<OpenModel>>();
  const open = new Set<string>();
  let closed = false;
  return {
    list: () => source.list(),
    isOpen: (name) => open.has(name),
    open: (name) => {
      if (closed) throw new PalimpsestError({ where: `model ${name}`, expected: 'a running server', got: 'one that is shutting down' });
      const under = openings.get(name);
      if (under !== undefined) return under;
      const opening = source.open(name);
      openings.set(name, opening);
      opening.then(
        () => open.add(name),
        () => openings.delete(name),
      );
      return opening;
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      const settled = await Promise.allSettled(openings.values());
      openings.clear();
      open.clear();
      await Promise.all(settled.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value[Symbol.asyncDispose]() : undefined)));
    },
  };
}
