import { add } from '@palimpsest/graph';
import type { Layer } from './layer.js';

/** x + layer(norm(x)): the pre-norm residual branch. */
export const residual = (norm: Layer, layer: Layer): Layer => (x, context) => add(x, layer(norm(x, context), context));

/** One layer after the other. */
export const stack = (layers: readonly Layer[]): Layer => (x, context) => layers.reduce((hidden, layer) => layer(hidden, context), x);
