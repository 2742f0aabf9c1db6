import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import type { Cell } from '../../recording/frame.js';
import { confidenceClass } from '../confidence.js';
import { formatMilliseconds, formatPercent } from '../format.js';
import type { Lane } from '../lane.js';

interface CanvasProps {
  readonly lane: Lane;
  readonly grid: boolean;
}

/** The page that is written: a cell to each position, in reading order. */
export function Canvas({ lane, grid }: CanvasProps): JSX.Element {
  const looked = useSignal<number | undefined>(undefined);
  const frame = lane.frame.value;
  const { cells } = frame;
  const blocks = [...frame.blocks.values()];
  const cell = useComputed(() => (looked.value === undefined ? undefined : lane.frame.value.cells[looked.value])).value;

  const look = (event: Event): void => {
    looked.value = positionOf(event.target);
  };
  const move = (event: KeyboardEvent): void => {
    const delta = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (delta === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const from = looked.value ?? (delta > 0 ? -1 : cells.length);
    looked.value = Math.min(Math.max(from + delta, 0), cells.length - 1);
  };

  return (
    <>
      <div
        class={grid ? 'canvas grid' : 'canvas'}
        tabIndex={0}
        role="group"
        aria-label={`Page of lane ${lane.letter}. Arrow keys go from token to token.`}
        data-keeps-arrows
        onMouseOver={look}
        onMouseLeave={() => (looked.value = undefined)}
        onKeyDown={move}
        onBlur={() => (looked.value = undefined)}
      >
        <div class="before" aria-hidden="true">{lane.before.value}</div>
        {cells.length === 0 ? <Emptiness lane={lane} /> : cells.map((each) => (
          <CellView
            key={each.position}
            cell={each}
            newest={each.state === 'written' && each.pass === frame.pass && frame.finish === undefined}
            current={blocks.some(({ start, end }) => each.position >= start && each.position < end)}
            looked={looked.value === each.position}
          />
        ))}
        {lane.phase.value.name === 'running' && frame.finish === undefined && cells.at(-1)?.state !== 'open' && <span class="pen" aria-hidden="true" />}
      </div>
      <p class="inspector" aria-live={cell === undefined ? 'off' : 'polite'}>{cell === undefined ? <Standing lane={lane} /> : <Inspection cell={cell} />}</p>
    </>
  );
}

function positionOf(target: EventTarget | null): number | undefined {
  const cell = target instanceof HTMLElement ? target.closest<HTMLElement>('[data-position]') : null;
  const position = cell?.dataset['position'];
  return position === undefined ? undefined : Number(position);
}

interface CellViewProps {
  readonly cell: Cell;
  readonly newest: boolean;
  readonly current: boolean;
  readonly looked: boolean;
}

const CellView = memo(({ cell, newest, current, looked }: CellViewProps): JSX.Element => {
  const { position, state, closing, confidence, draft, scraped } = cell;
  const names = ['cell', state];
  if (state === 'written') names.push(closing ? 'closing' : `sure-${confidenceClass(confidence)}`);
  if (newest) names.push('newest');
  if (looked) names.push('looked');
  if (state === 'open' && current) names.push('current');
  if (draft !== undefined) names.push('drafted');
  if (scraped.length > 0) names.push('rewritten');
  const text = shownText(cell);
  const word = text.trimStart();
  // The space before a word is not part of the mark.
  return (
    <span class={names.join(' ')} data-position={position}>
      {text.slice(0, text.length - word.length)}<span class="word">{word}</span>
    </span>
  );
});

const endMark = '∎';

function shownText({ state, text, closing, draft }: Cell): string {
  if (state === 'open') return draft === undefined ? '' : draft.closing ? endMark : draft.text;
  if (closing) return endMark;
  return text;
}

function Emptiness({ lane }: { readonly lane: Lane }): JSX.Element {
  const phase = lane.phase.value;
  const said = {
    empty: 'An empty page.',
    opening: 'Opening the model…',
    waiting: 'Waiting for its turn…',
    running: 'Reading the prompt…',
    finished: 'Nothing was written.',
    stopped: 'Stopped before the first token.',
    failed: '',
  }[phase.name];
  return <span class="emptiness">{said}</span>;
}

function Inspection({ cell }: { readonly cell: Cell }): JSX.Element {
  const { position, state, text, confidence, pass, at, draft, scraped } = cell;
  if (state === 'prompt') return <><q>{text}</q> · position {position} · prompt</>;
  if (state === 'open') {
    return <>position {position} · still open{draft !== undefined && <> · draft <q>{draft.closing ? 'end' : draft.text}</q>, entropy {draft.entropy.toFixed(2)} nats</>}</>;
  }
  return (
    <>
      <q>{cell.closing ? 'end' : text}</q> · position {position} · probability <b>{formatPercent(confidence)}</b> · pass <b>{pass}</b> · {formatMilliseconds(at)}
      {scraped.length > 0 && <> · was <s>{scraped.join(', ')}</s></>}
    </>
  );
}

function Standing({ lane }: { readonly lane: Lane }): JSX.Element {
  const answer = lane.frame.value.cells.filter(({ state }) => state !== 'prompt');
  const open = answer.filter(({ state }) => state === 'open').length;
  if (answer.length === 0) return <>Point at a token, or go there with the arrow keys, to see how sure the model was.</>;
  const written = open === 0 ? `${answer.length} positions written` : `${answer.length - open} of ${answer.length} positions written`;
  return <>{written}{lane.phase.value.name === 'stopped' && ', then stopped'}</>;
}
