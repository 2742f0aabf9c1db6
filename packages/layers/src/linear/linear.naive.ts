/** Numbers of one sequence, [length][width]. */
export type Rows = readonly (readonly number[])[];

/** A layer's parameters by name. */
export type Weights = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>>;

/** y[o] = sum over i of W[o, i] x[i], plus b[o] where `name.bias` exists; W [to, from] is `name.weight`. */
export function linearNaive(x: Rows, weights: Weights, name: string): Rows {
  const { shape: [to, from], data } = weights[`${name}.weight`]!;
  const bias = weights[`${name}.bias`];
  return x.map((row) => Array.from({ length: to! }, (_, o) => {
    let sum = bias?.data[o] ?? 0;
    for (let i = 0; i < from!; i++) sum += data[o * from! + i]! * row[i]!;
    return sum;
  }));
}
