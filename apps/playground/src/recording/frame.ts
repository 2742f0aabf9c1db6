import type { Range } from '@palimpsest/backbone';
import type { CellText, CommitEvent, DraftEvent, Failure, FinishEvent, Meter, RevokeEvent, RunEvent, StartEvent } from '../protocol/event.js';

/** One position of the page. Cells that an event does not touch stay the same objects. */
export interface Cell {
  readonly position: number;
  readonly state: 'prompt' | 'open' | 'written';
  readonly text: string;
  /** An end or padding token. */
  readonly closing: boolean;
  /** Probability that the model gave the token, 0 to 1. */
  readonly confidence: number;
  /** Forward pass in which the token was written; 0 for the prompt. */
  readonly pass: number;
  readonly at: number; // milliseconds
  /** What stands to be written in an open cell. */
  readonly draft?: { readonly text: string; readonly closing: boolean; readonly entropy: number };
  /** What stood here before it was scraped off, oldest first. */
  readonly scraped: readonly string[];
}

/** What the page shows after some number of events of a run. */
export interface Frame {
  readonly cells: readonly Cell[];
  readonly closing: readonly number[];
  /** What is being written now, of all blocks that are begun. */
  readonly blocks: ReadonlyMap<number, Range>;
  /** Pass of the latest commit. */
  readonly pass: number;
  readonly meter: Meter;
  readonly firstTokenAt: number | undefined; // milliseconds
  readonly finish: FinishEvent | undefined;
  readonly failure: Failure | undefined;
}

export const blank: Frame = {
  cells: [],
  closing: [],
  blocks: new Map(),
  pass: 0,
  meter: { forwardPasses: 0, positionsComputed: 0, stateBytes: 0 },
  firstTokenAt: undefined,
  finish: undefined,
  failure: undefined,
};

/** The frame after one more event. Pure: neither argument changes. */
export function advance(frame: Frame, event: RunEvent): Frame {
  const metered = { ...frame, meter: event.meter };
  switch (event.type) {
    case 'start':
      return { ...metered, closing: event.closing, cells: layOut(promptCells(event), event.canvas) };
    case 'block-start':
      return { ...metered, blocks: new Map([...frame.blocks, [event.block, event.range]]) };
    case 'tokens-commit':
      return {
        ...metered,
        cells: retext(commit(frame, event), event.texts),
        pass: event.pass,
        firstTokenAt: frame.firstTokenAt ?? event.at,
      };
    case 'tokens-revoke':
      return { ...metered, cells: retext(scrape(frame.cells, event), event.texts) };
    case 'draft':
      return { ...metered, cells: draft(frame, event) };
    case 'block-end':
      return { ...metered, blocks: new Map([...frame.blocks].filter(([block]) => block !== event.block)) };
    case 'finish':
      return { ...metered, finish: event, blocks: new Map() };
    case 'error':
      return { ...metered, failure: event, blocks: new Map() };
  }
  return event satisfies never;
}

function promptCells({ prompt }: StartEvent): Cell[] {
  return prompt.map((text, position) => ({ ...openCell(position), state: 'prompt', text, confidence: 1 }));
}

function layOut(cells: readonly Cell[], { end }: Range): Cell[] {
  const laid = [...cells];
  while (laid.length < end) laid.push(openCell(laid.length));
  return laid;
}

function openCell(position: number): Cell {
  return { position, state: 'open', text: '', closing: false, confidence: 0, pass: 0, at: 0, scraped: [] };
}

function commit(frame: Frame, { positions, ids, confidence, pass, at }: CommitEvent): Cell[] {
  const cells = layOut(frame.cells, { start: 0, end: Math.max(...positions, -1) + 1 });
  positions.forEach((position, index) => {
    const before = cells[position] ?? openCell(position);
    const id = ids[index] ?? -1;
    cells[position] = {
      ...openCell(position),
      state: 'written',
      text: before.text,
      closing: frame.closing.includes(id),
      confidence: confidence[index] ?? 0,
      pass,
      at,
      scraped: before.state === 'written' ? [...before.scraped, before.text] : before.scraped,
    };
  });
  return cells;
}

function scrape(cells: readonly Cell[], { positions }: RevokeEvent): Cell[] {
  const scraped = [...cells];
  for (const position of positions) {
    const before = cells[position];
    if (before?.state === 'written') scraped[position] = { ...openCell(position), scraped: [...before.scraped, before.text] };
  }
  return scraped;
}

function retext(cells: Cell[], texts: readonly CellText[]): Cell[] {
  for (const [position, text] of texts) {
    const before = cells[position];
    if (before !== undefined && before.text !== text) cells[position] = { ...before, text };
  }
  return cells;
}

function draft({ cells, closing }: Frame, { positions, ids, texts, entropy }: DraftEvent): Cell[] {
  const drafted = [...cells];
  positions.forEach((position, index) => {
    const before = cells[position];
    if (before?.state !== 'open') return;
    const guess = { text: texts[index] ?? '', closing: closing.includes(ids[index] ?? -1), entropy: entropy[index] ?? 0 };
    drafted[position] = { ...before, draft: guess };
  });
  return drafted;
}
