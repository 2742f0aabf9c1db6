import type { Clock } from '@palimpsest/backbone';
import type { TrainingEvent } from '@palimpsest/training';
import { jsonLine } from '../generation/event-json.js';
import type { Output, Screen } from '../surroundings.js';
import { countText, durationText, grouped, short } from '../view/amounts.js';
import { openLiveArea, usableColumns } from '../view/live-area.js';
import { paced } from '../view/paced.js';
import { bar, sparkline } from '../view/sparkline.js';
import { bold, dim, harmless, plain } from '../view/styled.js';
import type { Line } from '../view/styled.js';
import { wrap } from '../view/wrap.js';

/** Shows a training run. Disposed, it leaves what it shows. */
export interface TrainingView extends Disposable {
  readonly show: (event: TrainingEvent) => void;
}

export const jsonTraining = ({ write }: Output): TrainingView => ({ show: (event) => write(jsonLine(event)), [Symbol.dispose]: () => undefined });

/** Milliseconds between two lines of a run that nobody watches. */
const lineTime = 10_000;

/** A line every ten seconds, and what is worth keeping when it comes. */
export function linesTraining({ write }: Output, clock: Clock, name: string): TrainingView {
  let last = -Infinity;
  let steps = 0;
  const line = (text: string): void => write(`${text}\n`);
  return {
    show: (event) => {
      if (event.type === 'start') {
        steps = event.steps;
        line(startText(name, event));
      } else if (event.type === 'step') {
        if (clock() - last < lineTime && event.step < steps) return;
        last = clock();
        line(`step ${grouped(event.step)} of ${grouped(steps)} · ${stepText(event)} · ${durationText(event.secondsLeft)} left`);
      } else if (event.type === 'sample') {
        line(`step ${grouped(event.step)} writes: ${event.text}`);
      } else if (event.type === 'evaluation') {
        line(heldOutText(event));
      }
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** A panel with the course of the loss; samples and held-out losses stay above it. */
export function liveTraining(output: Output, screen: Screen, clock: Clock, name: string): TrainingView {
  const area = openLiveArea(output, screen);
  const losses: number[] = [];
  let steps = 1;
  let panel: (columns: number) => readonly Line[] = () => [];
  const draw = paced(clock, () => area.show(panel(usableColumns(screen))));
  const keep = (lines: readonly Line[]): void => area.printAbove(lines);
  return {
    show: (event) => {
      const columns = usableColumns(screen);
      if (event.type === 'start') {
        steps = event.steps;
        keep([[bold(startText(name, event))]]);
      } else if (event.type === 'step') {
        losses.push(event.loss);
        panel = (width) => stepPanel(event, steps, losses, width);
        draw();
      } else if (event.type === 'sample') {
        keep([[dim(`step ${grouped(event.step)} writes:`)], ...wrap([plain(harmless(event.text))], columns)]);
      } else if (event.type === 'evaluation') {
        keep([[plain(heldOutText(event))]]);
      }
    },
    [Symbol.dispose]: () => area.end(panel(usableColumns(screen))),
  };
}

type Step = Extract<TrainingEvent, { readonly type: 'step' }>;

const startText = (name: string, { step, steps, parameters, tokensPerStep, resumed }: Extract<TrainingEvent, { readonly type: 'start' }>): string =>
  `${name}: ${countText(parameters)} parameters, ${grouped(steps)} steps of ${grouped(tokensPerStep)} tokens${resumed ? `; goes on after step ${grouped(step)}` : ''}`;

const stepText = ({ loss, tokensPerSecond, tokensSeen }: Step): string => `loss ${loss.toFixed(4)} · ${short(tokensPerSecond)} tokens/s · ${countText(tokensSeen)} tokens seen`;

const heldOutText = ({ step, loss }: Extract<TrainingEvent, { readonly type: 'evaluation' }>): string => `step ${grouped(step)}: held-out loss ${loss.toFixed(4)} nats per token`;

function stepPanel(event: Step, steps: number, losses: readonly number[], columns: number): readonly Line[] {
  const lines = [
    `${bar(event.step / steps, Math.min(40, Math.floor(columns / 2)))} ${grouped(event.step)} of ${grouped(steps)} · ${durationText(event.secondsLeft)} left`,
    stepText(event),
  ];
  return [[], ...lines.map((text) => [plain(text.slice(0, columns))]), [dim(sparkline(losses, Math.min(columns, 80)))]];
}
