/**
 * One printable character for each byte, so that a vocabulary of bytes is a vocabulary of strings.
 * Radford et al. 2019 (GPT-2), `bytes_to_unicode`: printable Latin-1 bytes stand for themselves, the other 68 follow from U+0100.
 */
const byteSymbols: readonly string[] = buildByteSymbols();

function buildByteSymbols(): string[] {
  const printable = (byte: number): boolean => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}

/** The order in which Hugging Face's trainer numbers the alphabet, so that ids agree with it. */
export const alphabet: readonly string[] = [...byteSymbols].sort((a, b) => a.charCodeAt(0) - b.charCodeAt(0));

const encoder = new TextEncoder();

/** The UTF-8 bytes of `text`, one symbol each. */
export function toByteSymbols(text: string): string[] {
  return Array.from(encoder.encode(text), (byte) => byteSymbols[byte]!);
}
