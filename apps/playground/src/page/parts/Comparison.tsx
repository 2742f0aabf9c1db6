import type { JSX } from 'preact';
import { count, type Counters } from '../../recording/counters.js';
import { duration, latest } from '../../recording/recording.js';
import { formatBytes, formatCount, formatMilliseconds, formatPercent, formatRate, formatRatio } from '../format.js';
import type { Lane } from '../lane.js';
import type { Order, Stage } from '../stage.js';

interface Row {
  readonly title: string;
  readonly value: (outcome: Outcome) => number | undefined;
  readonly show: (value: number | undefined) => string;
  /** Shares of a whole are compared as they stand, not divided. */
  readonly isShare?: true;
}

interface Outcome extends Counters {
  readonly positionsPerToken: number | undefined;
  readonly shareInModel: number | undefined;
}

const rows: readonly Row[] = [
  { title: 'tokens', value: ({ tokens }) => tokens, show: formatCount },
  { title: 'time', value: ({ milliseconds }) => milliseconds, show: formatMilliseconds },
  { title: 'tokens per second', value: ({ tokensPerSecond }) => tokensPerSecond, show: formatRate },
  { title: 'time to first token', value: ({ millisecondsToFirstToken }) => millisecondsToFirstToken, show: formatMilliseconds },
  { title: 'forward passes', value: ({ forwardPasses }) => forwardPasses, show: formatCount },
  { title: 'tokens per pass', value: ({ tokensPerPass }) => tokensPerPass, show: formatRate },
  { title: 'positions computed', value: ({ positionsComputed }) => positionsComputed, show: formatCount },
  { title: 'positions per token', value: ({ positionsPerToken }) => positionsPerToken, show: formatRate },
  { title: 'state kept', value: ({ stateBytes }) => stateBytes, show: formatBytes },
  { title: 'time inside the model', value: ({ shareInModel }) => shareInModel, show: formatPercent, isShare: true },
  { title: 'mean probability of a token', value: ({ confidence }) => confidence, show: formatPercent, isShare: true },
];

/** What the recorded runs cost in the end. */
export function Comparison({ stage }: { readonly stage: Stage }): JSX.Element | null {
  const runs = stage.lanes.filter((lane) => !lane.pending.value && lane.recording.value.events.length > 0);
  const [first, second] = runs;
  if (first === undefined) return null;
  const outcomes = runs.map(outcome);
  return (
    <section class="comparison" aria-label="Comparison">
      <table>
        <caption>What it cost <small>{howItRan(stage.recordedOrder.value, runs.length)}</small></caption>
        <thead>
          <tr>
            <th scope="col"><span class="unseen">Measure</span></th>
            {runs.map((lane) => <th key={lane.letter} scope="col">{lane.letter} <em>{modelOf(lane)}</em></th>)}
            {second !== undefined && <th scope="col" class="ratio">{second.letter} ÷ {first.letter}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => <Measure key={row.title} row={row} outcomes={outcomes} />)}
        </tbody>
      </table>
    </section>
  );
}

function outcome(lane: Lane): Outcome {
  const frame = latest(lane.recording.value);
  const counts = count(frame, duration(lane.recording.value));
  const usage = frame.finish?.usage;
  return {
    ...counts,
    positionsPerToken: counts.tokens > 0 ? counts.positionsComputed / counts.tokens : undefined,
    shareInModel: usage !== undefined && usage.milliseconds > 0 ? usage.millisecondsInModel / usage.milliseconds : undefined,
  };
}

function Measure({ row, outcomes }: { readonly row: Row; readonly outcomes: readonly Outcome[] }): JSX.Element {
  const values = outcomes.map(row.value);
  const largest = row.isShare ? 1 : Math.max(...values.map((value) => value ?? 0));
  const [first, second] = values;
  return (
    <tr>
      <th scope="row">{row.title}</th>
      {values.map((value, index) => (
        <td key={index}>
          {row.show(value)}
          <span class="bar" aria-hidden="true" style={{ width: `${largest > 0 ? (100 * (value ?? 0)) / largest : 0}%` }} />
        </td>
      ))}
      {outcomes.length === 2 && <td class="ratio">{row.isShare ? '' : formatRatio(first, second)}</td>}
    </tr>
  );
}

function modelOf({ recording }: Lane): string {
  const start = recording.value.events[0];
  return start?.type === 'start' ? start.request.model : '';
}

function howItRan(order: Order | undefined, lanes: number): string {
  if (lanes < 2) return '';
  if (order === undefined) return 'recorded one by one';
  return order === 'together' ? 'run at once, sharing this machine; for undisturbed times run in turn' : 'run in turn, each with the machine to itself';
}
