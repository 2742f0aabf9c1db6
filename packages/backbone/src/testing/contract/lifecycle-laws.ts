import type { Context, Want } from '../../backbone.js';
import { nothing, settled } from './subject.js';
import type { Law, Subject } from './subject.js';

const logits = { give: 'logits' } as const;

/** Requests that no backbone can answer, for a context that holds nothing yet. */
function badRequests({ backbone, tokens: draw }: Subject): readonly (readonly [string, Int32Array, Want])[] {
  const { vocabulary, maximumLength } = backbone;
  const tokens = draw(3);
  const rows = Int32Array.of(0, 1);
  const drawn = { give: 'draw', temperature: 1, uniforms: Float64Array.of(0.2, 0.8), rows } as const;
  return [
    ['no tokens', new Int32Array(), logits],
    ['an id below 0', tokens.with(1, -1), logits],
    ['an id of the size of the vocabulary', tokens.with(2, vocabulary.size), logits],
    ['more tokens than a context holds', draw(maximumLength + 1), { give: 'top', top: 1, rows: Int32Array.of(0) }],
    ['a row below 0', tokens, { ...logits, rows: Int32Array.of(0, -1) }],
    ['a row behind the tokens', tokens, { ...logits, rows: Int32Array.of(3) }],
    ['top 0', tokens, { give: 'top', top: 0 }],
    ['a top above the size of the vocabulary', tokens, { give: 'top', top: vocabulary.size + 1 }],
    ['half a top', tokens, { give: 'top', top: 1.5 }],
    ['fewer targets than tokens', tokens, { give: 'targets', targets: draw(2) }],
    ['more targets than rows', tokens, { give: 'targets', targets: draw(3), rows }],
    ['a target outside the vocabulary', tokens, { give: 'targets', targets: Int32Array.of(0, vocabulary.size), rows }],
    ['a draw at temperature 0', tokens, { ...drawn, temperature: 0 }],
    ['a draw at an infinite temperature', tokens, { ...drawn, temperature: Infinity }],
    ['a draw from none of the probability', tokens, { ...drawn, topP: 0 }],
    ['a draw from more than all of it', tokens, { ...drawn, topP: 1.5 }],
    ['fewer uniform numbers than rows', tokens, { ...drawn, uniforms: Float64Array.of(0.5) }],
    ['a uniform number of 1', tokens, { ...drawn, uniforms: Float64Array.of(0, 1) }],
    ['a uniform number below 0', tokens, { ...drawn, uniforms: Float64Array.of(0, -0.1) }],
    ['a uniform number that is none', tokens, { ...drawn, uniforms: Float64Array.of(Number.NaN, 0) }],
    ['a ban of an id outside the vocabulary', tokens, { ...drawn, banned: Int32Array.of(vocabulary.size) }],
    ['a ban of every id', tokens, { ...drawn, banned: Int32Array.from({ length: vocabulary.size }, (_, id) => id) }],
  ];
}

const refusesWhatCannotBe: Law = {
  name: 'refuses what cannot be answered, and goes on',
  hold: async (subject) => {
    const { blockSize } = subject.backbone.visibility;
    const context = await subject.context();
    const tokens = subject.tokens(subject.scored);
    const before = await subject.logits(context, tokens);
    for (const [what, bad, want] of badRequests(subject)) {
      await subject.refuses(`score with ${what}`, () => context.score(bad, want));
      const { append } = context;
      if (append) await subject.refuses(`append with ${what}`, () => append(bad, want));
    }
    const { append, rewind } = context;
    if (append && blockSize > 1) await subject.refuses('append of part of a block', () => append(subject.tokens(blockSize - 1), nothing));
    if (rewind) for (const length of [-1, 1, 0.5]) await subject.refuses(`rewind to ${length} of 0`, () => rewind(length));
    subject.equal('length after refusals', context.length, 0);
    subject.close('an answer after refusals', await subject.logits(context, tokens), before);
  },
};

function uses(context: Context, subject: Subject): readonly (readonly [string, () => Promise<unknown>])[] {
  const { append, fork, rewind } = context;
  return [
    ['score', () => context.score(subject.tokens(2), logits)],
    ...(append ? [['append', () => append(subject.tokens(subject.chunks[0] ?? 1), logits)] as const] : []),
    ...(fork ? [['fork', () => fork()] as const] : []),
    ...(rewind ? [['rewind', () => rewind(0)] as const] : []),
  ];
}

const disposedContext: Law = {
  name: 'a disposed context refuses everything and disturbs no other',
  hold: async (subject) => {
    const [context, other] = [await subject.context(), await subject.context()];
    const tokens = subject.tokens(subject.scored);
    const before = await subject.logits(other, tokens);
    await context[Symbol.asyncDispose]();
    await context[Symbol.asyncDispose]();
    for (const [what, use] of uses(context, subject)) await subject.refuses(`${what} after disposal`, use);
    subject.close('another context after the disposal', await subject.logits(other, tokens), before);
  },
};

const disposedBackbone: Law = {
  name: 'a disposed backbone refuses everything, in its contexts too',
  hold: async (subject) => {
    const { backbone } = subject;
    const context = await subject.context();
    await backbone[Symbol.asyncDispose]();
    await backbone[Symbol.asyncDispose]();
    await subject.refuses('open after disposal', () => backbone.open());
    for (const [what, use] of uses(context, subject)) await subject.refuses(`${what} after the backbone's disposal`, use);
    await context[Symbol.asyncDispose]();
  },
};

const abortedBefore: Law = {
  name: 'after an abort a context rejects with its reason',
  hold: async (subject) => {
    const controller = new AbortController();
    const reason = new Error('stopped by the contract');
    const context = await subject.context(undefined, { signal: controller.signal });
    await subject.logits(context, subject.tokens(2));
    controller.abort(reason);
    const openAndScore = async (): Promise<unknown> => (await subject.context(undefined, { signal: controller.signal })).score(subject.tokens(2), logits);
    const passes = uses(context, subject).filter(([what]) => what === 'score' || what === 'append');
    for (const [what, use] of [...passes, ['open, then score,', openAndScore] as const]) {
      const outcome = await settled(use);
      const got = 'value' in outcome ? 'an answer' : String(outcome.reason);
      subject.holds(`${what} to reject with the signal's reason`, 'reason' in outcome && outcome.reason === reason, got);
    }
    subject.equal('length after an abort', context.length, 0);
    await context[Symbol.asyncDispose]();
  },
};

const abortedMeanwhile: Law = {
  name: 'an abort while passes wait ends them, with an answer or the reason, and no other context',
  hold: async (subject) => {
    const controller = new AbortController();
    const reason = new Error('stopped by the contract');
    const stopped = await Promise.all([1, 2, 3].map(() => subject.context(undefined, { signal: controller.signal })));
    const other = await subject.context();
    const tokens = subject.tokens(subject.scored);
    const before = await subject.logits(other, tokens);
    const pending = stopped.map((context) => settled(() => subject.logits(context, tokens)));
    const undisturbed = subject.logits(other, tokens);
    controller.abort(reason);
    for (const outcome of await Promise.all(pending)) {
      if ('value' in outcome) subject.close('an answer from a pass that already ran', outcome.value, before);
      else subject.holds("the signal's reason", outcome.reason === reason, String(outcome.reason));
    }
    subject.close('the answer of a context without the signal', await undisturbed, before);
  },
};

export const lifecycleLaws: readonly Law[] = [refusesWhatCannotBe, disposedContext, disposedBackbone, abortedBefore, abortedMeanwhile];
