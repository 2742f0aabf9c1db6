import type { CheckerReport } from '@palimpsest/evaluation';
import { bytesText, countText, durationText, grouped, percent, short } from '../view/amounts.js';
import { harmless } from '../view/styled.js';
import { table } from '../view/table.js';
import type { HeldOut } from './held-out.js';
import type { SampleReport } from './sample-set.js';

export function heldOutLines({ kind, texts, tokens, natsPerToken, standardError, perplexity }: HeldOut): readonly string[] {
  const [sign, remark] = kind === 'exact' ? ['', 'exact'] : ['at most ', `an upper bound, ± ${standardError.toFixed(4)} from the draws`];
  return [`held out: ${sign}${natsPerToken.toFixed(4)} nats per token, perplexity ${sign}${short(perplexity)} (${remark}); ${grouped(texts)} texts, ${grouped(tokens)} tokens`];
}

export const leftToRightLine = ({ natsPerToken, perplexity }: HeldOut): string =>
  `written from the left, one token to a pass: ${natsPerToken.toFixed(4)} nats per token, perplexity ${short(perplexity)} (exact)`;

/** One row to a setting, the first of them with its parts, faults and a text. */
export function sampleLines(reports: readonly SampleReport[]): readonly string[] {
  const [first] = reports;
  if (first === undefined) return [];
  const scored = first.checker !== undefined;
  const rows = reports.map(({ passesPerToken, checker, distinct, repetition, cost }) => [
    short(passesPerToken), ...(checker === undefined ? [] : [`${checker.score.toFixed(3)} ± ${checker.standardError.toFixed(3)}`, percent(checker.faultless)]),
    ...distinct.map((share) => share.toFixed(3)), repetition.toFixed(3), short(cost.positionsPerToken), durationText(cost.millisecondsPerToken / 1000),
    durationText(cost.meanMillisecondsToFirstToken / 1000), bytesText(cost.stateBytes), countText(cost.estimatedFlopsPerToken),
  ]);
  const titles = ['passes per token', ...(scored ? ['score', 'faultless'] : []), 'distinct words', 'pairs', 'triples', 'repetition', 'positions per token', 'time per token', 'first token', 'state', 'operations'];
  return [
    `samples: ${grouped(first.samples)} without a prompt to a row; times of texts written alone`, '',
    ...table([titles, ...rows], titles.map(() => 'right')),
    ...(first.checker === undefined ? [] : ['', ...checkerLines(first.checker)]),
    '', 'one of them:', harmless(first.example),
  ];
}

const checkerLines = ({ parts, problems }: CheckerReport): readonly string[] => [
  `score by part: ${Object.entries(parts).map(([part, score]) => `${part} ${score.toFixed(3)}`).join(', ')}`,
  ...(problems.length === 0 ? [] : ['most frequent faults:', ...problems.slice(0, 5).map(({ problem, count }) => `  ${count}  ${problem}`)]),
];
