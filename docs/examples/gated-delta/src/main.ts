import { inThreeWays } from './three-ways.js';

const steps = Number(process.argv[2] ?? 120); // a minute in all, on two cores
for await (const { way, firstLoss, lastLoss, text } of inThreeWays({ steps, rows: 8, width: 96, heads: 3, tokens: 63 })) {
  console.log(`${way}: loss from ${firstLoss.toFixed(2)} to ${lastLoss.toFixed(2)} in ${steps} steps; it writes:\n${text}\n`);
}
