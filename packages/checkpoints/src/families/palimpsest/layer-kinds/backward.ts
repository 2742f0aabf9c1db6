import { z } from 'zod';
import type { LayerKind } from './layer-kind.js';

/** Weights of what reads backwards. */
export const backward: z.ZodOptional<z.ZodEnum<{ shared: 'shared'; separate: 'separate' }>> = z.enum(['shared', 'separate'], { error: '"shared" or "separate"' }).optional();

/** Layers of this kind read from the left: tokens that see later ones need something that reads from the right. */
export const lacksBackward = (kind: string): NonNullable<LayerKind<{ readonly backward?: string | undefined }>['lacks']> => ({ backward: weights }, blockSize) =>
  (blockSize === 1 || weights !== undefined ? undefined : { key: `${kind}.backward`, expected: '"shared" or "separate", as visibility that is not causal needs' });
