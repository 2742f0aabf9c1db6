import { GraphError } from '@palimpsest/graph';
import type { LayerContext } from './layer.js';

/**
 * All layers of a model see alike: what they share in a pass, masks above all, is built once.
 *
 * @throws GraphError naming the layer that is told otherwise than the model, or than the layers before it.
 */
export function expectOneVisibility(where: string, { visibility, shared }: Pick<LayerContext, 'visibility' | 'shared'>): void {
  const known = shared('visibility', () => visibility);
  if (known.blockSize === visibility.blockSize) return;
  throw new GraphError({ where, expected: `${known.name} visibility, as the other layers have`, got: visibility.name, hint: 'Visibility belongs to the whole model.' });
}
