import type { JSX } from 'preact';
import { sentence } from '../../protocol/event.js';
import type { InnerLossReport } from '../../protocol/inner-loss.js';
import { formatCount } from '../format.js';
import { spansOf, type Learning, type Reading } from '../learning.js';
import { LayerChart } from './LayerChart.js';
import { LossTable } from './LossTable.js';

/** For lanes whose model has layers that learn while they read: how they learn from the lane's text. */
export function LearningView({ learnings }: { readonly learnings: readonly Learning[] }): JSX.Element | null {
  const shown = learnings.filter(({ lane }) => lane.model.value?.tellsInnerLosses === true);
  if (shown.length === 0) return null;
  return (
    <section class="learning" aria-label="Inner loss">
      <h2>What it learns while it reads <small>the inner loss of each layer along the text, by the weights before and after each mini-batch</small></h2>
      {shown.map((learning) => <LaneLearning key={learning.lane.letter} learning={learning} />)}
    </section>
  );
}

function LaneLearning({ learning }: { readonly learning: Learning }): JSX.Element {
  const { lane, reading } = learning;
  const current: Reading = reading.value.name === 'read' && reading.value.report.model !== lane.model.value?.name ? { name: 'none' } : reading.value;
  return (
    <div class="lane-learning" role="group" aria-label={`What lane ${lane.letter} learns`}>
      <div class="actions">
        <span class="letter" aria-hidden="true">{lane.letter}</span>
        <button type="button" onClick={() => void learning.read()} disabled={lane.pending.value || current.name === 'reading'}>
          {lane.recording.value.events.length > 0 ? `Read the text of ${lane.letter}` : `Read the prompt with ${lane.letter}`}
        </button>
        <span class="key" aria-hidden="true"><i />before</span>
        <span class="key" aria-hidden="true"><i class="loss-after" />after</span>
        <span class="key" aria-hidden="true"><i class="distance-bar" />how far the weights have moved</span>
      </div>
      <p class="unseen" role="status">{current.name === 'reading' ? 'Reading.' : current.name === 'read' ? saidOf(current.report) : ''}</p>
      {current.name === 'failed' && <p class="failure" role="alert">{sentence(current.failure)}</p>}
      {current.name === 'read' && <Report report={current.report} learning={learning} />}
    </div>
  );
}

function Report({ report, learning: { lane, at } }: { readonly report: InnerLossReport; readonly learning: Learning }): JSX.Element | null {
  const { texts, whole, layers } = report;
  const spans = spansOf(layers[0]?.tokens ?? []);
  const index = Math.min(at.value, spans.length - 1);
  const span = spans[index];
  if (span === undefined) return null;
  const where = `mini-batch ${index + 1} of ${spans.length}, tokens ${span.from + 1} to ${span.to}`;
  return (
    <>
      <div class="layers">
        {layers.map((layer) => <LayerChart key={layer.layer} layer={layer} spans={spans} at={index} />)}
      </div>
      <label class="steps">
        <span>{where}</span>
        <input
          type="range" min={0} max={Math.max(spans.length - 1, 1)} value={index} disabled={spans.length < 2}
          aria-label={`Mini-batch of lane ${lane.letter}`} aria-valuetext={where} onInput={({ currentTarget }) => (at.value = Number(currentTarget.value))}
        />
      </label>
      <p class="inspector"><q>{texts.slice(span.from, span.to).join('')}</q></p>
      {whole > texts.length && <p class="about">Read: the first {formatCount(texts.length)} of {formatCount(whole)} tokens.</p>}
      <LossTable report={report} spans={spans} />
    </>
  );
}

function saidOf({ layers, texts }: InnerLossReport): string {
  return `${formatCount(texts.length)} tokens read by ${layers.length} layers in ${layers[0]?.tokens.length ?? 0} mini-batches. The table has all numbers.`;
}
