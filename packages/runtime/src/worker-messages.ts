import { PalimpsestError } from '@palimpsest/backbone';
import type { PassAnswer, PassRequest } from './engine.js';
import type { GraphName } from './graph-name.js';

/** What a worker is asked. Every request but `graph`, which itself is an answer, is answered under its id. */
export type ToWorker =
  | { readonly kind: 'prepare'; readonly id: number; readonly graph: GraphName }
  | { readonly kind: 'run'; readonly id: number; readonly pass: PassRequest }
  | { readonly kind: 'copy'; readonly id: number; readonly from: number; readonly to: number }
  | { readonly kind: 'release'; readonly id: number; readonly context: number }
  | { readonly kind: 'dispose'; readonly id: number }
  | { readonly kind: 'graph'; readonly name: GraphName; readonly bytes: Uint8Array }
  | { readonly kind: 'no-graph'; readonly name: GraphName; readonly failure: Failure };

export type FromWorker =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: PassAnswer | undefined }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'graph-wanted'; readonly name: GraphName };

/** An error's fields: an instance loses its class between threads. */
export interface Failure {
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  readonly hint: string | undefined;
}

export function failureOf(error: unknown, where: string): Failure {
  if (error instanceof PalimpsestError) return { where: error.where, expected: error.expected, got: error.got, hint: error.hint };
  return { where, expected: 'no failure', got: error instanceof Error ? error.message : String(error), hint: undefined };
}

export const errorOf = ({ hint, ...fields }: Failure): PalimpsestError => new PalimpsestError({ ...fields, ...(hint !== undefined && { hint }) });
