/** One line of JSON: typed arrays as arrays, 32-bit numbers with the six digits that they hold. */
export const jsonLine = (value: object): string => `${JSON.stringify(value, (_, part: unknown) => {
  if (part instanceof Float32Array) return Array.from(part, (number) => Number(number.toPrecision(6)));
  return ArrayBuffer.isView(part) ? Array.from(part as Int32Array) : part; // events hold no other views
})}\n`;
