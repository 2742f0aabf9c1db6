import type { LayerKindName, LayerSettings } from '@palimpsest/checkpoints';
import { parseRecipe } from '../training/recipe.js';
import type { Recipe } from '../training/recipe.js';
import type { RecipeStack } from '../training/stacks/stack.js';
import { blockSize, rowLength } from './sizes.js';
import type { MatrixSize } from './sizes.js';

type Layers = readonly LayerKindName[];

/** Which layers, for about as many parameters. One more architecture is one more line. */
export const architectures: Readonly<Record<string, (pairs: number) => Layers>> = {
  transformer: (pairs) => repeated(pairs, ['attention', 'mlp']),
  'state-space': (pairs) => repeated(Math.round((pairs * 5) / 3), ['mamba2']),
  'test-time-training': (pairs) => repeated(pairs, ['ttt', 'mlp']),
  hybrid: (pairs) => [...repeated(Math.max(1, Math.round(pairs / 3)), ['mamba2', 'mamba2', 'ttt', 'mlp']), ...repeated(Math.max(1, Math.round(pairs / 6)), ['mamba2', 'attention', 'mlp'])],
};

interface WayOfTraining extends Pick<RecipeStack, 'visibility'>, Pick<Recipe, 'objective' | 'noise' | 'sampling'> {
  /** Recurrent layers run in both directions where tokens see later ones. */
  readonly backward?: 'shared';
}

/** Who sees whom, what is learnt, and what is written with, as in the models of each way that are shipped. One more way is one more entry. */
export const waysOfTraining: Readonly<Record<string, WayOfTraining>> = {
  autoregressive: { objective: 'next-token', visibility: 'causal' },
  'masked-diffusion': {
    objective: 'masked-diffusion', visibility: 'bidirectional', backward: 'shared',
    sampling: { temperature: 1, topP: 0.8, blockLength: 32, policy: 'position-weighted-entropy=0.2', secondLook: true },
  },
  'block-diffusion': {
    objective: 'block-diffusion', visibility: { blockCausal: blockSize }, backward: 'shared', noise: { least: 0.3, most: 0.8, endsMasked: 0.5 },
    sampling: { temperature: 1, topP: 0.6, policy: 'sequential-threshold=0.98' },
  },
};

export interface Cell {
  readonly name: string;
  readonly architecture: string;
  readonly way: string;
  readonly recipe: Recipe;
}

const repeated = (times: number, layers: Layers): Layers => new Array<Layers>(times).fill(layers).flat();

function settingsOf({ width, headSize, hidden, stateSize }: MatrixSize, { backward }: WayOfTraining): LayerSettings {
  const heads = width / headSize;
  const inBothDirections = backward === undefined ? {} : { backward };
  return {
    attention: { heads, keyHeads: heads, headSize, rotaryTheta: 10_000, queryKeyNorm: true },
    mamba2: { heads, headSize: 2 * headSize, stateSize, groups: 1, normGroups: 1, kernel: 4, ...inBothDirections },
    ttt: { inner: 'linear', heads, headSize, miniBatch: 16, baseRate: 1, rotaryTheta: 10_000, gate: true, sharedProjection: 4, ...inBothDirections },
    mlp: { hidden },
  };
}

/** Every architecture in every way: the recipes differ in their layers, in who sees whom, in what is learnt and what is written with, and in nothing else. */
export function matrixCells(size: MatrixSize): readonly Cell[] {
  return Object.entries(architectures).flatMap(([architecture, layersOf]) => Object.entries(waysOfTraining).map(([way, trained]) => {
    const layers = layersOf(size.pairs);
    const { width, rows, microbatches, steps } = size;
    const used = Object.entries(settingsOf(size, trained)).filter(([kind]) => layers.some((each) => each === kind));
    const recipe: Recipe = {
      title: `${architecture}, ${way}`, description: 'A cell of the matrix of architectures and ways of generating.', data: 'storybook', tokenizer: 'storybook-ar',
      model: { width, layers, maximumLength: 2 * rowLength, normEpsilon: 1e-6, tiedHead: true, visibility: trained.visibility, prediction: 'next', ...Object.fromEntries(used) },
      objective: trained.objective, ...(trained.noise && { noise: trained.noise }), ...(trained.sampling && { sampling: trained.sampling }), rows, length: rowLength, microbatches, steps, warmupSteps: Math.ceil(steps / 25), decaySteps: Math.floor((2 * steps) / 5),
      optimiser: {
        matrix: { muon: { learningRate: 0.02 } }, embedding: { adamW: { learningRate: 0.005, beta2: 0.95 } }, vector: { adamW: { learningRate: 0.003, beta2: 0.95 } },
      },
      clipNorm: 1, averageDecay: 0.99, seed: 1, saveEvery: 100,
    };
    const name = `${architecture}-${way}`;
    return { name, architecture, way, recipe: parseRecipe(name, recipe) };
  }));
}
