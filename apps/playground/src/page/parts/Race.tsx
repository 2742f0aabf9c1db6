import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import type { Cell } from '../../recording/frame.js';
import { latest } from '../../recording/recording.js';
import { confidenceClass, confidenceClasses } from '../confidence.js';
import { formatMilliseconds } from '../format.js';
import type { Lane } from '../lane.js';
import { niceTicks } from '../scale.js';
import type { Stage } from '../stage.js';

const width = 1000;
const height = 120;
const overhang = 10; // a dot at the very end is wider than the strip
const margin = 6; // keeps the first and the last dot whole

/** When each position was written: time to the right, the text downwards, one dot to a token. */
export function Race({ stage }: { readonly stage: Stage }): JSX.Element {
  return (
    <div class="race">
      {stage.lanes.map((lane) => <Strip key={lane.letter} lane={lane} stage={stage} />)}
      {stage.end.value > 0 && <Ticks span={stage.span.value} />}
    </div>
  );
}

function Strip({ lane, stage }: { readonly lane: Lane; readonly stage: Stage }): JSX.Element {
  const rows = useComputed(() => Math.max(...stage.lanes.map((each) => answerOf(each).length), 24));
  const dots = useComputed(() => dotPaths(answerOf(lane), stage.span.value, rows.value));
  const playhead = Math.min(lane.at.value / stage.span.value, 1) * width;
  return (
    <div class="strip">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={stripLabel(lane)}>
        {dots.value.map((path, index) => <path key={index} d={path} class={index < confidenceClasses.length ? `dot sure-${index}` : 'dot closing'} />)}
        <rect class="future" x={playhead} y={0} width={width - playhead + overhang} height={height} />
        <line class="playhead" x1={playhead} x2={playhead} y1={0} y2={height} />
      </svg>
      <span class="letter" aria-hidden="true">{lane.letter}</span>
    </div>
  );
}

/** One path for each class of confidence, least sure first, and one for what lies after the end; a dot is a line without length. */
function dotPaths(answer: readonly Cell[], span: number, rows: number): readonly string[] {
  const paths = [...confidenceClasses.map(() => ''), ''];
  const row = (height - 2 * margin) / (rows - 1);
  answer.forEach(({ state, closing, at, confidence }, index) => {
    if (state === 'written') paths[closing ? confidenceClasses.length : confidenceClass(confidence)] += `M${((at / span) * width).toFixed(1)} ${(margin + index * row).toFixed(1)}h0`;
  });
  return paths;
}

function answerOf(lane: Lane): readonly Cell[] {
  return latest(lane.recording.value).cells.filter(({ state }) => state !== 'prompt');
}

function stripLabel(lane: Lane): string {
  const written = answerOf(lane).filter(({ state }) => state === 'written').length;
  return `Lane ${lane.letter}: ${written} tokens over ${formatMilliseconds(lane.steps.value.at(-1) ?? 0)}`;
}

function Ticks({ span }: { readonly span: number }): JSX.Element {
  return (
    <div class="ticks" aria-hidden="true">
      {niceTicks(span).map((moment) => (
        <span key={moment} style={{ left: `${(100 * moment) / span}%` }}>{moment === 0 ? '0' : formatMilliseconds(moment)}</span>
      ))}
    </div>
  );
}
