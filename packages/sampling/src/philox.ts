/** Four unsigned 32-bit words. */
export type Words4 = readonly [number, number, number, number];
/** Two unsigned 32-bit words. */
export type Words2 = readonly [number, number];

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9; // golden ratio
const WEYL_1 = 0xbb67ae85; // sqrt(3) - 1
const ROUNDS = 10;

/**
 * Philox4x32-10: a bijection of the 128-bit counter for every 64-bit key, so that any member of a sequence is had
 * without those before it. Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3.
 * Words are read modulo 2^32.
 */
export function philox4x32(counter: Words4, key: Words2): Words4 {
  const words = new Uint32Array(4);
  philoxInto(words, counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
  return [words[0]!, words[1]!, words[2]!, words[3]!];
}

/** `philox4x32` without an allocation: the four words are left in `target`. */
export function philoxInto(target: Uint32Array, c0: number, c1: number, c2: number, c3: number, key0: number, key1: number): void {
  let a = c0 | 0;
  let b = c1 | 0;
  let c = c2 | 0;
  let d = c3 | 0;
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const low0 = Math.imul(a, MULTIPLIER_0);
    const low1 = Math.imul(c, MULTIPLIER_1);
    const high0 = multiplyHigh(a, MULTIPLIER_0 & 0xffff, MULTIPLIER_0 >>> 16);
    const high1 = multiplyHigh(c, MULTIPLIER_1 & 0xffff, MULTIPLIER_1 >>> 16);
    a = high1 ^ b ^ k0;
    b = low1;
    c = high0 ^ d ^ k1;
    d = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  target[0] = a;
  target[1] = b;
  target[2] = c;
  target[3] = d;
}

/** Upper 32 bits of the 64-bit product of x and high * 2^16 + low; no partial sum reaches 2^32. */
function multiplyHigh(x: number, low: number, high: number): number {
  const xLow = x & 0xffff;
  const xHigh = x >>> 16;
  const middle = (Math.imul(xHigh, low) + (Math.imul(xLow, low) >>> 16)) | 0;
  const carry = (Math.imul(xLow, high) + (middle & 0xffff)) | 0;
  return (Math.imul(xHigh, high) + (middle >>> 16) + (carry >>> 16)) | 0;
}
