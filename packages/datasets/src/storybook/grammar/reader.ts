import { surface, type Pattern, type Slot } from './pattern.js';
import type { Plot, Step } from './plot.js';
import type { Table } from './table.js';
import { tokenise, type Token } from './tokens.js';

/** What a slot was read as: the rows of its facet that write these words. */
export interface Capture {
  readonly slot: Slot;
  readonly rows: ReadonlySet<number>;
}
/** One way to understand a sentence. */
export interface Reading {
  readonly step: Step;
  readonly pattern: Pattern;
  readonly captures: readonly Capture[];
}
export interface ReadSentence {
  readonly text: string;
  /** None when no template of the world fits. */
  readonly readings: readonly Reading[];
}

/** Phrases of a slot, letter by letter of the world's words. */
interface PhraseNode {
  readonly next: Map<string, PhraseNode>;
  readonly rows: Set<number>;
}
/** All patterns, merged where they begin alike. */
interface PatternNode {
  readonly words: Map<string, PatternNode>;
  readonly slots: Map<string, { readonly slot: Slot; readonly spaced: boolean; readonly phrases: PhraseNode; readonly after: PatternNode }>;
  readonly ends: { readonly step: Step; readonly pattern: Pattern }[];
}
interface Chain {
  readonly capture: Capture;
  readonly before: Chain | undefined;
}

/** Cuts a text into sentences and reads each by all templates of all plots. Time grows linearly with the text. */
export type Reader = (text: string) => readonly ReadSentence[];

export function sentenceReader(plots: readonly Plot[]): Reader {
  const root = buildPatterns(plots);
  return (text) => {
    const tokens = tokenise(text);
    const sentences: ReadSentence[] = [];
    let at = 0;
    while (at < tokens.length) {
      const read = readSentence(root, tokens, at);
      const end = read.readings.length > 0 ? read.end : sentenceEnd(tokens, at);
      sentences.push({ text: text.slice(tokens[at]!.start, tokens[end - 1]!.end), readings: read.readings });
      at = end;
    }
    return sentences;
  };
}

function buildPatterns(plots: readonly Plot[]): PatternNode {
  const root = emptyPatterns();
  const phrases = phraseBook();
  for (const step of new Set(plots.flatMap(({ steps }) => steps))) {
    for (const pattern of step.patterns) addPattern(root, step, pattern, phrases);
  }
  return root;
}

const emptyPatterns = (): PatternNode => ({ words: new Map(), slots: new Map(), ends: [] });

function addPattern(root: PatternNode, step: Step, pattern: Pattern, phrases: (slot: Slot) => PhraseNode): void {
  let node = root;
  let spaced = false;
  for (const piece of pattern.pieces) {
    if (typeof piece === 'string') {
      for (const [index, { key }] of tokenise(piece).entries()) {
        const word = index === 0 && spaced && !key.startsWith(' ') ? ` ${key}` : key;
        node = getOrAdd(node.words, word, emptyPatterns);
      }
      spaced = /\s$/.test(piece);
    } else {
      const slot = piece;
      const key = [slot.role, slot.facet.name, slot.column, slot.article, slot.capital, spaced].join(' ');
      const edge = getOrAdd(node.slots, key, () => ({ slot, spaced, phrases: phrases(slot), after: emptyPatterns() }));
      node = edge.after;
      spaced = false;
    }
  }
  node.ends.push({ step, pattern });
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Phrases of each kind of slot, built once: roles of the same table share them. */
function phraseBook(): (slot: Slot) => PhraseNode {
  const books = new Map<Table, Map<string, PhraseNode>>();
  return (slot) => {
    const book = getOrAdd(books, slot.facet, () => new Map<string, PhraseNode>());
    return getOrAdd(book, [slot.column, slot.article, slot.capital].join(' '), () => phrasesOf(slot));
  };
}

function phrasesOf(slot: Slot): PhraseNode {
  const root: PhraseNode = { next: new Map(), rows: new Set() };
  slot.facet.rows.forEach((row, index) => {
    let node = root;
    for (const { key } of tokenise(surface(slot, row))) node = getOrAdd(node.next, key, () => ({ next: new Map(), rows: new Set<number>() }));
    node.rows.add(index);
  });
  return root;
}

/** The longest readings that start at token `start`; `end` is the token after them. */
function readSentence(root: PatternNode, tokens: readonly Token[], start: number): { readonly readings: readonly Reading[]; readonly end: number } {
  let readings: Reading[] = [];
  let longest = start;
  const walk = (node: PatternNode, at: number, chain: Chain | undefined): void => {
    if (node.ends.length > 0 && at >= longest) {
      if (at > longest) readings = [];
      longest = at;
      const captures = unchain(chain);
      readings.push(...node.ends.map((end) => ({ ...end, captures })));
    }
    const token = tokens[at];
    if (token === undefined) return;
    const key = at === start ? token.key.trimStart() : token.key;
    const next = node.words.get(key);
    if (next !== undefined) walk(next, at + 1, chain);
    for (const { slot, spaced, phrases, after } of node.slots.values()) {
      if (key.startsWith(' ') !== spaced) continue;
      for (const { rows, end } of matchPhrases(phrases, tokens, at)) walk(after, end, { capture: { slot, rows }, before: chain });
    }
  };
  walk(root, start, undefined);
  return { readings, end: longest };
}

function matchPhrases(phrases: PhraseNode, tokens: readonly Token[], start: number): readonly { readonly rows: ReadonlySet<number>; readonly end: number }[] {
  const found: { readonly rows: ReadonlySet<number>; readonly end: number }[] = [];
  let node = phrases;
  for (let at = start; at < tokens.length; at += 1) {
    const { key } = tokens[at]!;
    const next = node.next.get(at === start ? key.trimStart() : key);
    if (next === undefined) break;
    node = next;
    if (node.rows.size > 0) found.push({ rows: node.rows, end: at + 1 });
  }
  return found;
}

function unchain(chain: Chain | undefined): readonly Capture[] {
  const captures: Capture[] = [];
  for (let link = chain; link !== undefined; link = link.before) captures.push(link.capture);
  return captures.reverse();
}

/** Where an unreadable sentence stops: after its end mark and quotation mark, unless it goes on in lower case (`?" asked`). */
function sentenceEnd(tokens: readonly Token[], start: number): number {
  for (let at = start; at < tokens.length; at += 1) {
    if (!/^\s?[.!?]$/.test(tokens[at]!.key)) continue;
    const end = tokens[at + 1]?.key === '"' ? at + 2 : at + 1;
    if (!/^ ?[a-z]/.test(tokens[end]?.key ?? '')) return end;
  }
  return tokens.length;
}
