import type { Layer, Scope } from '@palimpsest/layers';
import type { z } from 'zod';

/** A kind of layer as recipes and configs name it. */
export interface LayerKind<Settings> {
  /** Settings as they stand in recipes and configs. */
  readonly schema: z.ZodObject & z.ZodType<Settings>;
  /** @throws PalimpsestError or GraphError where sizes do not go together. */
  readonly create: (scope: Scope, settings: Settings, stack: StackSizes) => Layer;
  /** In words, for a page. */
  readonly describe: (settings: Settings) => string;
  /** What the settings lack for a visibility of such blocks, of 1 token where it is causal; undefined where nothing is. */
  readonly lacks?: (settings: Settings, blockSize: number) => Lack | undefined;
}

/** What all layers of a stack share. */
export interface StackSizes {
  readonly width: number;
  readonly normEpsilon: number;
  /** Residual branches: outputs start smaller by the root of it. */
  readonly depth: number;
}

export interface Lack {
  /** Of a recipe's model: `mamba2.backward`. */
  readonly key: string;
  readonly expected: string;
}
