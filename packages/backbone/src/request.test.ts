import { describe, expect, test } from 'vitest';
import { PalimpsestError } from './error.js';
import { blockShift, checkAppend, checkNotDisposed, checkRequest, checkRescore, checkRewind } from './request.js';
import { bidirectional, blockCausal, causal } from './visibility.js';

const limits = { vocabulary: { size: 11 }, maximumLength: 9, visibility: causal };
const blocks = { ...limits, visibility: blockCausal(3) };
const tokens = Int32Array.of(0, 10, 3);
const draw = { give: 'draw', temperature: 0.7, uniforms: Float64Array.of(0, 0.3, 0.99) } as const;
const ask = (given: Int32Array, want: Parameters<typeof checkRequest>[3], length = 4): (() => void) => () => checkRequest(limits, { length }, given, want);

describe('checkRequest', () => {
  test('lets through what fits, up to the last id, row, token and top', () => {
    expect(ask(tokens, { give: 'logits' }, 6)).not.toThrow();
    expect(ask(tokens, { give: 'logits', rows: Int32Array.of(2, 0) })).not.toThrow();
    expect(ask(tokens, { give: 'logits', rows: Int32Array.of() })).not.toThrow();
    expect(ask(tokens, { give: 'top', top: 11 })).not.toThrow();
    expect(ask(tokens, { give: 'targets', targets: Int32Array.of(10), rows: Int32Array.of(1) })).not.toThrow();
    expect(ask(tokens, { give: 'draw', temperature: 1e-300, topP: 1, uniforms: Float64Array.of(0, 1 - 2 ** -53, 0.5) })).not.toThrow();
    const allButOne = Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9);
    expect(ask(tokens, { ...draw, rows: Int32Array.of(2, 2), uniforms: Float64Array.of(0.1, 0.9), banned: allButOne })).not.toThrow();
  });

  test.each([
    ['no tokens', ask(Int32Array.of(), { give: 'logits' }), 'tokens: expected at least one token; got none.'],
    ['an id too large', ask(Int32Array.of(1, 11), { give: 'logits' }), 'tokens: expected token ids from 0 to 10; got 11 at index 1.'],
    ['a negative id', ask(Int32Array.of(-1), { give: 'logits' }), 'tokens: expected token ids from 0 to 10; got -1 at index 0.'],
    ['too many tokens', ask(tokens, { give: 'logits' }, 7), 'tokens: expected at most 9 tokens in a context; got 7 committed and 3 more. Shorten the prompt or the answer.'],
    ['a row behind the last', ask(tokens, { give: 'logits', rows: Int32Array.of(0, 3) }), 'rows: expected indices from 0 to 2 into the tokens of this request; got 3.'],
    ['a row before the first', ask(tokens, { give: 'top', top: 1, rows: Int32Array.of(-1) }), 'rows: expected indices from 0 to 2 into the tokens of this request; got -1.'],
    ['top 0', ask(tokens, { give: 'top', top: 0 }), "top: expected an integer from 1 to the vocabulary's size, 11; got 0."],
    ['top above the size', ask(tokens, { give: 'top', top: 12 }), "top: expected an integer from 1 to the vocabulary's size, 11; got 12."],
    ['a fraction of a top', ask(tokens, { give: 'top', top: 1.5 }), "top: expected an integer from 1 to the vocabulary's size, 11; got 1.5."],
    ['too few targets', ask(tokens, { give: 'targets', targets: tokens.subarray(1) }), 'targets: expected one for each of the 3 wanted rows; got 2.'],
    ['a target for every token but fewer rows', ask(tokens, { give: 'targets', targets: tokens, rows: Int32Array.of(1) }), 'targets: expected one for each of the 1 wanted rows; got 3.'],
    ['temperature 0', ask(tokens, { ...draw, temperature: 0 }), 'temperature: expected a number above 0; got 0. For the most probable token want the top 1.'],
    ['an infinite temperature', ask(tokens, { ...draw, temperature: Infinity }), 'temperature: expected a number above 0; got Infinity.'],
    ['a temperature that is no number', ask(tokens, { ...draw, temperature: Number.NaN }), 'temperature: expected a number above 0; got NaN.'],
    ['a top-p of 0', ask(tokens, { ...draw, topP: 0 }), 'topP: expected a number above 0, up to 1; got 0.'],
    ['a top-p above 1', ask(tokens, { ...draw, topP: 1.01 }), 'topP: expected a number above 0, up to 1; got 1.01.'],
    ['a top-p that is no number', ask(tokens, { ...draw, topP: Number.NaN }), 'topP: expected a number above 0, up to 1; got NaN.'],
    ['too few uniform numbers', ask(tokens, { ...draw, uniforms: Float64Array.of(0.5) }), 'uniforms: expected one for each of the 3 wanted rows; got 1.'],
    ['a uniform number for every token but fewer rows', ask(tokens, { ...draw, rows: Int32Array.of(1) }), 'uniforms: expected one for each of the 1 wanted rows; got 3.'],
    ['a uniform number of 1', ask(tokens, { ...draw, uniforms: Float64Array.of(0, 1, 0.5) }), 'uniforms: expected numbers of at least 0 and below 1; got 1 at index 1.'],
    ['a uniform number below 0', ask(tokens, { ...draw, uniforms: Float64Array.of(0, 0.5, -1e-9) }), 'uniforms: expected numbers of at least 0 and below 1; got -1e-9 at index 2.'],
    ['a uniform number that is none', ask(tokens, { ...draw, uniforms: Float64Array.of(Number.NaN, 0, 0) }), 'got NaN at index 0.'],
    ['a banned id outside', ask(tokens, { ...draw, banned: Int32Array.of(3, 11) }), 'banned: expected token ids from 0 to 10; got 11 at index 1.'],
    ['a ban of every token', ask(tokens, { ...draw, banned: Int32Array.of(...Array(11).keys(), 0) }), 'banned: expected fewer than all 11 tokens; got 12.'],
    ['a target outside', ask(tokens, { give: 'targets', targets: Int32Array.of(1, 2, 11) }), 'targets: expected token ids from 0 to 10; got 11 at index 2.'],
  ])('refuses %s', (_, asking, message) => {
    expect(asking).toThrow(PalimpsestError);
    expect(asking).toThrow(message);
  });
});

describe('prefixes', () => {
  test('are appended and cut in whole blocks', () => {
    expect(() => checkAppend(blocks, { length: 3 }, tokens, { give: 'logits' })).not.toThrow();
    expect(() => checkRewind(blocks, { length: 6 }, 3)).not.toThrow();
    expect(() => checkAppend(blocks, { length: 3 }, tokens.subarray(1), { give: 'logits' })).toThrow(
      'append: expected a prefix of whole blocks of 3 under block-causal(3) visibility; got 5 tokens. Score an unfinished block; append it when it is whole.',
    );
    expect(() => checkRewind(blocks, { length: 6 }, 4)).toThrow('rewind: expected a prefix of whole blocks of 3');
    expect(() => checkAppend(blocks, { length: 2, shift: 1 }, tokens, { give: 'logits' })).not.toThrow();
    expect(() => checkRewind(blocks, { length: 5, shift: 1 }, 0)).not.toThrow();
    expect(() => checkAppend(blocks, { length: 3, shift: 1 }, tokens, { give: 'logits' })).toThrow('append: expected a prefix of whole blocks of 3, the first of 2, under block-causal(3) visibility; got 6 tokens.');
    expect(blockShift(blocks, {})).toBe(0);
    expect(blockShift(blocks, { firstBlock: 1 })).toBe(2);
    expect(() => blockShift(blocks, { firstBlock: 4 })).toThrow('open: firstBlock: expected 1 to 3 tokens under block-causal(3) visibility; got 4.');
    expect(() => blockShift({ ...limits, visibility: bidirectional }, { firstBlock: 4 })).toThrow(PalimpsestError);
    expect(() => checkAppend({ ...limits, visibility: bidirectional }, { length: 0 }, tokens, { give: 'logits' })).toThrow('whole blocks of Infinity');
  });

  test('an append is checked as a request, too', () => {
    expect(() => checkAppend(blocks, { length: 3 }, Int32Array.of(1, 2, 11), { give: 'logits' })).toThrow('got 11 at index 2');
  });

  test('are scored again in the last block alone, wherever it begins', () => {
    const rescore = (start: number, count: number, committed: { readonly length: number; readonly shift?: number }) => (): void => checkRescore(blocks, committed, start, tokens.subarray(0, count), { give: 'logits' });
    for (const [start, count] of [[3, 3], [3, 1], [5, 1], [4, 2]] as const) expect(rescore(start, count, { length: 6 })).not.toThrow();
    expect(rescore(2, 1, { length: 6 })).toThrow('rescore: expected tokens in the place of committed ones of the last block, at 3 to 5; got 1 from 2 on. Rewind to the end of an earlier block, or append first.');
    expect(rescore(4, 3, { length: 6 })).toThrow('got 3 from 4 on');
    expect(rescore(2, 3, { length: 5, shift: 1 })).not.toThrow(); // blocks of 2 and 3
    expect(rescore(1, 1, { length: 5, shift: 1 })).toThrow('at 2 to 4');
    expect(rescore(0, 2, { length: 2, shift: 1 })).not.toThrow();
    expect(rescore(0, 1, { length: 0 })).toThrow('got a context without any');
    expect(() => checkRescore({ ...limits, visibility: bidirectional }, { length: 5 }, 0, tokens, { give: 'logits' })).not.toThrow(); // one block for all
  });

  test('are cut at a length that is committed', () => {
    for (const length of [0, 3, 5]) expect(() => checkRewind(limits, { length: 5 }, length)).not.toThrow();
    for (const length of [-1, 6, 2.5, Number.NaN]) {
      expect(() => checkRewind(limits, { length: 5 }, length)).toThrow(`rewind: expected a length from 0 to the 5 committed tokens; got ${length}.`);
    }
  });

  test('what is disposed says so', () => {
    expect(() => checkNotDisposed('context', false)).not.toThrow();
    expect(() => checkNotDisposed('context', true)).toThrow('context: expected a context that is in use; got one that is disposed. Open another.');
  });
});
