import { PalimpsestError } from '@palimpsest/backbone';
import type { Backbone, Vocabulary } from '@palimpsest/backbone';
import type { ModelDefinition } from '@palimpsest/layers';
import { assembleBackbone } from './assemble-backbone.js';
import { openBlockProducts } from './block-products.js';
import type { Device } from './device.js';
import { openEngine } from './engine.js';
import type { Engine, EngineSettings } from './engine.js';
import { writeGraph } from './graphs.js';
import type { GraphName } from './graph-name.js';
import { checkWeights } from './weights.js';
import type { Weights } from './weights.js';
import { openWorkerEngine } from './worker-engine.js';

export interface BackboneOptions {
  readonly definition: ModelDefinition;
  /** Special tokens; `size` must be the model's. */
  readonly vocabulary: Vocabulary;
  readonly weights: Weights;
  /** `cpu` when absent. */
  readonly device?: Device;
  /**
   * How matrices are held and multiplied: as numbers of 32 bits when absent, or as whole numbers of 8 or 4 with a scale for every 32 or 64 of them,
   * made when the model is opened. That is faster where reading the weights takes the time, and less exact.
   */
  readonly precision?: Precision;
  /** Threads inside one operator; 2 when absent. */
  readonly threads?: number;
  /** Where passes run: in a worker thread when absent, so that the event loop stays free, or in this thread. */
  readonly thread?: 'worker' | 'own';
}

export type Precision = 'float32' | 'int8' | 'int4';
const bitsOf: { readonly [precision in Precision]: 4 | 8 | undefined } = { float32: undefined, int8: 8, int4: 4 };

/** Up to 32 MB of weights: steps and looks each hold a copy of them. */
const cachedParameters = 8 * 2 ** 20;

const parameterCount = ({ parameters }: ModelDefinition): number =>
  parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);

/**
 * Runs a model on ONNX Runtime. Graphs are compiled when they are first needed. Passes of contexts that wait at the same time
 * run as one, up to 1,024 token positions, when they bring equally many tokens.
 *
 * @throws PalimpsestError where weights do not fit the model or the device is missing.
 */
export async function openBackbone({ definition, vocabulary, weights, device = 'cpu', precision = 'float32', threads = 2, thread = 'worker' }: BackboneOptions): Promise<Backbone> {
  const { maximumLength, states, vocabularySize } = definition;
  if (vocabulary.size !== vocabularySize) {
    throw new PalimpsestError({ where: 'openBackbone', expected: `a vocabulary of the model's size, ${vocabularySize}`, got: `${vocabulary.size}` });
  }
  const { storage, numbers, folder } = await checkWeights(definition, weights);
  const bits = bitsOf[precision];
  const blocks = bits === undefined ? undefined : openBlockProducts(bits, numbers, storage);
  const settings: EngineSettings = {
    states: states.map(({ name, shape, growth, mayOverflow }) => ({ name, shape, growth, ...(mayOverflow && { mayOverflow }) })),
    maximumLength,
    wholeGraphs: parameterCount(definition) <= cachedParameters,
    session: { threads, device, ...(folder !== undefined && { weightsFolder: folder }) },
  };
  const graph = (name: GraphName): Promise<Uint8Array> => writeGraph(definition, storage, name, blocks);
  const engine: Engine = thread === 'worker' ? openWorkerEngine(settings, graph) : openEngine(settings, graph);
  const prepare = async (): Promise<void> => {
    await engine.prepare('first');
    if (states.some(({ growth }) => growth === 'recent')) await engine.prepare('fold'); // holds no weights
  };
  await prepare().catch(async (error: unknown) => {
    await engine[Symbol.asyncDispose]();
    throw error;
  });
  return assembleBackbone({ definition, vocabulary, engine });
}
