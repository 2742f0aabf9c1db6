// What both comparisons print.
import { cpus } from 'node:os';

export const settings = (defaults) => Object.fromEntries(Object.entries(defaults).map(([name, value]) => {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`));
  return [name, given === undefined ? value : typeof value === 'number' ? Number(given.slice(name.length + 3)) : given.slice(name.length + 3)];
}));

/** Median and the interval that holds it with 95 %. */
export const spread = ({ median, interval: { low, high } }, digits = 2) => `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;

export function printHead(title, lines) {
  console.log(`${title}\n${cpus().length} x ${cpus()[0].model}, Node ${process.version}; medians and 95 % intervals`);
  for (const line of lines) console.log(line);
}

export const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MB`;
