import type { Clock, GenerationEvent, GenerationResult } from '@palimpsest/backbone';
import type { Output, Screen } from '../surroundings.js';
import { openLiveArea, usableColumns } from '../view/live-area.js';
import { layOutPage, textOfPage } from '../view/page-view.js';
import { paced } from '../view/paced.js';
import { dim } from '../view/styled.js';
import type { Line } from '../view/styled.js';
import { answerCells } from './answer.js';
import { jsonLine } from './event-json.js';
import type { Page } from './page.js';
import type { Session } from './session.js';
import { openTally } from './tally.js';

/** Shows one generation. Disposed before it has finished, it leaves what it shows. */
export interface RunView extends Disposable {
  readonly show: (event: GenerationEvent) => void;
  readonly finish: (result: GenerationResult) => void;
}

/** Every event as a line, after `start` and before `result`, which carries the text. */
export function jsonView({ write }: Output, { model, way, prompt, tokenizer }: Session, seed: number, labels: object = {}): RunView {
  const line = (value: object): void => write(jsonLine({ ...labels, ...value }));
  line({ type: 'start', model, way: way.name, seed, prompt });
  return {
    show: line,
    finish: ({ ids }) => line({ type: 'result', ids, text: tokenizer.decode(ids, { skipSpecial: true }) }),
    [Symbol.dispose]: () => undefined,
  };
}

/** The text, when it is finished. */
export function textView({ write }: Output, { prompt }: Session, page: Page): RunView {
  return {
    show: page.apply,
    finish: (result) => write(`${textOfPage(answerCells(page.look(), prompt.length, result))}\n`),
    [Symbol.dispose]: () => undefined,
  };
}

/** The page as it is being written, in place, with the tally below; the text stays. */
export function liveView(output: Output, screen: Screen, clock: Clock, { prompt, backbone: { vocabulary } }: Session, page: Page): RunView {
  const area = openLiveArea(output, screen);
  const tally = openTally(clock, vocabulary);
  const picture = (): readonly Line[] => [...layOutPage(page.look(), usableColumns(screen), screen.rows() - 3), [], [dim(tally.text())]];
  const draw = paced(clock, () => area.show(picture()));
  draw();
  return {
    show: (event) => {
      page.apply(event);
      tally.count(event);
      draw();
    },
    finish: (result) => {
      area.show([]); // a page that is longer than the screen is printed below its last picture
      area.end(layOutPage(answerCells(page.look(), prompt.length, result), usableColumns(screen)));
    },
    [Symbol.dispose]: () => area.end(picture()),
  };
}
