/** Numbers as people read them. */
export const grouped = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 0 });

/** Three digits that matter. */
export const short = (value: number): string => (Math.abs(value) >= 100 ? grouped(value) : String(Number(value.toPrecision(3))));

export const percent = (share: number): string => `${Math.round(100 * share)} %`;

const byteUnits = ['bytes', 'kB', 'MB', 'GB'] as const;
export function bytesText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${short(bytes / 1000 ** power)} ${byteUnits[power]}`;
}

const countUnits = ['', ' k', ' M', ' G'] as const;
export function countText(count: number): string {
  const power = count < 10_000 ? 0 : Math.min(countUnits.length - 1, Math.floor(Math.log10(count) / 3));
  return power === 0 ? grouped(count) : `${short(count / 1000 ** power)}${countUnits[power]}`;
}

export function durationText(seconds: number): string {
  if (seconds < 1) return `${short(1000 * seconds)} ms`;
  if (seconds < 90) return `${short(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
