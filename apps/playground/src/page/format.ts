/** Numbers as the page writes them; an absent one is a dash. */
export function formatCount(value: number | undefined): string {
  return value === undefined ? '–' : Math.round(value).toLocaleString('en-US');
}

export function formatRate(value: number | undefined): string {
  if (value === undefined) return '–';
  return value >= 100 ? formatCount(value) : value.toFixed(value >= 10 ? 1 : 2);
}

/** Three digits behind the point: what a mini-batch changes is small. */
export function formatLoss(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(3);
}

export function formatMilliseconds(value: number | undefined): string {
  if (value === undefined) return '–';
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  if (value >= 1_000) return `${(value / 1000).toFixed(2)} s`;
  return value >= 10 ? `${Math.round(value)} ms` : `${value.toFixed(1)} ms`;
}

export function formatBytes(value: number | undefined): string {
  if (value === undefined) return '–';
  if (value < 1024) return `${value} B`;
  const unit = value < 1024 ** 2 ? { size: 1024, name: 'KiB' } : value < 1024 ** 3 ? { size: 1024 ** 2, name: 'MiB' } : { size: 1024 ** 3, name: 'GiB' };
  const amount = value / unit.size;
  return `${amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${unit.name}`;
}

export function formatAmount(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} B`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  return value >= 1e3 ? `${(value / 1e3).toFixed(1)} k` : String(value);
}

export function formatPercent(value: number | undefined): string {
  return value === undefined ? '–' : `${(100 * value).toFixed(value > 0.995 || value < 0.1 ? 1 : 0)} %`;
}

/** `2.4×`: how many times as much `b` is as `a`. */
export function formatRatio(a: number | undefined, b: number | undefined): string {
  if (a === undefined || b === undefined || a === 0 || b === 0) return '–';
  const ratio = b / a;
  return `${ratio >= 100 ? Math.round(ratio) : ratio.toFixed(ratio >= 10 ? 1 : 2)}×`;
}
