import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Learning } from '../learning.js';
import { handleKey } from '../shortcuts.js';
import type { Stage } from '../stage.js';
import { nextTheme, type Theme } from '../theme.js';
import { Comparison } from './Comparison.js';
import { Help } from './Help.js';
import { LaneView } from './LaneView.js';
import { LearningView } from './Learning.js';
import { Legend } from './Legend.js';
import { PromptBox } from './PromptBox.js';
import { Transport } from './Transport.js';

interface AppProps {
  readonly stage: Stage;
  readonly learnings: readonly Learning[];
  readonly theme: Signal<Theme>;
  readonly notice: Signal<string>;
  readonly copyLink: () => Promise<boolean>;
  readonly exportRun: () => void;
  readonly openRun: (file: File) => Promise<void>;
}

const themeTitles: Readonly<Record<Theme, string>> = { system: 'as device', light: 'light', dark: 'dark' };

export function App({ stage, learnings, theme, notice, copyLink, exportRun, openRun }: AppProps): JSX.Element {
  const grid = useSignal(false);
  const help = useSignal(false);
  const toggleTheme = (): void => {
    theme.value = nextTheme(theme.value);
  };
  useEffect(() => {
    const actions = { toggleGrid: () => (grid.value = !grid.value), toggleTheme, toggleHelp: () => (help.value = !help.value) };
    const listen = (event: KeyboardEvent): void => handleKey(event, stage, actions);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);

  return (
    <>
      <header class="masthead">
        <h1 class="wordmark" data-under="scriptio inferior">Palimpsest</h1>
        <p class="tagline">A page scraped and written again. Two models, one prompt: see in which order each writes, and what it costs.</p>
        <nav aria-label="Display">
          <button type="button" class="quiet" aria-pressed={grid.value} onClick={() => (grid.value = !grid.value)}>Grid <kbd>G</kbd></button>
          <button type="button" class="quiet" onClick={toggleTheme}>Theme: {themeTitles[theme.value]} <kbd>T</kbd></button>
          <button type="button" class="quiet" onClick={() => (help.value = true)}>Keys <kbd>?</kbd></button>
        </nav>
      </header>
      <main>
        {notice.value !== '' && <p class="failure" role="alert">{notice.value}</p>}
        <PromptBox stage={stage} copyLink={copyLink} exportRun={exportRun} openRun={openRun} />
        <div class="lanes">
          {stage.lanes.map((lane) => <LaneView key={lane.letter} lane={lane} stage={stage} grid={grid.value} />)}
        </div>
        <Legend />
        <Transport stage={stage} />
        <Comparison stage={stage} />
        <LearningView learnings={learnings} />
      </main>
      <Help open={help} />
    </>
  );
}
