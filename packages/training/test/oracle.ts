import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCheckpoint, readHeader, readTensors } from '@palimpsest/checkpoints';
import type { Feeds, Reference } from '@palimpsest/graph';
import { reference } from '@palimpsest/graph';
import type { ModelDefinition } from '@palimpsest/layers';
import type { HostTensor } from '@palimpsest/runtime';
import type { Batch, StateTensor } from '@palimpsest/training';

const fixtures = fileURLToPath(new URL('../../../tools/oracle/fixtures/', import.meta.url));

/** What PyTorch wrote down about one step. */
export interface RecordedStep {
  readonly inputs: readonly (readonly number[])[];
  readonly targets: readonly (readonly number[])[];
  readonly masked?: readonly (readonly number[])[];
  readonly rate?: readonly number[];
  readonly loss: number;
  readonly gradient_norm: number;
  readonly loss_before_second_step: number;
  /** Of ten AdamW steps on this batch, where they were recorded. */
  readonly losses?: readonly number[];
  readonly adamw: {
    readonly learning_rate: number; readonly beta1: number; readonly beta2: number; readonly epsilon: number; readonly weight_decay: number;
    readonly without_weight_decay: readonly string[];
  };
}

export interface OracleModel {
  readonly definition: ModelDefinition;
  readonly step: RecordedStep;
  /** Tensors of a safetensors file under our parameters' names. */
  readonly tensors: (file: string) => Promise<ReadonlyMap<string, StateTensor>>;
}

export const recordedTensors = (file: string): ReturnType<typeof readTensors> => readTensors(join(fixtures, 'training-step', file));
export const recordedJson = <T>(file: string): T => JSON.parse(readFileSync(join(fixtures, 'training-step', file), 'utf8')) as T;

/** A tiny published-style model with the numbers of its training step; parameters are told by where they lie in the weight file. */
export async function oracleModel(name: string): Promise<OracleModel> {
  const checkpoint = await openCheckpoint(join(fixtures, name));
  const weightFile = join(fixtures, name, 'model.safetensors');
  const { tensors: entries } = await readHeader(weightFile);
  const byOffset = new Map([...entries.values()].map((entry) => [entry.offset, entry.name]));
  const published = new Map(checkpoint.definition.parameters.map((parameter) => [parameter.name, byOffset.get(checkpoint.weights.get(parameter.name)!.offset)!]));
  return {
    definition: checkpoint.definition,
    step: recordedJson(`${name}/step.json`),
    tensors: async (file) => {
      const read = await readTensors(file === 'weights' ? weightFile : join(fixtures, 'training-step', name, file));
      return new Map([...published].map(([ours, theirs]) => [ours, read.get(theirs)!]));
    },
  };
}

export const asReference = ({ shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number> }): Reference => reference(shape, data);
export const asFeeds = (tensors: ReadonlyMap<string, StateTensor>): Feeds => Object.fromEntries([...tensors].map(([name, tensor]) => [name, asReference(tensor)]));

export const batchFeeds = ({ tokens, targets, weights }: Batch, shape: readonly number[]): Feeds =>
  ({ tokens: reference(shape, tokens), targets: reference(shape, targets), weights: reference(shape, weights) });

const integerInputs = new Set(['tokens', 'targets']);
/** The interpreter's feeds as ONNX Runtime takes them. */
export const hostTensors = (feeds: Feeds): Record<string, HostTensor> => Object.fromEntries(Object.entries(feeds).map(([name, { shape, data }]) => [
  name, integerInputs.has(name) ? { type: 'int64', shape, data: BigInt64Array.from(data, BigInt) } : { type: 'float32', shape, data: Float32Array.from(data) },
]));
