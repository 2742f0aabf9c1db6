import type { Clock, GenerationEvent, GenerationResult } from '@palimpsest/backbone';
import { answerCells } from '../generation/answer.js';
import { openPage } from '../generation/page.js';
import type { Cell, Page } from '../generation/page.js';
import type { Session } from '../generation/session.js';
import { openTally } from '../generation/tally.js';
import type { Tally } from '../generation/tally.js';
import type { Output, Screen } from '../surroundings.js';
import { openLiveArea, usableColumns } from '../view/live-area.js';
import { layOutPage, textOfPage } from '../view/page-view.js';
import { paced } from '../view/paced.js';
import { bold, columnsOfLine, dim, plain } from '../view/styled.js';
import type { Line } from '../view/styled.js';

/** Shows two generations, side 0 and side 1. Disposed before the end, it leaves what it shows. */
export interface ComparisonView extends Disposable {
  readonly show: (side: number, event: GenerationEvent) => void;
  readonly finish: (side: number, result: GenerationResult) => void;
  readonly end: () => void;
}

type Sessions = readonly [Session, Session];

/** Each text under its model's name. */
export function textComparison({ write }: Output, sessions: Sessions): ComparisonView {
  const pages = sessions.map(openPage);
  return {
    show: (side, event) => pages[side]!.apply(event),
    finish: (side, result) => {
      const { model, way, prompt } = sessions[side]!;
      write(`${model} (${way.name})\n${textOfPage(answerCells(pages[side]!.look(), prompt.length, result))}\n\n`);
    },
    end: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
}

interface Half {
  readonly session: Session;
  readonly page: Page;
  /** From its first event on. */
  tally?: Tally;
  answer?: readonly Cell[];
}

/** Two pages beside each other as they are being written. */
export function liveComparison(output: Output, screen: Screen, clock: Clock, sessions: Sessions): ComparisonView {
  const area = openLiveArea(output, screen);
  const halves: readonly Half[] = sessions.map((session) => ({ session, page: openPage(session) }));
  const picture = (rows: number): readonly Line[] => {
    const columns = Math.floor((usableColumns(screen) - 3) / 2);
    return beside(halves.map((half) => halfLines(half, columns, rows)), columns);
  };
  const draw = paced(clock, () => area.show(picture(screen.rows() - 1)));
  const end = (): void => {
    area.show([]);
    area.end([...picture(Infinity), []]);
  };
  draw();
  return {
    show: (side, event) => {
      const half = halves[side]!;
      half.tally ??= openTally(clock, half.session.backbone.vocabulary);
      half.tally.count(event);
      half.page.apply(event);
      draw();
    },
    finish: (side, result) => {
      const half = halves[side]!;
      half.answer = answerCells(half.page.look(), half.session.prompt.length, result);
    },
    end,
    [Symbol.dispose]: end,
  };
}

function halfLines({ session: { model, way }, page, tally, answer }: Half, columns: number, rows: number): readonly Line[] {
  const title = [bold(model.slice(0, columns)), dim(` ${way.name}`.slice(0, Math.max(0, columns - model.length)))];
  const cells = answer ?? (tally === undefined ? [] : page.look());
  const state = answer !== undefined ? [] : [[], [dim((tally?.text() ?? 'waits').slice(0, columns))]];
  return [title, [], ...layOutPage(cells, columns, rows - 4), ...state];
}

/** Two columns with a line between. */
function beside([left = [], right = []]: readonly (readonly Line[])[], columns: number): readonly Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const line = left[index] ?? [];
    return [...line, plain(' '.repeat(Math.max(0, columns - columnsOfLine(line)))), dim(' │ '), ...(right[index] ?? [])];
  });
}
