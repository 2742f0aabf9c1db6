import type { Context, Want, WantDraw } from '../../backbone.js';
import type { Law, Subject } from './subject.js';

/** Everything in a context's answer, as one list of numbers. */
async function numbers(context: Context, tokens: Int32Array, want: Want): Promise<Float32Array> {
  const scores = await context.score(tokens, want);
  if ('logits' in scores) return scores.logits;
  if ('logSumExp' in scores) return Float32Array.of(...scores.logProbabilities, ...scores.logSumExp, ...scores.entropy);
  return 'ids' in scores ? Float32Array.of(...scores.ids, ...scores.logProbabilities, ...scores.entropy, ...scores.margin) : scores.logProbabilities;
}

interface Question {
  readonly prefix: Int32Array;
  readonly tokens: Int32Array;
  readonly want: Want;
}

/** Each want at equal and different lengths, behind prefixes of equal and different lengths; draws of different temperatures, top-ps and bans. */
function questions(subject: Subject): readonly Question[] {
  const [first = 0, second = 0] = subject.capabilities.has('append') ? subject.chunks : [];
  const { scored, uniform } = subject;
  const shorter = Math.max(1, scored - 2);
  const { size } = subject.backbone.vocabulary;
  return [[0, scored], [first, shorter], [first + second, 1], [first, scored]].flatMap(([prefix = 0, length = 1]) => {
    const draw = (): WantDraw => ({ give: 'draw', temperature: 0.2 + 2 * uniform(), uniforms: Float64Array.from({ length }, uniform) });
    const wants: readonly Want[] = [
      { give: 'logits' }, { give: 'top', top: Math.min(3, size) }, { give: 'targets', targets: subject.tokens(length) }, draw(), draw(),
      { ...draw(), banned: subject.tokens(1) }, { ...draw(), topP: 0.3 }, { ...draw(), topP: 0.9, banned: subject.tokens(1) },
    ];
    return wants.map((want) => ({ prefix: subject.tokens(prefix), tokens: subject.tokens(length), want }));
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
