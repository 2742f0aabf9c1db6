const heights = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** The course of some values in at most `columns` characters, the lowest at the bottom; neighbours share a character by their mean. */
export function sparkline(values: readonly number[], columns: number): string {
  const count = Math.min(columns, values.length);
  const means = Array.from({ length: count }, (_, index) => {
    const part = values.slice(Math.floor((index * values.length) / count), Math.floor(((index + 1) * values.length) / count));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const lowest = Math.min(...means);
  const range = Math.max(...means) - lowest;
  return means.map((mean) => heights[range === 0 ? 0 : Math.min(heights.length - 1, Math.floor(((mean - lowest) / range) * heights.length))]).join('');
}

/** A bar that is filled up to `share`, 0 to 1, by eighths of a character. */
export function bar(share: number, columns: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * columns * 8);
  const partial = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]!;
  return `${'█'.repeat(Math.floor(eighths / 8))}${partial}`.padEnd(columns, '░');
}
