import { recallAccuracy, recallRow, recallRows, recallTargets } from '@palimpsest/datasets';

const task = { pairs: 3, length: 16, vocabularySize: 20, queries: 2 };
console.log(recallRow(task, 4).tokens.join(' '));

const { tokens } = recallRows(task, 8, 4); // seeds 4 to 11
const { targets } = recallTargets(task, tokens); // and weights, 1/16 at each of the 16 queries
console.log(targets.subarray(0, 16).join(' '));
console.log(recallAccuracy(task, tokens, targets));
