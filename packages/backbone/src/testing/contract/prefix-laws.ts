import type { Context } from '../../backbone.js';
import { joined, nothing } from './subject.js';
import type { Law, Subject } from './subject.js';

const logitsOfAppend = async (context: Context, tokens: Int32Array): Promise<Float32Array> => (await context.append!(tokens, { give: 'logits' })).logits;

const chunksOf = (subject: Subject): readonly Int32Array[] => subject.chunks.map((length) => subject.tokens(length));

/** Logits of `tokens` behind `prefix`, computed without one. */
async function recomputed(subject: Subject, prefix: Int32Array, tokens: Int32Array): Promise<Float32Array> {
  await using context = await subject.context();
  return await subject.logits(context, joined(prefix, tokens), Int32Array.from(tokens.keys(), (row) => prefix.length + row));
}

const appendAnswersAsScore: Law = {
  name: 'append answers as score does, and the tokens join the prefix',
  needs: ['append'],
  hold: async (subject) => {
    const context = await subject.context();
    let length = 0;
    for (const chunk of chunksOf(subject)) {
      const scored = await subject.logits(context, chunk);
      subject.close(`append of ${chunk.length} behind ${length}`, await logitsOfAppend(context, chunk), scored);
      length += chunk.length;
      subject.equal('length after an append', context.length, length);
    }
  },
};

const prefixIsSeen: Law = {
  name: 'tokens behind an appended prefix are scored as in one piece',
  needs: ['append'],
  hold: async (subject) => {
    const context = await subject.context();
    let prefix: Int32Array = new Int32Array();
    for (const chunk of chunksOf(subject)) {
      await context.append!(chunk, nothing);
      prefix = joined(prefix, chunk);
      const tokens = subject.tokens(subject.scored);
      subject.close(`${tokens.length} behind ${prefix.length}`, await subject.logits(context, tokens), await recomputed(subject, prefix, tokens));
    }
  },
};

const chunksAppendAsOne: Law = {
  name: 'many appends answer as one',
  needs: ['append'],
  hold: async (subject) => {
    const chunks = chunksOf(subject);
    const inOne = await logitsOfAppend(await subject.context(), joined(...chunks));
    const context = await subject.context();
    const answers: number[] = [];
    for (const chunk of chunks) answers.push(...(await logitsOfAppend(context, chunk)));
    subject.close(`chunks of ${subject.chunks.join(', ')}`, Float32Array.from(answers), inOne);
  },
};

const forkIsIndependent: Law = {
  name: 'a fork has the same prefix and goes its own way',
  needs: ['append', 'fork'],
  hold: async (subject) => {
    const [prefix = subject.tokens(0), ...branches] = chunksOf(subject);
    const original = await subject.context(prefix);
    const fork = await original.fork!();
    const tokens = subject.tokens(subject.scored);
    subject.equal('length of a fork', fork.length, prefix.length);
    const branch = branches[0] ?? new Int32Array();
    if (branch.length > 0) await fork.append!(branch, nothing);
    subject.equal('length of the original after its fork grew', original.length, prefix.length);
    subject.close('the original after its fork grew', await subject.logits(original, tokens), await recomputed(subject, prefix, tokens));
    await original[Symbol.asyncDispose]();
    const grown = joined(prefix, branch);
    subject.close('the fork after the original is disposed', await subject.logits(fork, tokens), await recomputed(subject, grown, tokens));
  },
};

const rewindForgets: Law = {
  name: 'what is rewound is forgotten',
  needs: ['append', 'rewind'],
  hold: async (subject) => {
    const [first = subject.tokens(0), ...later] = chunksOf(subject);
    const context = await subject.context(first);
    for (const chunk of later) {
      await context.append!(chunk, nothing);
      await context.rewind!(first.length);
      subject.equal('what cannot be rewound, beside rewind', subject.backbone.cannotRewind, undefined);
      subject.equal('length after rewinding', context.length, first.length);
      const other = subject.tokens(chunk.length);
      subject.close('an append after rewinding', await logitsOfAppend(context, other), await recomputed(subject, first, other));
      await context.rewind!(first.length);
    }
    await context.rewind!(first.length);
    const tokens = subject.tokens(subject.scored);
    subject.close('rewinding by nothing', await subject.logits(context, tokens), await recomputed(subject, first, tokens));
    await context.rewind!(0);
    subject.equal('length after rewinding to the start', context.length, 0);
    subject.close('rewinding to the start', await subject.logits(context, tokens), await recomputed(subject, new Int32Array(), tokens));
  },
};

export const prefixLaws: readonly Law[] = [appendAnswersAsScore, prefixIsSeen, chunksAppendAsOne, forkIsIndependent, rewindForgets];
