import { bidirectionalTableBackbone, randomChain, seededUniform, tableBackbone } from '@palimpsest/backbone/testing';
import { distinctShare, nelbo, perplexity, repetitionRate, spreadOf } from '@palimpsest/evaluation';

// two models of one small language, so that both must come to the same number
const chain = randomChain(5, seededUniform(1));
await using leftToRight = tableBackbone({ chain });
await using anyOrder = bidirectionalTableBackbone({ chain });
const texts = [{ tokens: Int32Array.of(0, 3, 1, 4, 4, 2, 0, 1) }, { tokens: Int32Array.of(2, 2, 0, 3, 1) }];

const exact = await perplexity({ backbone: leftToRight, texts });
const bound = await nelbo({ backbone: anyOrder, texts, draws: 512, seed: 7 });
console.log(`${exact.kind}: ${exact.natsPerToken.toFixed(2)} nats per token`);
console.log(`${bound.kind}: ${bound.natsPerToken.toFixed(2)} ± ${bound.standardError.toFixed(2)}`);

const words = ['the fox saw the fox', 'the fox ran and ran'].map((text) => text.split(' '));
console.log(distinctShare(words, 2), repetitionRate(words, 1).toFixed(2), spreadOf([1.4, 1.2, 1.6]).median);
