import type { JSX } from 'preact';
import { count, type Counters as Counts } from '../../recording/counters.js';
import { duration } from '../../recording/recording.js';
import { formatBytes, formatCount, formatMilliseconds, formatRate } from '../format.js';
import type { Lane } from '../lane.js';

interface Reading {
  readonly title: string;
  readonly meaning: string;
  readonly show: (counts: Counts) => string;
}

const readings: readonly Reading[] = [
  { title: 'tokens/s', meaning: 'Tokens of the answer per second since the run began', show: ({ tokensPerSecond }) => formatRate(tokensPerSecond) },
  { title: 'passes', meaning: 'Forward passes through the model', show: ({ forwardPasses }) => formatCount(forwardPasses) },
  { title: 'tokens/pass', meaning: 'Tokens of the answer per forward pass', show: ({ tokensPerPass }) => formatRate(tokensPerPass) },
  { title: 'first token', meaning: 'Time until the first token was written', show: ({ millisecondsToFirstToken }) => formatMilliseconds(millisecondsToFirstToken) },
  { title: 'positions', meaning: 'Token positions that went through the model, summed over passes', show: ({ positionsComputed }) => formatCount(positionsComputed) },
  { title: 'state', meaning: 'Memory that the context keeps between passes', show: ({ stateBytes }) => formatBytes(stateBytes) },
];

/** What the run had cost at the moment that is shown. */
export function Counters({ lane }: { readonly lane: Lane }): JSX.Element {
  const counts = count(lane.frame.value, Math.min(lane.at.value, Math.max(duration(lane.recording.value), 0)));
  return (
    <dl class="counters">
      {readings.map(({ title, meaning, show }) => (
        <div key={title} title={meaning}>
          <dt>{title}</dt>
          <dd>{show(counts)}</dd>
        </div>
      ))}
    </dl>
  );
}
