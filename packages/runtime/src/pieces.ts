import type { Scores, Want } from '@palimpsest/backbone';

/** A part of a request: consecutive tokens, and what is wanted of them. */
export interface Piece {
  readonly tokens: Int32Array;
  readonly want: Want;
  /** Which of the request's wanted rows these are, in order. */
  readonly places: readonly number[];
}

/** A request in pieces of at most `size` tokens, each of which continues the one before; the first is shorter by `shift`. */
export function cutRequest(tokens: Int32Array, want: Want, size: number, shift: number = 0): readonly Piece[] {
  if (tokens.length <= size - shift) return [{ tokens, want, places: [...wantedRows(tokens, want).keys()] }];
  const wanted = wantedRows(tokens, want);
  return Array.from({ length: Math.ceil((tokens.length + shift) / size) }, (_, index) => {
    const [start, end] = [Math.max(0, index * size - shift), Math.min((index + 1) * size - shift, tokens.length)];
    const places = [...wanted.keys()].filter((place) => wanted[place]! >= start && wanted[place]! < end);
    const rows = Int32Array.from(places, (place) => wanted[place]! - start);
    return { tokens: tokens.subarray(start, end), want: { ...ofRows(want, places), rows }, places };
  });
}

const wantedRows = (tokens: Int32Array, { rows }: Want): Int32Array => rows ?? Int32Array.from(tokens.keys());

/** What is given for each row, for these rows alone. */
function ofRows(want: Want, places: readonly number[]): Want {
  if (want.give === 'targets') return { ...want, targets: Int32Array.from(places, (place) => want.targets[place]!) };
  if (want.give === 'draw') return { ...want, uniforms: Float64Array.from(places, (place) => want.uniforms[place]!) };
  return want;
}

/** The pieces' scores as those of the whole request; every array holds its rows one after the other. */
export function joinScores(pieces: readonly Piece[], scores: readonly Scores[]): Scores {
  if (scores.length === 1) return scores[0]!;
  const rows = pieces.reduce((sum, { places }) => sum + places.length, 0);
  const parts = scores.map((part) => part as unknown as Readonly<Record<string, Float32Array | Int32Array>>); // whatever was wanted, its fields are such arrays
  const joined = Object.entries(parts[0]!).map(([name, first]) => {
    const widest = pieces.findIndex(({ places }) => places.length > 0);
    const width = widest < 0 ? 0 : parts[widest]![name]!.length / pieces[widest]!.places.length;
    const whole = first instanceof Float32Array ? new Float32Array(rows * width) : new Int32Array(rows * width);
    for (const [index, { places }] of pieces.entries()) {
      for (const [row, place] of places.entries()) whole.set(parts[index]![name]!.subarray(row * width, (row + 1) * width), place * width);
    }
    return [name, whole];
  });
  return Object.fromEntries(joined) as Scores; // the fields of the pieces
}
