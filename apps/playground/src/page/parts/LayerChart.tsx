import type { JSX } from 'preact';
import type { LayerLosses } from '../../protocol/inner-loss.js';
import { formatLoss } from '../format.js';
import type { Span } from '../learning.js';

const width = 1000;
const height = 100;
const margin = 6; // keeps lines at the edges whole

interface LayerChartProps {
  readonly layer: LayerLosses;
  readonly spans: readonly Span[];
  /** The mini-batch that is looked at. */
  readonly at: number;
}

/** One layer along the text: a step to each mini-batch for the loss before and after, and below how far the weights have moved. */
export function LayerChart({ layer, spans, at }: LayerChartProps): JSX.Element {
  const { lossBefore, lossAfter, moved } = layer;
  const [least, most] = [Math.min(...lossBefore, ...lossAfter), Math.max(...lossBefore, ...lossAfter)];
  const total = Math.max(spans.at(-1)?.to ?? 1, 1);
  const x = (token: number): number => (token / total) * width;
  const y = (loss: number): number => height - margin - ((loss - least) / (most - least || 1)) * (height - 2 * margin);
  const span = spans[at] ?? { from: 0, to: total };
  const furthest = Math.max(...moved) || 1;
  return (
    <figure class="layer">
      <figcaption>
        <b>{nameOf(layer.layer)}</b>
        <span>{formatLoss(lossBefore[at])} → {formatLoss(lossAfter[at])}</span>
        <span>moved {formatLoss(moved[at])}</span>
      </figcaption>
      <div class="axis" aria-hidden="true"><span>{formatLoss(most)}</span><span>{formatLoss(least)}</span></div>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={labelOf(layer)}>
        <rect class="looked-at" x={x(span.from)} y={0} width={x(span.to) - x(span.from)} height={height} />
        <path class="gain" d={`${steps(lossBefore, spans, x, y)} ${steps([...lossAfter].reverse(), reversed(spans), x, y).replace('M', 'L')} Z`} />
        <path class="loss-before" d={steps(lossBefore, spans, x, y)} />
        <path class="loss-after" d={steps(lossAfter, spans, x, y)} />
      </svg>
      <svg class="distance" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        {moved.map((distance, index) => {
          const { from, to } = spans[index] ?? span;
          return <rect key={index} class={index === at ? 'distance-bar looked-at' : 'distance-bar'} x={x(from)} y={height * (1 - distance / furthest)} width={x(to) - x(from)} height={height * (distance / furthest)} />;
        })}
      </svg>
    </figure>
  );
}

type Scale = (value: number) => number;

/** A line that is level within each span. */
function steps(values: readonly number[], spans: readonly Span[], x: Scale, y: Scale): string {
  return values.map((value, index) => {
    const { from, to } = spans[index] ?? { from: 0, to: 0 };
    const level = y(value).toFixed(1);
    return `${index === 0 ? 'M' : 'L'}${x(from).toFixed(1)} ${level}H${x(to).toFixed(1)}`;
  }).join('');
}

const reversed = (spans: readonly Span[]): readonly Span[] => [...spans].reverse().map(({ from, to }) => ({ from: to, to: from }));

/** `model.layers.3.seq_modeling_block` as `layer 3`; another name as it is. */
function nameOf(layer: string): string {
  const [, number] = /^model\.layers\.(\d+)\./.exec(layer) ?? [];
  return number === undefined ? layer : `layer ${number}`;
}

function labelOf({ layer, lossBefore, lossAfter, moved }: LayerLosses): string {
  const ends = (values: readonly number[]): string => `from ${formatLoss(values[0])} to ${formatLoss(values.at(-1))}`;
  return `${nameOf(layer)}: inner loss before each mini-batch ${ends(lossBefore)}, after it ${ends(lossAfter)}; weights moved ${ends(moved)}`;
}
