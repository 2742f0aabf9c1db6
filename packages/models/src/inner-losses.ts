import type { Checkpoint } from '@palimpsest/checkpoints';
import { observable, observe } from '@palimpsest/runtime';
import type { HostTensor, Observation } from '@palimpsest/runtime';

/** What a layer that learns while it reads told of a text, a number to each mini-batch, means over its heads. */
export interface InnerLosses {
  readonly layer: string;
  /** How many tokens the mini-batch has of the text. */
  readonly tokens: readonly number[];
  /** Inner loss by the weights at the start of the mini-batch, and by those that have learnt from it. */
  readonly lossBefore: readonly number[];
  readonly lossAfter: readonly number[];
  /** How far the weights are from where the text began: the root of the sum of squares. */
  readonly moved: readonly number[];
}

const first = '.lossBefore';

/** Whether a model has such layers. */
export const tellsInnerLosses = ({ definition }: Pick<Checkpoint, 'definition'>): boolean => observable(definition).some((name) => name.endsWith(first));

/** What the layers of a model tell while it reads a text, from its beginning. @throws PalimpsestError where the text does not fit, or no layer tells anything. */
export async function readInnerLosses({ definition, weights }: Pick<Checkpoint, 'definition' | 'weights'>, tokens: Int32Array, options: Pick<Observation, 'threads'> = {}): Promise<readonly InnerLosses[]> {
  const told = await observe({ definition, weights, tokens, ...options });
  const layers = [...told.keys()].filter((name) => name.endsWith(first)).map((name) => name.slice(0, -first.length));
  return layers.map((layer) => {
    const of = (what: string): readonly number[] => meansOf(told.get(`${layer}.${what}`)!);
    return { layer, tokens: of('tokens'), lossBefore: of('lossBefore'), lossAfter: of('lossAfter'), moved: of('moved') };
  });
}

/** A mean to each mini-batch of a tensor [mini-batches, 1, heads]. */
function meansOf({ shape, data }: HostTensor): readonly number[] {
  const heads = shape.at(-1)!;
  return Array.from({ length: shape[0]! }, (_, turn) => Array.from({ length: heads }, (_head, head) => Number(data[turn * heads + head])).reduce((sum, value) => sum + value, 0) / heads);
}
