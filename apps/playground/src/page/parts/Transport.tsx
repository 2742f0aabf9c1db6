import type { JSX } from 'preact';
import { formatMilliseconds } from '../format.js';
import { speeds, type Stage } from '../stage.js';
import { Race } from './Race.js';


/** The shared clock: both lanes at the same moment since each began. */
export function Transport({ stage }: { readonly stage: Stage }): JSX.Element {
  const { at, end, playing, speed, linked, replays } = stage;
  const nothing = end.value === 0;
  return (
    <section class="transport" aria-label="Recording">
      <h2>The race <small>time to the right, the text downwards, one dot for each token</small></h2>
      {nothing ? <p class="emptiness">Run both lanes to see in which order each writes.</p> : <Race stage={stage} />}
      <input
        class="scrubber"
        type="range"
        min={0}
        max={stage.span.value}
        step="any"
        value={at.value}
        disabled={nothing}
        aria-label="Moment of the recording"
        aria-valuetext={formatMilliseconds(at.value)}
        onKeyDown={(event) => stepByKey(event, stage)}
        onInput={({ currentTarget }) => {
          stage.seek(Number(currentTarget.value));
        }}
      />
      <div class="transport-row">
        <button type="button" onClick={() => stage.step(-1)} disabled={nothing} aria-label="One step back">←</button>
        <button type="button" class="play" onClick={stage.togglePlaying} disabled={nothing}>{playing.value ? 'Pause' : 'Play'}</button>
        <button type="button" onClick={() => stage.step(1)} disabled={nothing} aria-label="One step on">→</button>
        <span class="moment">{formatMilliseconds(at.value)}</span>
        <select aria-label="Speed of playing" value={String(speed.value)} onChange={({ currentTarget }) => (speed.value = Number(currentTarget.value))}>
          {speeds.map((each) => <option key={each} value={String(each)}>{each === 1 ? 'true speed' : `1⁄${1 / each} speed`}</option>)}
        </select>
        <label class="tick"><input type="checkbox" checked={linked.value} onChange={({ currentTarget }) => (linked.value = currentTarget.checked)} /> one clock for both lanes</label>
        <label class="tick" title="A run that is over in a moment is shown once more, slowly">
          <input type="checkbox" checked={replays.value} onChange={({ currentTarget }) => (replays.value = currentTarget.checked)} /> slow replay
        </label>
      </div>
    </section>
  );
}

/** Arrow keys go from change to change; the browser's own step has no size here. */
function stepByKey(event: KeyboardEvent, stage: Stage): void {
  const direction = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
  if (direction === undefined) return;
  event.preventDefault();
  stage.step(direction > 0 ? 1 : -1);
}
