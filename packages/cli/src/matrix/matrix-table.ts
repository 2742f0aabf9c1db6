import { bytesText, countText, durationText, short } from '../view/amounts.js';
import { table } from '../view/table.js';
import type { CellResult } from './run-cell.js';

const titles = ['layers', 'way', 'nats per token', 'score', 'tokens/s', 'passes per token', 'state', 'parameters', 'positions', 'training'] as const;

/** A bound is no likelihood: it says so. */
const lossText = ({ kind, natsPerToken, standardError }: CellResult['heldOut']): string =>
  (kind === 'exact' ? natsPerToken.toFixed(3) : `≤ ${natsPerToken.toFixed(3)} ± ${standardError.toFixed(3)}`);

const scoreText = ({ checker }: CellResult['samples']): string => (checker === undefined ? '-' : `${checker.score.toFixed(3)} ± ${checker.standardError.toFixed(3)}`);

const rowOf = ({ architecture, way, heldOut, samples, parameters, positions, trainingSeconds }: CellResult): readonly string[] => [
  architecture, way, lossText(heldOut), scoreText(samples), short(samples.cost.tokensPerSecond), short(samples.passesPerToken), bytesText(samples.cost.stateBytes),
  countText(parameters), countText(positions), durationText(trainingSeconds),
];

export const matrixLines = (results: readonly CellResult[]): readonly string[] =>
  table([titles, ...results.map(rowOf)], titles.map((_, column) => (column < 2 ? 'left' : 'right')));

/** The same for a page. */
export const matrixMarkdown = (results: readonly CellResult[]): readonly string[] =>
  [titles, titles.map((_, column) => (column < 2 ? '---' : '---:')), ...results.map(rowOf)].map((cells) => `| ${cells.join(' | ')} |`);
