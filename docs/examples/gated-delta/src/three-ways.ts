import { generateAutoregressive } from '@palimpsest/autoregressive';
import { bidirectional, blockCausal, causal, resultOf } from '@palimpsest/backbone';
import type { Backbone, Generation, Visibility } from '@palimpsest/backbone';
import { generateBlockDiffusion } from '@palimpsest/block-diffusion';
import { storybook } from '@palimpsest/datasets';
import { generateMaskedDiffusion } from '@palimpsest/diffusion';
import { findModel } from '@palimpsest/models';
import { openBackbone } from '@palimpsest/runtime';
import { loadTokenizer } from '@palimpsest/tokenizer';
import { adamW, blockDiffusion, documentRows, maskedDiffusion, muon, nextToken, train } from '@palimpsest/training';
import type { Objective } from '@palimpsest/training';
import { mixedModel } from './model.js';

const tokenizer = await loadTokenizer(await findModel('storybook-ar')); // its words, none of its weights
const { begin = 0, end = 1, mask: maskId = 2 } = tokenizer.special;
const vocabulary = { size: tokenizer.vocabularySize, begin, end, mask: maskId };
const [length, seed, blockSize] = [128, 1, 16];
const clock = (): number => performance.now();

interface Way {
  readonly visibility: Visibility;
  readonly objective: Objective;
  readonly write: (backbone: Backbone, tokens: number) => Generation;
}

const start = { prompt: Int32Array.of(begin), seed, clock };
const ways: Readonly<Record<string, Way>> = {
  autoregressive: {
    visibility: causal, objective: nextToken,
    write: (backbone, maximumTokens) => generateAutoregressive({ ...start, backbone, maximumTokens, temperature: 1, topP: 0.8 }),
  },
  'masked diffusion': {
    visibility: bidirectional, objective: maskedDiffusion({ maskId, seed, prediction: 'next', keep: 1 }),
    write: (backbone, canvasLength) => generateMaskedDiffusion({ ...start, backbone, canvasLength, temperature: 0.5 }),
  },
  'block diffusion': {
    visibility: blockCausal(blockSize), objective: blockDiffusion({ maskId, seed, prediction: 'next', keep: 1, blockSize }),
    write: (backbone, maximumTokens) => generateBlockDiffusion({ ...start, backbone, maximumTokens, temperature: 0.5 }),
  },
};

export interface Trial {
  readonly steps: number;
  readonly rows: number;
  readonly width: number;
  readonly heads: number;
  /** Tokens to write. */
  readonly tokens: number;
}

export interface Outcome {
  readonly way: string;
  readonly firstLoss: number;
  readonly lastLoss: number; // nats per token, of the masked ones where there are masks
  readonly text: string;
}

/** Trains the mixed model in each of the three ways, and lets each write. */
export async function* inThreeWays({ steps, rows, width, heads, tokens }: Trial): AsyncGenerator<Outcome, void, void> {
  const document = (index: number): Int32Array => Int32Array.of(begin, ...tokenizer.encode(storybook(index).text), end);
  for (const [way, { visibility, objective, write }] of Object.entries(ways)) {
    const definition = mixedModel(visibility, { vocabularySize: vocabulary.size, maximumLength: 2 * length, width, heads });
    const losses: number[] = [];
    const { weights } = await resultOf(train({
      model: definition, objective, data: documentRows({ document, firstIndex: 0, rows, length, padId: end }), rows, length, microbatches: 1,
      optimiser: { matrix: muon({ learningRate: 0.02 }), embedding: adamW({ learningRate: 0.005, beta2: 0.95 }), vector: adamW({ learningRate: 0.003, beta2: 0.95 }) },
      schedule: { steps, warmupSteps: Math.ceil(steps / 20), decaySteps: Math.floor(steps / 3) }, clipNorm: 1, seed, threads: 2, clock,
    }), (event) => {
      if (event.type === 'step') losses.push(event.loss);
    });
    await using backbone = await openBackbone({ definition, vocabulary, weights, thread: 'own' });
    const { ids } = await resultOf(write(backbone, tokens));
    yield { way, firstLoss: losses[0]!, lastLoss: losses.at(-1)!, text: tokenizer.decode(ids, { skipSpecial: true }) };
  }
}
