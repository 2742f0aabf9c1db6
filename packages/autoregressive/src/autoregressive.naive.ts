import { categoricalSampler, parseSampling } from '@palimpsest/sampling';
import type { AutoregressiveOptions } from './autoregressive.js';

/** The same tokens without a prefix that is kept and without a reduced answer: every pass runs over the whole text, for all logits. */
export async function generateNaive(options: AutoregressiveOptions): Promise<{ readonly ids: readonly number[]; readonly confidence: readonly number[] }> {
  const { backbone, prompt, maximumTokens, seed } = options;
  const { size, begin, end } = backbone.vocabulary;
  const sample = categoricalSampler(parseSampling(options, size), seed);
  const text = prompt.length > 0 ? [...prompt] : [begin!];
  const ids: number[] = [];
  const confidence: number[] = [];
  for (let pass = 1; pass <= maximumTokens; pass++) {
    await using context = await backbone.open();
    const { logits } = await context.score(Int32Array.from(text), { give: 'logits' });
    const { id, probability } = sample(logits.subarray((text.length - 1) * size), pass, prompt.length + pass - 1);
    confidence.push(probability);
    if ((options.endTokens ?? [end]).includes(id)) break;
    ids.push(id);
    text.push(id);
  }
  return { ids, confidence };
}
