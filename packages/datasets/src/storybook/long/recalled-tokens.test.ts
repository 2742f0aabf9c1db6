import { describe, expect, test } from 'vitest';
import { longStorybook } from './long-storybook.js';
import { recalledTokens, type TokenCutter } from './recalled-tokens.js';

/** Pieces of up to three letters, a space in front of the first: words are of several tokens. */
function pieceCutter(): TokenCutter & { readonly pieces: (text: string) => readonly string[] } {
  const known: string[] = [];
  const pieces = (text: string): readonly string[] => text.match(/ ?[a-z]{1,3}|[^a-z]/gi) ?? [];
  return {
    pieces,
    encode: (text) => pieces(text).map((piece) => (known.includes(piece) ? known.indexOf(piece) : known.push(piece) - 1)),
    tokenText: (id) => known[id]!,
  };
}

const stories = [0, 1, 2, 3, 4].map((seed) => longStorybook(500 + seed, { chapters: 9 + seed }));
const chapterAt = (text: string, at: number): number => text.slice(0, at).split('\n\n').length;

describe('recalled spans', () => {
  test('are said word for word where they say it was told, in an earlier chapter, and nowhere between in their own', () => {
    let spans = 0;
    for (const { text, recalled } of stories) {
      for (const { start, end, introduced, toldLast } of recalled) {
        const word = text.slice(start, end).toLowerCase();
        expect(text.slice(introduced - word.length, introduced).toLowerCase()).toBe(word);
        expect(text.slice(toldLast - word.length, toldLast).toLowerCase()).toBe(word);
        expect(introduced).toBeLessThanOrEqual(toldLast);
        expect(chapterAt(text, toldLast)).toBeLessThan(chapterAt(text, start));
        spans += 1;
      }
      expect(recalled.map(({ start }) => start)).toEqual(recalled.map(({ start }) => start).toSorted((one, other) => one - other));
    }
    expect(spans).toBeGreaterThan(200);
  });

  test('cover every kind of fact', () => {
    const kinds = new Set(stories.flatMap(({ recalled }) => recalled.map(({ fact }) => fact.split(': ')[1])));
    for (const kind of ['name', 'kind', 'trait', 'home', 'elder', 'look', 'toy', 'side', 'spot', 'do']) expect(kinds).toContain(kind);
  });

  test('a person\'s first words in a chapter are not among them: they say who it is about', () => {
    for (const { text, recalled } of stories) {
      const starts = new Set(recalled.map(({ start }) => start));
      let offset = 0;
      for (const chapter of text.split('\n\n')) {
        const opening = /^(?:Once there was an? |There was once an? |Once upon a time, an? |An? )?(\w+)/.exec(chapter)!;
        expect(starts.has(offset + opening[0].length - opening[1]!.length)).toBe(false);
        offset += chapter.length + 2;
      }
    }
  });
});

describe('recalled tokens', () => {
  test('are the tokens of the spans, with distances counted piece by piece', () => {
    for (const story of stories) {
      const cutter = pieceCutter();
      const pieces = cutter.pieces(story.text);
      const starts = [...pieces, ''].map((_, index) => pieces.slice(0, index).join('').length);
      const startOf = (token: number): number => starts[token]!;
      const tokens = recalledTokens(story, cutter);
      expect(tokens.length).toBeGreaterThan(story.recalled.length);
      for (const { token, fact, sinceIntroduced, sinceTold } of tokens) {
        const span = story.recalled.find((one) => one.fact === fact && one.start < startOf(token + 1) && one.end > startOf(token))!;
        const tokenBefore = (offset: number): number => pieces.findIndex((_, index) => startOf(index + 1) >= offset);
        expect(sinceIntroduced).toBe(token - tokenBefore(span.introduced));
        expect(sinceTold).toBe(token - tokenBefore(span.toldLast));
      }
    }
  });

  test('only what has not been told for so many tokens is asked for', () => {
    const [story] = stories;
    const all = recalledTokens(story!, pieceCutter());
    for (const atLeast of [100, 300, 100_000]) expect(recalledTokens(story!, pieceCutter(), atLeast)).toEqual(all.filter(({ sinceTold }) => sinceTold >= atLeast));
    expect(all.some(({ sinceTold }) => sinceTold >= 300)).toBe(true);
  });

  test('tokens that do not spell the text are refused', () => {
    const { encode, tokenText } = pieceCutter();
    expect(() => recalledTokens(stories[0]!, { encode, tokenText: (id) => tokenText(id).toLowerCase() })).toThrow(/recalledTokens: expected tokens that spell the text; got/);
  });
});
