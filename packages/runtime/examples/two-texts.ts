import { causal } from '@palimpsest/backbone';
import { defineTransformer } from '@palimpsest/layers';
import { openBackbone } from '@palimpsest/runtime';

const definition = defineTransformer({
  vocabularySize: 50, width: 24, layers: 2, heads: 4, keyHeads: 2, headSize: 6, hidden: 64, maximumLength: 64,
  visibility: causal, prediction: 'next', rotary: { theta: 10_000 }, normEpsilon: 1e-6, tiedHead: true,
});
// Numbers of a model that has learnt nothing; where a model is stored, byte ranges of its files stand here.
const weights = new Map(definition.parameters.map(({ name, shape }, parameter) => {
  const [rows = 1, columns] = shape;
  const data = Float32Array.from({ length: rows * (columns ?? 1) }, (_, i) => (columns ? Math.sin(97 * parameter + i ** 2) / 3 : 1));
  return [name, { shape, data }];
}));

await using backbone = await openBackbone({ definition, weights, vocabulary: { size: 50 } });
const texts = [Int32Array.of(7, 3, 9), Int32Array.of(21, 4, 21)];
await Promise.all(texts.map(async (text) => { // both run in one pass at every step
  await using context = await backbone.open();
  const written = [...text];
  for (let next: Int32Array = text; written.length < 10; ) {
    const rows = Int32Array.of(next.length - 1);
    const { ids } = await context.append!(next, { give: 'top', top: 1, rows });
    written.push(ids[0]!);
    next = ids;
  }
  console.log(written.join(' '), `(${context.stateBytes} bytes of keys and values)`);
}));
