import { bidirectional } from '@palimpsest/backbone';
import type { Backbone, Prediction, Visibility, Vocabulary, Want } from '@palimpsest/backbone';
import { toyBackbone } from '@palimpsest/backbone/testing';
import type { ToyBackbone } from '@palimpsest/backbone/testing';
import { randomStream } from '@palimpsest/sampling';

/** A token's logits depend on its place and both neighbours, as in the LLaDA sampler fixture. */
export interface NeighbourTables {
  readonly left: Float32Array; // vocabulary x vocabulary
  readonly right: Float32Array; // vocabulary x vocabulary
  readonly place: Float32Array; // places x vocabulary
}

interface NeighbourInput {
  readonly tables: NeighbourTables;
  readonly vocabulary: Vocabulary;
  readonly visibility?: Visibility;
  readonly prediction?: Prediction;
  readonly delay?: () => Promise<void>;
}

export function neighbourBackbone({ tables, vocabulary, visibility = bidirectional, prediction = 'same', delay }: NeighbourInput): ToyBackbone {
  const { size } = vocabulary;
  const { left, right, place } = tables;
  const row = (tokens: Int32Array, position: number): number[] =>
    Array.from({ length: size }, (_, id) => {
      const ofLeft = position > 0 ? left[tokens[position - 1]! * size + id]! : 0;
      const ofRight = position + 1 < tokens.length ? right[tokens[position + 1]! * size + id]! : 0;
      return Math.fround(place[position * size + id]! + ofLeft + ofRight);
    });
  return toyBackbone({ vocabulary, maximumLength: place.length / size, visibility, prediction, row, ...(delay && { delay }) });
}

export function randomTables(seed: number, size: number, places: number): NeighbourTables {
  const stream = randomStream(seed);
  const table = (rows: number): Float32Array => Float32Array.from({ length: rows * size }, () => 2 * stream.normal());
  return { left: table(size), right: table(size), place: table(places) };
}

export interface Question {
  readonly tokens: readonly number[];
  readonly want: Want;
}

/** The same backbone, and what was asked of it. */
export function recording(backbone: Backbone): { readonly recorded: Backbone; readonly questions: readonly Question[] } {
  const questions: Question[] = [];
  const recorded: Backbone = {
    ...backbone,
    open: async (options) => {
      const context = await backbone.open(options);
      return {
        length: 0,
        stateBytes: 12,
        score: (tokens, want) => {
          questions.push({ tokens: Array.from(tokens), want });
          return context.score(tokens, want);
        },
        [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
      };
    },
  };
  return { recorded, questions };
}
