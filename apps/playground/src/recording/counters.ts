import type { Cell, Frame } from './frame.js';

/** What the run had cost at a moment. A rate that has no denominator yet is absent. */
export interface Counters {
  /** Tokens of the answer: written cells before the first end token. */
  readonly tokens: number;
  readonly milliseconds: number;
  readonly tokensPerSecond: number | undefined;
  readonly forwardPasses: number;
  readonly tokensPerPass: number | undefined;
  readonly millisecondsToFirstToken: number | undefined;
  readonly positionsComputed: number;
  readonly stateBytes: number;
  /** Mean probability that the model gave the tokens of the answer. */
  readonly confidence: number | undefined;
}

/** Counts at `at` milliseconds; once the run is over its own `Usage` is what counts. */
export function count(frame: Frame, at: number): Counters {
  const answer = answerCells(frame);
  const usage = frame.finish?.usage;
  const milliseconds = usage?.milliseconds ?? at;
  const tokens = usage?.generatedTokens ?? answer.length;
  const forwardPasses = usage?.forwardPasses ?? frame.meter.forwardPasses;
  return {
    tokens,
    milliseconds,
    tokensPerSecond: tokens > 0 && milliseconds > 0 ? (1000 * tokens) / milliseconds : undefined,
    forwardPasses,
    tokensPerPass: forwardPasses > 0 ? tokens / forwardPasses : undefined,
    millisecondsToFirstToken: frame.firstTokenAt === undefined ? undefined : (usage?.millisecondsToFirstToken ?? frame.firstTokenAt),
    positionsComputed: usage?.positionsComputed ?? frame.meter.positionsComputed,
    stateBytes: usage?.stateBytes ?? frame.meter.stateBytes,
    confidence: answer.length > 0 ? answer.reduce((sum, cell) => sum + cell.confidence, 0) / answer.length : undefined,
  };
}

function answerCells({ cells }: Frame): readonly Cell[] {
  const end = cells.findIndex((cell) => cell.state === 'written' && cell.closing);
  return cells.slice(0, end === -1 ? cells.length : end).filter(({ state }) => state === 'written');
}

/** The prompt's and the answer's text as it stands, masks as gaps. */
export function plainText({ cells }: Frame): string {
  const end = cells.findIndex((cell) => cell.state === 'written' && cell.closing);
  const shown = cells.slice(0, end === -1 ? cells.length : end);
  return shown.map(({ state, text }) => (state === 'open' ? '_' : text)).join('');
}
