import type { TopScores } from '../../backbone.js';
import { scoresFromLogits } from '../scores.js';
import { joined, nothing } from './subject.js';
import type { Law, Subject } from './subject.js';

const prefixOf = (subject: Subject): Int32Array => subject.tokens(subject.capabilities.has('append') ? subject.chunks[0] ?? 0 : 0);

const declaresWhatItIs: Law = {
  name: 'declares what it is',
  hold: async (subject) => {
    const { backbone, equal, holds } = subject;
    const { vocabulary, maximumLength, visibility, prediction } = backbone;
    equal('specification', backbone.specification, 'backbone-v1');
    holds('a prediction of same or next', prediction === 'same' || prediction === 'next', prediction);
    holds('a positive maximum length', Number.isInteger(maximumLength) && maximumLength > 0, String(maximumLength));
    holds('a vocabulary of at least two tokens', Number.isInteger(vocabulary.size) && vocabulary.size > 1, String(vocabulary.size));
    for (const [name, id] of Object.entries({ mask: vocabulary.mask, end: vocabulary.end, pad: vocabulary.pad, begin: vocabulary.begin })) {
      if (id !== undefined) holds(`a ${name} token inside the vocabulary`, Number.isInteger(id) && id >= 0 && id < vocabulary.size, String(id));
    }
    const extensible = subject.capabilities.has('append');
    holds('no append where all tokens see each other', !(extensible && visibility.blockSize === Infinity), 'an append');
    const context = await subject.context();
    equal('length of a new context', context.length, 0);
    holds('bytes of state, 0 or more', Number.isFinite(context.stateBytes) && context.stateBytes >= 0, String(context.stateBytes));
  },
};

const scoreKeepsNothing: Law = {
  name: 'score keeps nothing',
  hold: async (subject) => {
    const prefix = prefixOf(subject);
    const context = await subject.context(prefix);
    const { stateBytes } = context;
    const tokens = subject.tokens(subject.scored);
    const first = await subject.logits(context, tokens);
    await subject.logits(context, subject.tokens(subject.scored));
    subject.close('the same tokens scored again', await subject.logits(context, tokens), first);
    subject.equal('length after scoring', context.length, prefix.length);
    subject.equal('stateBytes after scoring', context.stateBytes, stateBytes);
  },
};

const rowsComeAsWanted: Law = {
  name: 'rows come in the order in which they are wanted',
  hold: async (subject) => {
    const { size } = subject.backbone.vocabulary;
    const context = await subject.context(prefixOf(subject));
    const tokens = subject.tokens(subject.scored);
    const all = await subject.logits(context, tokens);
    const last = tokens.length - 1;
    for (const rows of [Int32Array.of(last), Int32Array.of(last, 0), Int32Array.from(tokens.keys()).reverse()]) {
      const expected = scoresFromLogits(all, size, { give: 'logits', rows }).logits;
      subject.close(`rows ${rows.join(', ')}`, await subject.logits(context, tokens, rows), expected);
    }
  },
};

const noRowsWanted: Law = {
  name: 'without rows the answer is empty',
  hold: async (subject) => {
    const context = await subject.context();
    const tokens = subject.tokens(subject.scored);
    const rows = new Int32Array();
    subject.equal('logits', (await context.score(tokens, { give: 'logits', rows })).logits.length, 0);
    const top = await context.score(tokens, { give: 'top', top: 2, rows });
    subject.equal('top', [top.ids, top.logProbabilities, top.logSumExp, top.entropy].map(({ length }) => length).join(), '0,0,0,0');
    subject.equal('targets', (await context.score(tokens, { give: 'targets', targets: rows, rows })).logProbabilities.length, 0);
    const draw = await context.score(tokens, { give: 'draw', temperature: 1, uniforms: new Float64Array(), rows });
    subject.equal('draw', [draw.ids, draw.logProbabilities, draw.entropy, draw.margin].map(({ length }) => length).join(), '0,0,0,0');
  },
};

const topAgrees: Law = {
  name: 'top agrees with logits: ids, log-probabilities, log-sum-exp and entropy',
  hold: async (subject) => {
    const { size } = subject.backbone.vocabulary;
    const context = await subject.context(prefixOf(subject));
    const tokens = subject.tokens(subject.scored);
    const rows = Int32Array.from(tokens.keys()).reverse();
    const logits = await subject.logits(context, tokens);
    for (const top of new Set([1, Math.min(3, size), size])) {
      const want = { give: 'top', top, rows } as const;
      const expected = scoresFromLogits(logits, size, want);
      const actual = await context.score(tokens, want);
      subject.close(`log-probabilities of the top ${top}`, actual.logProbabilities, expected.logProbabilities);
      subject.close('log-sum-exp', actual.logSumExp, expected.logSumExp);
      subject.close('entropy', actual.entropy, expected.entropy);
      checkIds(subject, actual, logits, rows, top);
    }
  },
};

/** Ids may change places where logits differ by less than the tolerance; equal logits go by id. */
function checkIds(subject: Subject, { ids, logSumExp, logProbabilities }: TopScores, logits: Float32Array, rows: Int32Array, top: number): void {
  const { size } = subject.backbone.vocabulary;
  subject.equal(`number of ids of the top ${top}`, ids.length, rows.length * top);
  for (const [place, row] of rows.entries()) {
    const given = ids.subarray(place * top, (place + 1) * top);
    subject.equal('distinct ids in a row', new Set(given).size, top);
    const ofIds = Float32Array.from(given, (id) => logits[row * size + id]! - logSumExp[place]!);
    subject.close('log-probabilities of the ids given', logProbabilities.subarray(place * top, (place + 1) * top), ofIds);
    for (const [rank, id] of given.entries()) {
      const next = given[rank + 1] ?? Infinity;
      if (ofIds[rank] === ofIds[rank + 1]) subject.holds('equal logits by ascending id', id < next, `${id} before ${next}`);
    }
  }
}

const targetsAgree: Law = {
  name: 'targets agree with logits',
  hold: async (subject) => {
    const { size } = subject.backbone.vocabulary;
    const context = await subject.context(prefixOf(subject));
    const tokens = subject.tokens(subject.scored);
    const logits = await subject.logits(context, tokens);
    for (const rows of [undefined, Int32Array.from(tokens.keys()).reverse()]) {
      const want = { give: 'targets', targets: subject.tokens(tokens.length), ...(rows && { rows }) } as const;
      const expected = scoresFromLogits(logits, size, want).logProbabilities;
      subject.close('log-probabilities of targets', (await context.score(tokens, want)).logProbabilities, expected);
    }
  },
};

const arraysAreOnesOwn: Law = {
  name: 'neither side keeps the arrays of the other',
  hold: async (subject) => {
    const context = await subject.context();
    const tokens = subject.tokens(subject.scored);
    const kept = tokens.slice();
    const asked = subject.logits(context, tokens);
    tokens.fill(subject.otherThan(kept[0]!));
    const answer = await asked;
    const copy = answer.slice();
    await subject.logits(context, tokens);
    subject.close('an answer after the next one came', answer, copy);
    subject.close('an answer whose tokens were overwritten while it was computed', answer, await subject.logits(await subject.context(), kept));
    const { append } = context;
    const prefix = subject.tokens(subject.chunks[0] ?? 0);
    if (!append || prefix.length === 0) return;
    const whole = joined(prefix, kept);
    const expected = await subject.logits(await subject.context(), whole, Int32Array.from(kept.keys(), (row) => prefix.length + row));
    await append(prefix, nothing);
    prefix.fill(subject.otherThan(prefix[0]!));
    subject.close('a prefix whose array was overwritten', await subject.logits(context, kept), expected);
  },
};

const fullContext: Law = {
  name: 'a context holds as many tokens as it says',
  hold: async (subject) => {
    const { maximumLength, vocabulary } = subject.backbone;
    const tokens = subject.tokens(maximumLength);
    const context = await subject.context();
    const rows = Int32Array.of(maximumLength - 1);
    const logits = await subject.logits(context, tokens, rows);
    subject.equal('logits of the last row', logits.length, vocabulary.size);
    subject.holds('numbers', !logits.some(Number.isNaN), 'NaN');
    await subject.refuses('one token more', () => context.score(joined(tokens, subject.tokens(1)), { give: 'logits', rows }));
  },
};

export const scoreLaws: readonly Law[] = [
  declaresWhatItIs, scoreKeepsNothing, rowsComeAsWanted, noRowsWanted, topAgrees, targetsAgree, arraysAreOnesOwn, fullContext,
];
