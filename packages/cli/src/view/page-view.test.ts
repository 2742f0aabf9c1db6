import type { GenerationEvent } from '@palimpsest/backbone';
import { createTokenizer, trainByteLevelBpe } from '@palimpsest/tokenizer';
import { describe, expect, test } from 'vitest';
import { screenModel } from '../../test/screen-model.js';
import { answerCells } from '../generation/answer.js';
import { openPage } from '../generation/page.js';
import type { Cell } from '../generation/page.js';
import { openLiveArea } from './live-area.js';
import { layOutPage, spansOf, textOfPage } from './page-view.js';
import { textOfLine } from './styled.js';

const tokenizer = createTokenizer(trainByteLevelBpe({ documents: ['the fox saw the well', 'the well saw the fox', 'a small fox sat by the well'], vocabularySize: 280 }));
const { mask, begin, end } = tokenizer.special as { readonly mask: number; readonly begin: number; readonly end: number };
const vocabulary = { size: tokenizer.vocabularySize, mask, begin, end };
const promptOf = (text: string): Int32Array => Int32Array.of(begin, ...tokenizer.encode(text));
const commit = (positions: readonly number[], ids: readonly number[], confidence = 0.99): GenerationEvent =>
  ({ type: 'tokens-commit', positions: Int32Array.from(positions), ids: Int32Array.from(ids), confidence: Float32Array.from(positions, () => confidence), pass: 1 });
const usage = { promptTokens: 0, generatedTokens: 0, forwardPasses: 1, positionsComputed: 1, milliseconds: 1, millisecondsToFirstToken: 1, millisecondsInModel: 1, stateBytes: 0 };
const cell = (text: string, change: Partial<Cell> = {}): Cell => ({ text, state: 'written', confidence: 1, fresh: false, ...change });

describe('page', () => {
  test('written back to front, cell by cell, every text is what the whole decodes to, emoji of several tokens included', () => {
    const prompt = promptOf('the fox');
    const answer = tokenizer.encode(' saw 🦊 by the wéll');
    const page = openPage({ tokenizer, backbone: { vocabulary }, prompt, canvas: { start: prompt.length, end: prompt.length + answer.length } });
    expect(page.look().map(({ state }) => state)).toEqual([...Array.from(prompt, () => 'given'), ...Array.from(answer, () => 'open')]);
    for (let index = answer.length - 1; index >= 0; index--) page.apply(commit([prompt.length + index], [answer[index]!]));
    expect(textOfPage(page.look())).toBe('the fox saw 🦊 by the wéll');
  });

  test('left to right the page grows; begin and end token are silent', () => {
    const prompt = promptOf('the');
    const page = openPage({ tokenizer, backbone: { vocabulary: { size: vocabulary.size, begin, end } }, prompt, canvas: { start: prompt.length, end: prompt.length } });
    const answer = [...tokenizer.encode(' small fox'), end];
    answer.forEach((id, index) => page.apply(commit([prompt.length + index], [id])));
    expect(textOfPage(page.look())).toBe('the small fox');
  });

  test('fresh until it is looked at; revoked cells are open again; guesses show without being written', () => {
    const page = openPage({ tokenizer, backbone: { vocabulary }, prompt: promptOf(''), canvas: { start: 1, end: 4 } });
    const [the, fox] = [tokenizer.encode('the')[0]!, tokenizer.encode(' fox')[0]!];
    page.apply(commit([1, 3], [the, fox], 0.5));
    expect(page.look().map(({ state, fresh }) => [state, fresh])).toEqual([['given', false], ['written', true], ['open', false], ['written', true]]);
    page.apply({ type: 'tokens-revoke', positions: Int32Array.of(3), pass: 2 });
    page.apply({ type: 'draft', positions: Int32Array.of(2), ids: Int32Array.of(fox), entropy: Float32Array.of(1), pass: 2 });
    const cells = page.look();
    expect(cells.map(({ state, fresh, text }) => [state, fresh, text])).toEqual([['given', false, ''], ['written', false, 'the'], ['guess', false, ' fox'], ['open', false, '']]);
    expect(textOfPage(cells)).toBe('the ░░░ ░░░');
  });

  test('an answer ends where the result says; an interrupted one keeps all that was written, with its gaps', () => {
    const cells = [cell('the', { state: 'given' }), cell(' fox'), cell('', { state: 'open' }), cell(' well', { fresh: true }), cell(' sat', { state: 'guess' })];
    expect(textOfPage(answerCells(cells, 1, { ids: Int32Array.of(7), reason: 'end-token', usage }))).toBe('the fox');
    const interrupted = answerCells(cells, 1, { ids: Int32Array.of(7), reason: 'aborted', usage });
    expect(textOfPage(interrupted)).toBe('the fox ░░░ well');
    expect(interrupted.some(({ fresh }) => fresh)).toBe(false);
  });
});

describe('picture', () => {
  test('what was given is bold, open cells are dim, doubt has a colour, news are inverted', () => {
    const cells = [cell('The', { state: 'given' }), cell(' sure'), cell(' hm', { confidence: 0.6 }), cell(' new', { confidence: 0.1, fresh: true }), cell('', { state: 'open' })];
    expect(spansOf(cells).map(({ style }) => style)).toEqual(['1', '', '38;5;136', '4;38;5;166;7', '2']);
  });

  test('of a page longer than the screen the lines around what is new are shown, else the last', () => {
    const cells = Array.from({ length: 10 }, (_, index) => cell(`line${index}\n`));
    const shown = (fresh?: number): readonly string[] =>
      layOutPage(cells.map((each, index) => ({ ...each, fresh: index === fresh })), 20, 3).map(textOfLine);
    expect(shown()).toEqual(['line8', 'line9', '']);
    expect(shown(4)).toEqual(['line3', 'line4', 'line5']);
    expect(shown(0)).toEqual(['line0', 'line1', 'line2']);
  });

  test('frame by frame the canvas is rewritten in place, and the last screen is the text', () => {
    const screen = screenModel(24, 9);
    const area = openLiveArea({ write: screen.write }, screen);
    const prompt = promptOf('the fox');
    const answer = tokenizer.encode(' saw the small well by the fox');
    const page = openPage({ tokenizer, backbone: { vocabulary }, prompt, canvas: { start: prompt.length, end: prompt.length + answer.length } });
    const order = Array.from(answer.keys()).sort((a, b) => ((a * 7) % answer.length) - ((b * 7) % answer.length));
    for (const index of order) {
      const cells = page.look();
      area.show(layOutPage(cells, 23));
      const open = cells.filter(({ state }) => state === 'open').length;
      expect(screen.lines().join(' ').split('░░░').length - 1).toBe(open);
      page.apply(commit([prompt.length + index], [answer[index]!]));
    }
    area.end(layOutPage(page.look(), 23));
    expect(screen.lines()).toEqual(['the fox saw the small', 'well by the fox']);
  });
});
