import { z } from 'zod';
import { parseConfig } from '../parse.js';
import { consolidatedNames, originalNames } from './assemble.js';
import type { Mamba1Sizes, Mamba2Sizes } from './hugging-face.js';

const size = z.int().positive();

/** Keys of the authors' own config files, which leave most to defaults. */
const sharedKeys = {
  d_model: size,
  n_layer: size,
  d_intermediate: z.literal(0).optional(),
  vocab_size: size,
  attn_layer_idx: z.array(z.never()).optional(),
  attn_cfg: z.strictObject({}).optional(),
  rms_norm: z.literal(true),
  pad_vocab_size_multiple: size.default(8),
  tie_embeddings: z.boolean().default(true),
};
const scanKeys = { d_conv: size.default(4), expand: z.number().positive().default(2) };

const mamba1 = z.strictObject({
  ...sharedKeys,
  ssm_cfg: z.strictObject({ layer: z.literal('Mamba1').optional(), d_state: size.default(16), dt_rank: z.union([size, z.literal('auto')]).default('auto'), ...scanKeys }),
});

const mamba2 = z.strictObject({
  ...sharedKeys,
  ssm_cfg: z.strictObject({
    layer: z.literal('Mamba2'), d_state: size.default(128), headdim: size.default(64), ngroups: size.default(1), chunk_size: size.optional(),
    dt_limit: z.tuple([z.number().nonnegative(), z.union([z.number().positive(), z.literal(Infinity)])]).default([0, Infinity]), ...scanKeys,
  }),
  norm_groups: size.optional(), // ours
});

/** Mistral's, which stands beside `consolidated.safetensors`. */
const consolidated = z.strictObject({
  model_type: z.literal('mamba'),
  dim: size,
  n_layers: size,
  n_groups: size,
  vocab_size: size,
  rms_norm: z.literal(true),
  pad_vocab_size_multiple: size.default(1),
  tie_embeddings: z.boolean().default(false),
  norm_groups: size.optional(), // ours
});

const inertKeys = ['residual_in_fp32', 'fused_add_norm'] as const;
const epsilon = 1e-5; // of every norm in the authors' code

type Config = Readonly<Record<string, unknown>>;
const kindOf = ({ model_type: type, ssm_cfg: scan }: Config): string | undefined =>
  (type !== undefined || typeof scan !== 'object' || scan === null ? undefined : 'layer' in scan ? String(scan.layer) : 'Mamba1');
export const isOriginalMamba1 = (config: Config): boolean => kindOf(config) === 'Mamba1';
export const isOriginalMamba2 = (config: Config): boolean => kindOf(config) === 'Mamba2';
export const isConsolidated = (config: Config): boolean => 'dim' in config && 'n_groups' in config;

type SharedKeys = z.output<z.ZodObject<typeof sharedKeys>>;
const stackOf = (where: string, { vocab_size: tokens, pad_vocab_size_multiple: multiple, d_model: width, n_layer: layers, tie_embeddings: tiedHead }: SharedKeys): Mamba1Sizes['stack'] =>
  ({ where, tokens, rows: Math.ceil(tokens / multiple) * multiple, width, layers, normEpsilon: epsilon, tiedHead, special: {}, names: originalNames });

/** @throws PalimpsestError when keys are missing, unknown, or ask for what we do not build. */
export function readOriginalMamba1(where: string, config: unknown): Mamba1Sizes {
  const parsed = parseConfig(where, mamba1, config, inertKeys);
  const { d_state, dt_rank, d_conv, expand } = parsed.ssm_cfg;
  return {
    stack: stackOf(where, parsed), inner: Math.floor(expand * parsed.d_model), stateSize: d_state, kernel: d_conv, plainNormEpsilon: epsilon,
    stepRank: dt_rank === 'auto' ? Math.ceil(parsed.d_model / 16) : dt_rank,
  };
}

/** @throws PalimpsestError when keys are missing, unknown, or ask for what we do not build. */
export function readOriginalMamba2(where: string, config: unknown): Mamba2Sizes {
  const parsed = parseConfig(where, mamba2, config, inertKeys);
  const { d_state, d_conv, expand, headdim, ngroups, dt_limit } = parsed.ssm_cfg;
  return {
    stack: stackOf(where, parsed), heads: Math.floor(expand * parsed.d_model) / headdim, headSize: headdim, stateSize: d_state, groups: ngroups, kernel: d_conv,
    normGroups: parsed.norm_groups, stepLimits: dt_limit,
  };
}

/** @throws PalimpsestError when keys are missing, unknown, or ask for what we do not build. */
export function readConsolidated(where: string, config: unknown): Mamba2Sizes {
  const { vocab_size: tokens, pad_vocab_size_multiple: multiple, dim: width, n_layers: layers, tie_embeddings: tiedHead, ...parsed } = parseConfig(where, consolidated, config, inertKeys);
  return {
    stack: { where, tokens, rows: Math.ceil(tokens / multiple) * multiple, width, layers, normEpsilon: epsilon, tiedHead, special: {}, names: consolidatedNames },
    heads: (2 * width) / 64, headSize: 64, stateSize: 128, groups: parsed.n_groups, kernel: 4, normGroups: parsed.norm_groups, stepLimits: [0, Infinity],
  };
}
