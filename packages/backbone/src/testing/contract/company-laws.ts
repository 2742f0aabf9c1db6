import type { Context, Want } from '../../backbone.js';
import type { Law, Subject } from './subject.js';

/** Everything in a context's answer, as one list of numbers. */
async function numbers(context: Context, tokens: Int32Array, want: Want): Promise<Float32Array> {
  const scores = await context.score(tokens, want);
  if ('logits' in scores) return scores.logits;
  if ('entropy' in scores) return Float32Array.of(...scores.logProbabilities, ...scores.logSumExp, ...scores.entropy);
  return scores.logProbabilities;
}

interface Question {
  readonly prefix: Int32Array;
  readonly tokens: Int32Array;
  readonly want: Want;
}

/** Equal and different lengths, behind prefixes of equal and different lengths, with different wants. */
function questions(subject: Subject): readonly Question[] {
  const [first = 0, second = 0] = subject.capabilities.has('append') ? subject.chunks : [];
  const { scored } = subject;
  const shorter = Math.max(1, scored - 2);
  const shapes = [[0, scored], [0, scored], [first, shorter], [first, shorter], [first + second, 1], [first, scored]] as const;
  const { size } = subject.backbone.vocabulary;
  return shapes.map(([prefix, length], index) => {
    const wants = [{ give: 'logits' }, { give: 'top', top: Math.min(3, size) }, { give: 'targets', targets: subject.tokens(length) }] as const;
    return { prefix: subject.tokens(prefix), tokens: subject.tokens(length), want: wants[index % 3]! };
  });
}

const togetherAsAlone: Law = {
  name: 'contexts asked together answer as each alone',
  hold: async (subject) => {
    const asked = questions(subject);
    const alone: Float32Array[] = [];
    for (const { prefix, tokens, want } of asked) {
      await using context = await subject.context(prefix);
      alone.push(await numbers(context, tokens, want));
    }
    const contexts = await Promise.all(asked.map(({ prefix }) => subject.context(prefix)));
    for (const round of ['first', 'second']) {
      const together = await Promise.all(asked.map(({ tokens, want }, index) => numbers(contexts[index]!, tokens, want)));
      for (const [index, answer] of together.entries()) {
        subject.close(`answer ${index + 1} of ${asked.length} asked together, ${round} time`, answer, alone[index]!);
      }
    }
  },
};

const appendedTogether: Law = {
  name: 'contexts appended to together hold what each was given',
  needs: ['append'],
  hold: async (subject) => {
    const prefixes = [...subject.chunks, ...subject.chunks].map((length) => subject.tokens(length));
    const contexts = await Promise.all(prefixes.map(() => subject.context()));
    const answers = await Promise.all(contexts.map((context, index) => context.append!(prefixes[index]!, { give: 'logits' })));
    const tokens = subject.tokens(subject.scored);
    const together = await Promise.all(contexts.map((context) => subject.logits(context, tokens)));
    for (const [index, prefix] of prefixes.entries()) {
      await using alone = await subject.context();
      const what = `context ${index + 1} of ${prefixes.length}`;
      subject.equal(`length of ${what}`, contexts[index]!.length, prefix.length);
      subject.close(`append to ${what}`, answers[index]!.logits, (await alone.append!(prefix, { give: 'logits' })).logits);
      subject.close(`score in ${what}`, together[index]!, await subject.logits(alone, tokens));
    }
  },
};

export const companyLaws: readonly Law[] = [togetherAsAlone, appendedTogether];
