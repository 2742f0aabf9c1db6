/** The next 1, 2 or 5 times a power of ten: a scale that need not move while a run grows. */
export function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((candidate) => candidate * power >= value) ?? 10;
  return step * power;
}

/** Round numbers from 0 to `end`, at most six. */
export function niceTicks(end: number): readonly number[] {
  const step = niceCeiling(end / 5);
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
}
