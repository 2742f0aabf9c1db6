import type { Law, Subject } from './subject.js';

/** For each position, how far every row moves when the token there is another: [key][query], in units of the tolerance. */
async function movement(subject: Subject): Promise<number[][]> {
  const { blockSize } = subject.backbone.visibility;
  const { size } = subject.backbone.vocabulary;
  const length = Math.min(subject.backbone.maximumLength, Math.max(9, Number.isFinite(blockSize) ? 2 * blockSize + 1 : 9));
  const context = await subject.context();
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

export const visibilityLaws: readonly Law[] = [hiddenTokens, seenTokens];
