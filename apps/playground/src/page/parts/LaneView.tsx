import type { JSX } from 'preact';
import { sentence } from '../../protocol/event.js';
import type { ModelListing } from '../../protocol/model.js';
import { formatAmount, formatMilliseconds, formatPercent } from '../format.js';
import type { Lane } from '../lane.js';
import type { Stage } from '../stage.js';
import { Canvas } from './Canvas.js';
import { Controls } from './Controls.js';
import { Counters } from './Counters.js';

interface LaneViewProps {
  readonly lane: Lane;
  readonly stage: Stage;
  readonly grid: boolean;
}

export function LaneView({ lane, stage, grid }: LaneViewProps): JSX.Element {
  const { letter, model, pending, phase } = lane;
  const current = phase.value;
  return (
    <section class="lane" aria-label={`Lane ${letter}`} aria-busy={pending.value} data-phase={current.name}>
      <header class="lane-head">
        <span class="letter" aria-hidden="true">{letter}</span>
        <ModelChoice lane={lane} />
        <button type="button" class="quiet" onClick={() => (pending.value ? lane.stop() : void stage.run([lane]))} disabled={model.value === undefined}>
          {pending.value ? `Stop ${letter}` : `Run ${letter}`}
        </button>
      </header>
      {model.value !== undefined && <About model={model.value} />}
      <Controls lane={lane} />
      <Canvas lane={lane} grid={grid} />
      {current.name === 'failed' && <p class="failure" role="alert">{sentence(current.failure)}</p>}
      <Counters lane={lane} />
      <Steps lane={lane} stage={stage} />
      <p class="unseen" role="status">{phaseText(lane)}</p>
    </section>
  );
}

function ModelChoice({ lane }: { readonly lane: Lane }): JSX.Element {
  const { models, model, way, letter } = lane;
  const ways = model.value?.ways ?? [];
  return (
    <span class="model">
      <select aria-label={`Model of lane ${letter}`} value={model.value?.name ?? ''} onChange={({ currentTarget }) => lane.choose(currentTarget.value)}>
        {models.value.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
      </select>
      {ways.length > 1 ? (
        <select
          aria-label={`Way of generating of lane ${letter}`}
          value={way.value?.name ?? ''}
          onChange={({ currentTarget }) => lane.choose(model.value?.name ?? '', currentTarget.value)}
        >
          {ways.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
        </select>
      ) : (
        <em class="way" title={way.value?.sentence ?? ''}>{model.value === undefined ? '' : (way.value?.title ?? 'no way to run it')}</em>
      )}
    </span>
  );
}

function About({ model }: { readonly model: ModelListing }): JSX.Element {
  const facts = [
    `${formatAmount(model.parameters)} parameters`,
    model.visibility,
    ...(model.tokensSeen === undefined ? [] : [`${formatAmount(model.tokensSeen)} tokens seen in training`]),
    ...(model.checkerScore === undefined ? [] : [`checker ${formatPercent(model.checkerScore)}`]),
  ];
  return <p class="about">{model.description} <span class="facts">{facts.join(' · ')}</span></p>;
}

/** The lane's own scrubber: one stop for each moment at which its page changed. */
function Steps({ lane, stage }: { readonly lane: Lane; readonly stage: Stage }): JSX.Element {
  const moments = lane.steps.value;
  const index = Math.max(moments.findLastIndex((moment) => moment <= lane.at.value), 0);
  return (
    <label class="steps">
      <span>step <b>{index}</b> of {moments.length - 1}</span>
      <input
        type="range"
        min={0}
        max={Math.max(moments.length - 1, 1)}
        value={index}
        disabled={moments.length < 2}
        aria-label={`Step of lane ${lane.letter}`}
        aria-valuetext={`step ${index} of ${moments.length - 1}, ${formatMilliseconds(moments[index] ?? 0)}`}
        onInput={({ currentTarget }) => stage.seekLane(lane, moments[Number(currentTarget.value)] ?? 0)}
      />
    </label>
  );
}

function phaseText({ letter, phase, recording }: Lane): string {
  const usage = recording.value.frames.at(-1)?.finish?.usage;
  switch (phase.value.name) {
    case 'empty':
    case 'failed':
      return '';
    case 'opening':
      return `Lane ${letter}: opening the model. The first time takes a moment.`;
    case 'waiting':
      return `Lane ${letter}: ready, waiting for its turn.`;
    case 'running':
      return `Lane ${letter}: writing.`;
    case 'stopped':
      return `Lane ${letter}: stopped.`;
    case 'finished':
      return usage === undefined ? '' : `Lane ${letter}: ${usage.generatedTokens} tokens in ${formatMilliseconds(usage.milliseconds)}.`;
  }
  return phase.value satisfies never;
}
