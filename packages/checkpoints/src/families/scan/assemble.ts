import { causal } from '@palimpsest/backbone';
import type { Layer, Scope } from '@palimpsest/layers';
import { defineMambaModel } from '@palimpsest/ssm';
import type { AssembledModel } from '../family.js';
import { vocabularyOf } from '../vocabulary.js';
import type { SpecialTokenIds } from '../vocabulary.js';

export interface ScanModel {
  readonly where: string;
  /** Rows of the tables, and how many of them are tokens. */
  readonly rows: number;
  readonly tokens: number;
  readonly width: number;
  readonly layers: number;
  readonly normEpsilon: number;
  readonly tiedHead: boolean;
  readonly special: SpecialTokenIds;
  readonly names: ScanNames;
  readonly mixer: (scope: Scope) => Layer;
}

/** What comes before every tensor's name, and what the token table is called. */
export interface ScanNames {
  readonly prefix: string;
  readonly embedding: string;
}
export const originalNames: ScanNames = { prefix: '', embedding: 'embedding' };
export const huggingFaceNames: ScanNames = { prefix: '', embedding: 'embeddings' };
export const consolidatedNames: ScanNames = { prefix: 'model.', embedding: 'embedding' };

/** Nothing in a scan bounds how many tokens it takes. */
const maximumLength = 2 ** 20;

/** A stack of causal mixers whose parameters are named as the authors of Mamba name them. */
export function assembleScan({ where, rows, tokens, special, names: { prefix, embedding }, ...plan }: ScanModel): AssembledModel {
  const head = `${prefix}lm_head.weight`;
  return {
    vocabulary: vocabularyOf(where, tokens, special),
    definition: defineMambaModel({ ...plan, vocabularySize: tokens, vocabularyRows: rows, maximumLength, visibility: causal, prediction: 'next' }),
    tensorName: (parameter) => {
      if (parameter === 'lm_head.weight') return head;
      const inside = parameter.replace(/^model\./, '').replace(/^embed_tokens\./, `${embedding}.`).replace(/^norm\./, 'norm_f.');
      return `${prefix}backbone.${inside}`;
    },
    ignored: (tensor) => plan.tiedHead && tensor === head,
  };
}
