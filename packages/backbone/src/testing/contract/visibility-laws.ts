import { joined, nothing } from './subject.js';
import type { Law, Subject } from './subject.js';

/** For each position, how far every row moves when the token there is another: [key][query], in units of the tolerance. */
async function movement(subject: Subject, firstBlock?: number): Promise<number[][]> {
  const { blockSize } = subject.backbone.visibility;
  const { size } = subject.backbone.vocabulary;
  const length = Math.min(subject.backbone.maximumLength, Math.max(9, Number.isFinite(blockSize) ? 2 * blockSize + 1 : 9));
  const context = await subject.context(undefined, firstBlock === undefined ? {} : { firstBlock });
  const tokens = subject.tokens(length);
  const before = await subject.logits(context, tokens);
  const moved: number[][] = [];
  for (const key of tokens.keys()) {
    const after = await subject.logits(context, tokens.with(key, subject.otherThan(tokens[key]!)));
    const row = (logits: Float32Array, query: number): Float32Array => logits.subarray(query * size, (query + 1) * size);
    moved.push(Array.from(tokens, (_, query) => subject.difference(row(after, query), row(before, query))));
  }
  return moved;
}

const hiddenTokens: Law = {
  name: 'a token that a row may not see leaves it as it is',
  hold: async (subject) => {
    const { sees } = subject.backbone.visibility;
    for (const [key, rows] of (await movement(subject)).entries()) {
      for (const [query, moved] of rows.entries()) {
        if (!sees(query, key)) subject.holds(`row ${query} not to move with token ${key}`, moved <= 1, `${moved} times the tolerance`);
      }
    }
  },
};

const seenTokens: Law = {
  name: 'a token that a row depends on changes it',
  hold: async (subject) => {
    const { sees } = subject.backbone.visibility;
    for (const [key, rows] of (await movement(subject)).entries()) {
      for (const [query, moved] of rows.entries()) {
        const depends = sees(query, key) && subject.dependsOn(query, key);
        if (depends) subject.holds(`row ${query} to move with token ${key}`, moved > 1, `${moved} times the tolerance`);
      }
    }
  },
};

/** First blocks that are shorter than the others: of one token, of about half as many, and of one less. */
function shorterBlocks({ backbone: { visibility: { blockSize } } }: Subject): readonly number[] {
  if (blockSize === 1 || blockSize === Infinity) return [];
  return [...new Set([1, Math.ceil(blockSize / 2), blockSize - 1])];
}

const movedBlocks: Law = {
  name: 'after a shorter first block, blocks begin earlier by what it lacks',
  hold: async (subject) => {
    const { visibility: { sees, blockSize } } = subject.backbone;
    for (const firstBlock of shorterBlocks(subject)) {
      const shift = blockSize - firstBlock;
      for (const [key, rows] of (await movement(subject, firstBlock)).entries()) {
        for (const [query, moved] of rows.entries()) {
          const seen = sees(query + shift, key + shift);
          if (!seen) subject.holds(`first block of ${firstBlock}: row ${query} not to move with token ${key}`, moved <= 1, `${moved} times the tolerance`);
          else if (subject.dependsOn(query + shift, key + shift)) subject.holds(`first block of ${firstBlock}: row ${query} to move with token ${key}`, moved > 1, `${moved} times the tolerance`);
        }
      }
    }
  },
};

const movedPrefix: Law = {
  name: 'a prefix behind a shorter first block ends where its blocks do, and answers as one piece; a first block that is none is refused',
  needs: ['append'],
  hold: async (subject) => {
    const { visibility: { blockSize } } = subject.backbone;
    for (const firstBlock of shorterBlocks(subject)) {
      const options = { firstBlock };
      const context = await subject.context(undefined, options);
      const [first, second, rest] = [subject.tokens(firstBlock), subject.tokens(blockSize), subject.tokens(blockSize)];
      if (firstBlock + 2 * blockSize > subject.backbone.maximumLength) return;
      const whole = await subject.context(undefined, options);
      const expected = await subject.logits(whole, joined(first, second, rest), Int32Array.from(rest.keys(), (row) => firstBlock + blockSize + row));
      await context.append!(first, nothing);
      await subject.refuses(`an append of ${blockSize - 1} behind a first block of ${firstBlock}`, () => context.append!(second.subarray(1), nothing));
      await context.append!(second, nothing);
      subject.equal('length after a short block and a long one', context.length, firstBlock + blockSize);
      subject.close(`a block behind ${context.length}`, await subject.logits(context, rest), expected);
      if (context.rewind) {
        await context.rewind(firstBlock);
        await subject.refuses('a rewind into a block', () => context.rewind!(firstBlock - 1 === 0 ? firstBlock + 1 : firstBlock - 1));
      }
    }
    for (const firstBlock of [0, blockSize + 1, 0.5]) await subject.refuses(`a first block of ${firstBlock}`, () => subject.backbone.open({ firstBlock }));
  },
};

export const visibilityLaws: readonly Law[] = [hiddenTokens, seenTokens, movedBlocks, movedPrefix];
