import { generateAutoregressive } from '@palimpsest/autoregressive';
import { openModel } from '@palimpsest/models';

await using model = await openModel('storybook-ar');
const { backbone, tokenizer } = model;

const prompt = Int32Array.of(); // none: a story from its beginning
const generation = generateAutoregressive({ backbone, prompt, maximumTokens: 250, topP: 0.8, seed: 7, clock: () => performance.now() });
const ids: number[] = [];
for await (const event of generation) {
  if (event.type === 'tokens-commit') ids.push(...event.ids);
}
console.log(tokenizer.decode(ids, { skipSpecial: true }));
