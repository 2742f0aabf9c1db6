import { open, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { nearestNames, PalimpsestError } from '@palimpsest/backbone';
import type { ParameterStorage, StoredType } from '@palimpsest/graph';
import type { ModelDefinition, ParameterDeclaration } from '@palimpsest/layers';

/** A parameter's numbers: here, or as a byte range of a file. */
export type Weight = InlineWeight | StoredWeight;
export interface InlineWeight {
  readonly shape: readonly number[];
  readonly data: Float32Array; // row-major
}
export interface StoredWeight {
  readonly shape: readonly number[];
  readonly path: string;
  readonly offset: number; // bytes from the start of the file
  readonly bytes: number;
  readonly type: StoredType;
}
/** By parameter name. More than the model needs is allowed. */
export type Weights = ReadonlyMap<string, Weight>;

/** Weights that fit a model, as graphs name them. */
export interface CheckedWeights {
  readonly storage: (parameter: string) => ParameterStorage;
  /** A parameter's numbers, whatever they are stored as. @throws PalimpsestError where one of them is not finite. */
  readonly numbers: (parameter: string) => Promise<Float32Array>;
  /** Where the files lie; absent when every weight is inline. */
  readonly folder: string | undefined;
}

const elementBytes: { readonly [type in StoredType]: number } = { F32: 4, F16: 2, BF16: 2 };

/** @throws PalimpsestError where a parameter has no weight, one of another shape, a byte range that its file does not have, or a vector that is not finite. */
export async function checkWeights({ parameters }: ModelDefinition, weights: Weights): Promise<CheckedWeights> {
  const used = new Map(parameters.map((parameter) => [parameter.name, fitting(parameter, weights)]));
  const stored = [...used.values()].filter((weight) => 'path' in weight);
  const folders = [...new Set(stored.map(({ path }) => dirname(resolve(path))))];
  if (folders.length > 1) {
    throw new PalimpsestError({ where: 'weights', expected: 'files of one folder', got: folders.join(' and '), hint: 'Move or link them together.' });
  }
  await Promise.all([...new Set(stored.map(({ path }) => path))].map((path) => checkFile(path, used)));
  for (const { name, role } of parameters) if (role === 'vector') await checkFinite(name, used.get(name)!); // matrices are too large to read twice
  return { folder: folders[0], storage: (parameter) => storageOf(used.get(parameter)!), numbers: (parameter) => numbersOf(parameter, used.get(parameter)!) };
}

async function numbersOf(name: string, weight: Weight): Promise<Float32Array> {
  const numbers = 'data' in weight ? weight.data : widen[weight.type](await readRange(weight));
  if (!numbers.every(Number.isFinite)) throw notFinite(name, numbers.findIndex((value) => !Number.isFinite(value)));
  return numbers;
}

const widen: { readonly [type in StoredType]: (buffer: ArrayBuffer) => Float32Array } = {
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => Float32Array.from(new Uint16Array(buffer), fromHalf),
  BF16: (buffer) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer), // the upper half of a float32
};

/** A number of 16 bits by IEEE 754: a sign, 5 bits of exponent, 10 of fraction. */
function fromHalf(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, (bits & 1023) / 1024];
  const size = exponent === 31 ? (fraction === 0 ? Infinity : NaN) : exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15);
  return bits >> 15 ? -size : size;
}

async function readRange({ path, offset, bytes }: StoredWeight): Promise<ArrayBuffer> {
  const buffer = new ArrayBuffer(bytes);
  const file = await open(path);
  await file.read(new Uint8Array(buffer), 0, bytes, offset).finally(() => file.close());
  return buffer;
}

const notFinite = (name: string, index: number): PalimpsestError =>
  new PalimpsestError({ where: `weights: ${name}`, expected: 'finite numbers', got: `another at ${index}`, hint: 'Did training diverge, or was the file damaged?' });

function storageOf(weight: Weight): ParameterStorage {
  if ('data' in weight) return { data: weight.data };
  const { path, offset, bytes, type } = weight;
  return { location: basename(path), offset, bytes, type };
}

function fitting({ name, shape }: ParameterDeclaration, weights: Weights): Weight {
  const weight = weights.get(name);
  if (weight === undefined) {
    const near = nearestNames(name, weights.keys());
    throw new PalimpsestError({ where: 'weights', expected: `a tensor ${name}`, got: 'none', ...(near.length > 0 && { hint: `The nearest names are ${near.join(', ')}.` }) });
  }
  const where = `weights: ${name}`;
  if (weight.shape.length !== shape.length || weight.shape.some((size, axis) => size !== shape[axis])) {
    throw new PalimpsestError({ where, expected: `shape [${shape.join(', ')}]`, got: `[${weight.shape.join(', ')}]`, hint: 'Do the configuration and the weights belong together?' });
  }
  const count = shape.reduce((product, size) => product * size, 1);
  const [expected, got] = 'data' in weight ? [count, weight.data.length] : [count * elementBytes[weight.type], weight.bytes];
  if (got !== expected) {
    const unit = 'data' in weight ? 'numbers' : `bytes of ${weight.type}`;
    throw new PalimpsestError({ where, expected: `${expected} ${unit} for [${shape.join(', ')}]`, got: `${got}` });
  }
  return weight;
}

/** Exponent bits, all of which are set in infinities and in what is not a number. */
const exponents = { F32: [4, 0x7f80_0000], F16: [2, 0x7c00], BF16: [2, 0x7f80] } as const;

async function checkFinite(name: string, weight: Weight): Promise<void> {
  const index = 'data' in weight ? weight.data.findIndex((value) => !Number.isFinite(value)) : await notFiniteAt(weight);
  if (index >= 0) throw notFinite(name, index);
}

/** Index of the first number in a byte range that is not finite, or -1. */
async function notFiniteAt(weight: StoredWeight): Promise<number> {
  const buffer = new DataView(await readRange(weight));
  const [size, exponent] = exponents[weight.type];
  for (let at = 0; at < buffer.byteLength; at += size) {
    const bits = size === 4 ? buffer.getUint32(at, true) : buffer.getUint16(at, true);
    if ((bits & exponent) === exponent) return at / size;
  }
  return -1;
}

async function checkFile(path: string, used: ReadonlyMap<string, Weight>): Promise<void> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new PalimpsestError({ where: 'weights', expected: `a file ${path}`, got: cause instanceof Error ? cause.message : String(cause), cause });
  });
  for (const [name, weight] of used) {
    if ('path' in weight && weight.path === path && weight.offset + weight.bytes > size) {
      const expected = `bytes ${weight.offset} to ${weight.offset + weight.bytes} of ${path}`;
      throw new PalimpsestError({ where: `weights: ${name}`, expected, got: `a file of ${size} bytes`, hint: 'The file was cut off: fetch it again.' });
    }
  }
}
