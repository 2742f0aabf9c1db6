// What the benchmarks here share: two sizes, a backbone of either with random weights, and how numbers are told.
import { defineTransformer } from '@palimpsest/layers';
import { openBackbone } from '@palimpsest/runtime';

export const sizes = {
  small: { vocabularySize: 2048, width: 192, layers: 6, heads: 6, keyHeads: 6, headSize: 32, hidden: 512 }, // 3 M, as shipped
  large: { vocabularySize: 32_000, width: 768, layers: 12, heads: 12, keyHeads: 12, headSize: 64, hidden: 2560 }, // 130 M
};

export const option = (name, otherwise) => process.argv.find((argument) => argument.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise;

/** The last token of the vocabulary is the mask. */
export function openRandom(size, visibility, threads) {
  const definition = defineTransformer({ ...size, maximumLength: 256, visibility, prediction: 'next', rotary: { theta: 10_000 }, normEpsilon: 1e-6, tiedHead: true });
  const weights = new Map(definition.parameters.map(({ name, shape: [rows, columns] }, parameter) => {
    const data = Float32Array.from({ length: rows * (columns ?? 1) }, (_, i) => (columns === undefined ? 1 : Math.sin(97 * parameter + (i % 4099) ** 2) / 10));
    return [name, { shape: columns === undefined ? [rows] : [rows, columns], data }];
  }));
  return openBackbone({ definition, weights, vocabulary: { size: size.vocabularySize, mask: size.vocabularySize - 1 }, threads, thread: 'own' });
}

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
export const spread = (values) => `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;
