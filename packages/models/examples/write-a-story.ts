import { generateAutoregressive } from '@palimpsest/autoregressive';
import { listModels, openModel } from '@palimpsest/models';

for (const { name, description } of await listModels()) console.log(`${name}: ${description}`);

await using model = await openModel('storybook-ar');
const { backbone, tokenizer } = model;
const prompt = tokenizer.encode('Once upon a time');
const generation = generateAutoregressive({ backbone, prompt, maximumTokens: 200, temperature: 0.8, seed: 7, clock: () => performance.now() });
for await (const event of generation) {
  if (event.type === 'finish') console.log(`${event.usage.forwardPasses} forward passes, ended by ${event.reason}`);
}
