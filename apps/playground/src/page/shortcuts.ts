import type { Stage } from './stage.js';

export interface Shortcut {
  readonly keys: string;
  readonly does: string;
}

const command = navigator.userAgent.includes('Mac') ? '⌘' : 'Ctrl';

export const runKey: string = `${command} ⏎`;

/** What the list of shortcuts says; `handleKey` does it. */
export const shortcuts: readonly Shortcut[] = [
  { keys: `${command} + Enter`, does: 'run both lanes' },
  { keys: 'Escape', does: 'stop' },
  { keys: 'Space', does: 'play or pause the recording' },
  { keys: '← →', does: 'one step back or on' },
  { keys: 'Home, End', does: 'to the first or the last moment' },
  { keys: 'G', does: 'running text or grid' },
  { keys: 'T', does: 'light, dark or as the device' },
  { keys: '?', does: 'this list' },
];

export interface Actions {
  readonly toggleGrid: () => void;
  readonly toggleTheme: () => void;
  readonly toggleHelp: () => void;
}

/** Answers a key press anywhere on the page; a field or a button that uses the key itself keeps it. */
export function handleKey(event: KeyboardEvent, stage: Stage, actions: Actions): void {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) return act(event, () => void stage.run(stage.lanes));
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape' && stage.pending.value) return act(event, stage.stop);
  if (keepsKey(event.target, event.key)) return;
  const action = plainKeys(stage, actions)[event.key];
  if (action !== undefined) act(event, action);
}

function plainKeys(stage: Stage, { toggleGrid, toggleTheme, toggleHelp }: Actions): Readonly<Record<string, () => void>> {
  return {
    ' ': stage.togglePlaying,
    ArrowLeft: () => stage.step(-1),
    ArrowRight: () => stage.step(1),
    Home: () => stage.seek(0),
    End: () => stage.seek(stage.end.value),
    g: toggleGrid,
    t: toggleTheme,
    '?': toggleHelp,
  };
}

function act(event: KeyboardEvent, action: () => void): void {
  event.preventDefault();
  action();
}

function keepsKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('textarea, select, input, dialog') !== null) return true;
  const isMove = key.startsWith('Arrow') || key === 'Home' || key === 'End';
  return target.closest(isMove ? '[data-keeps-arrows]' : 'button, summary, a') !== null && (isMove || key === ' ');
}
