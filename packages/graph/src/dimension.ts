import { GraphError } from './error.js';

/**
 * A size, or one that is known only when the graph runs: a name (`batch`) or a sum of products of names, in one normal
 * form (`2 * length + prefix + 1`), so that equal sizes are equal strings.
 */
export type Dimension = number | string;
export type Bindings = ReadonlyMap<string, number>;

/** Coefficients by product of names; '' is the constant term. */
type Polynomial = Map<string, number>;

function addTerm(polynomial: Polynomial, product: string, coefficient: number): Polynomial {
  return polynomial.set(product, (polynomial.get(product) ?? 0) + coefficient);
}

function parse(dimension: Dimension): Polynomial {
  const polynomial: Polynomial = new Map();
  for (const term of String(dimension).split(' + ')) {
    const factors = term.split(' * ');
    const names = factors.filter((factor) => !/^\d+$/.test(factor)).sort();
    const coefficient = factors.filter((factor) => /^\d+$/.test(factor)).reduce((product, factor) => product * Number(factor), 1);
    addTerm(polynomial, names.join(' * '), coefficient);
  }
  return polynomial;
}

function show(polynomial: Polynomial): Dimension {
  const constant = polynomial.get('') ?? 0;
  const terms = [...polynomial].filter(([product, coefficient]) => product !== '' && coefficient !== 0)
    .map(([product, coefficient]) => (coefficient === 1 ? product : `${coefficient} * ${product}`));
  if (terms.length === 0) return constant;
  return [...terms.sort(), ...(constant === 0 ? [] : [String(constant)])].join(' + ');
}

export function addDimensions(dimensions: readonly Dimension[]): Dimension {
  const sum: Polynomial = new Map();
  for (const dimension of dimensions) for (const [product, coefficient] of parse(dimension)) addTerm(sum, product, coefficient);
  return show(sum);
}

/** The dimension divided by an integer, rounded up: a name of its own, which is worked out where the names in it are known. */
export function divideDimension(dimension: Dimension, by: number): Dimension {
  if (typeof dimension === 'number') return Math.ceil(dimension / by);
  return by === 1 ? dimension : `ceil(${dimension.replaceAll(' * ', '·').replaceAll(' + ', '+')},${by})`;
}

/** What `divideDimension` made a name of. */
function quotientIn(name: string): { readonly dimension: Dimension; readonly by: number } | undefined {
  const [, inside, by] = /^ceil\((.*),(\d+)\)$/.exec(name) ?? [];
  return inside === undefined ? undefined : { dimension: unpacked(inside), by: Number(by) };
}

/** Signs outside of inner quotients stand apart again. */
function unpacked(inside: string): Dimension {
  let depth = 0;
  let text = '';
  for (const character of inside) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    text += depth === 0 && character === '+' ? ' + ' : depth === 0 && character === '·' ? ' * ' : character;
  }
  return show(parse(text));
}

/** The dimension less `amount` of its known entries. @throws GraphError where it may be smaller than that. */
export function shortenDimension(where: string, dimension: Dimension, amount: number): Dimension {
  const polynomial = parse(dimension);
  const known = polynomial.get('') ?? 0;
  if (known < amount) throw new GraphError({ where, expected: `a size of which at least ${amount} is known`, got: `${dimension}` });
  return show(polynomial.set('', known - amount));
}

export function multiplyDimensions(dimensions: readonly Dimension[]): Dimension {
  const known = dimensions.filter((dimension) => typeof dimension === 'number').reduce((product, size) => product * size, 1);
  const named = dimensions.filter((dimension) => typeof dimension === 'string');
  if (named.length === 0) return known;
  let product: Polynomial = new Map([['', known]]);
  for (const dimension of named) {
    const next: Polynomial = new Map();
    for (const [left, leftCoefficient] of product) {
      for (const [right, rightCoefficient] of parse(dimension)) {
        const names = [left, right].filter((name) => name !== '').flatMap((name) => name.split(' * '));
        addTerm(next, names.sort().join(' * '), leftCoefficient * rightCoefficient);
      }
    }
    product = next;
  }
  return show(product);
}

/** The normal form of a dimension. @throws GraphError where a number is not a size. */
export function normalizeDimension(where: string, dimension: Dimension): Dimension {
  if (typeof dimension === 'string' && dimension.trim() !== '') return show(parse(dimension));
  if (typeof dimension === 'number' && Number.isInteger(dimension) && dimension >= 0) return dimension;
  throw new GraphError({
    where,
    expected: 'sizes that are integers from 0 on, or names',
    got: typeof dimension === 'string' ? `'${dimension}'` : `${dimension}`,
  });
}

/** The names in a dimension. */
export const namesIn = (dimension: Dimension): readonly string[] =>
  typeof dimension === 'number'
    ? []
    : [...parse(dimension).keys()].filter((product) => product !== '').flatMap((product) => product.split(' * ')).flatMap((name) => {
      const quotient = quotientIn(name);
      return quotient === undefined ? [name] : namesIn(quotient.dimension);
    });

/** The size of a dimension once the names in the graph's inputs are known, or its own as a whole. */
export function resolveDimension(dimension: Dimension, bindings: Bindings): number {
  const whole = typeof dimension === 'number' ? dimension : bindings.get(dimension);
  if (whole !== undefined || typeof dimension === 'number') return whole!;
  const sizeOf = (name: string): number => {
    const size = bindings.get(name);
    if (size !== undefined) return size;
    const quotient = quotientIn(name);
    if (quotient !== undefined) return Math.ceil(resolveDimension(quotient.dimension, bindings) / quotient.by);
    throw new GraphError({
      where: `dimension ${dimension}`, expected: `a size for ${name}`, got: `sizes for ${[...bindings.keys()].join(', ') || 'nothing'}`,
      hint: `Some input needs an axis that is ${name} alone.`,
    });
  };
  return [...parse(dimension)].reduce((sum, [product, coefficient]) =>
    sum + (product === '' ? coefficient : product.split(' * ').reduce((size, name) => size * sizeOf(name), coefficient)), 0);
}
