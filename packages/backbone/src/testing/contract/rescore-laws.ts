import type { Context } from '../../backbone.js';
import { joined, nothing } from './subject.js';
import type { Law, Subject } from './subject.js';

const rescored = async (context: Context, start: number, tokens: Int32Array): Promise<Float32Array> => (await context.rescore!(start, tokens, { give: 'logits' })).logits;

/** A context of whole blocks, the last of them alone, and where it starts. */
async function withLastBlock(subject: Subject, earlier: Int32Array): Promise<{ readonly context: Context; readonly block: Int32Array; readonly start: number; readonly said: Float32Array }> {
  const block = subject.tokens(subject.backbone.visibility.blockSize);
  const context = await subject.context(earlier);
  const { logits } = await context.append!(block, { give: 'logits' });
  return { context, block, start: earlier.length, said: logits };
}

/** Prefixes before that block: none, and the first two chunks. */
const earlierTexts = (subject: Subject): readonly [Int32Array, Int32Array] => [new Int32Array(), subject.tokens(subject.chunks.slice(0, 2).reduce((sum, length) => sum + length, 0))];

/** Parts of a block of so many tokens: all of it, its first and its last half, one token, all but the ends. */
const partsOf = (length: number): readonly (readonly [number, number])[] =>
  ([[0, length], [0, Math.ceil(length / 2)], [Math.floor(length / 2), length], [length - 1, length], [1, length - 1]] as const).filter(([start, end]) => start < end);

const committedTokens: Law = {
  name: 'committed tokens in their own place are scored as when they were appended',
  needs: ['append', 'rescore'],
  hold: async (subject) => {
    for (const earlier of earlierTexts(subject)) {
      const { context, block, start, said } = await withLastBlock(subject, earlier);
      const { size } = subject.backbone.vocabulary;
      for (const [first, end] of partsOf(block.length)) {
        const answer = await rescored(context, start + first, block.subarray(first, end));
        subject.close(`tokens ${first} to ${end} of a block behind ${start}`, answer, said.subarray(first * size, end * size));
      }
    }
  },
};

const wholeBlock: Law = {
  name: 'other tokens in the place of a whole block are scored as if it had not been committed',
  needs: ['append', 'rescore'],
  hold: async (subject) => {
    for (const earlier of earlierTexts(subject)) {
      const { context, block, start } = await withLastBlock(subject, earlier);
      const others = Int32Array.from(block, (id) => subject.otherThan(id));
      await using before = await subject.context(earlier);
      subject.close(`another block behind ${start}`, await rescored(context, start, others), await subject.logits(before, others));
    }
  },
};

const keepsNothing: Law = {
  name: 'rescore keeps nothing',
  needs: ['append', 'rescore'],
  hold: async (subject) => {
    const [, earlier] = earlierTexts(subject);
    const { context, block, start, said } = await withLastBlock(subject, earlier);
    const next = subject.tokens(Math.min(block.length, subject.scored));
    const [length, bytes, before] = [context.length, context.stateBytes, await subject.logits(context, next)];
    await rescored(context, start, Int32Array.from(block, (id) => subject.otherThan(id)));
    subject.equal('length after rescoring', context.length, length);
    subject.equal('bytes after rescoring', context.stateBytes, bytes);
    subject.close('what stands behind it', await subject.logits(context, next), before);
    subject.close('the block itself', await rescored(context, start, block), said);
  },
};

const together: Law = {
  name: 'contexts rescored together, and beside others that are scored, answer as each alone',
  needs: ['append', 'rescore'],
  hold: async (subject) => {
    const blocks = await Promise.all([...earlierTexts(subject), subject.tokens(subject.chunks[0] ?? 0)].map((earlier) => withLastBlock(subject, earlier)));
    const asked = blocks.flatMap(({ context, block, start }) => partsOf(block.length).map(([first, end]) => ({
      context, start: start + first, tokens: Int32Array.from(block.subarray(first, end), (id) => subject.otherThan(id)),
    })));
    const alone: Float32Array[] = [];
    for (const { context, start, tokens } of asked) alone.push(await rescored(context, start, tokens));
    const scored = subject.tokens(Math.max(1, subject.scored - 1));
    const behind = await subject.logits(blocks[0]!.context, scored);
    const [all, besides] = await Promise.all([
      Promise.all(asked.map(({ context, start, tokens }) => rescored(context, start, tokens))), Promise.all(asked.map(() => subject.logits(blocks[0]!.context, scored))),
    ]);
    for (const [index, answer] of all.entries()) subject.close(`part ${index + 1} of ${all.length}, together`, answer, alone[index]!);
    for (const answer of besides) subject.close('a score beside them', answer, behind);
  },
};

const refusals: Law = {
  name: 'rescore refuses what is not of the last block, and goes on',
  needs: ['append', 'rescore'],
  hold: async (subject) => {
    const [, earlier] = earlierTexts(subject);
    const { context, block, start, said } = await withLastBlock(subject, earlier);
    const empty = await subject.context();
    const attempt = (asked: Context, at: number, tokens: Int32Array) => (): Promise<unknown> => asked.rescore!(at, tokens, nothing);
    await subject.refuses('a context without tokens', attempt(empty, 0, block));
    if (earlier.length > 0) await subject.refuses('tokens of an earlier block', attempt(context, start - 1, block.subarray(0, 1)));
    await subject.refuses('more tokens than are committed', attempt(context, start, joined(block, block.subarray(0, 1))));
    await subject.refuses('a fraction of a position', attempt(context, start + 0.5, block.subarray(0, 1)));
    await subject.refuses('no tokens', attempt(context, start, new Int32Array()));
    await subject.refuses('an id outside', attempt(context, start, block.with(0, subject.backbone.vocabulary.size)));
    subject.close('the block afterwards', await rescored(context, start, block), said);
  },
};

export const rescoreLaws: readonly Law[] = [committedTokens, wholeBlock, keepsNothing, together, refusals];
