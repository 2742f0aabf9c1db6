import { effect, signal, type Signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const key = 'palimpsest-theme';

/** The reader's choice, kept in this browser; `system` follows the device. */
export function createTheme(storage: Storage, root: HTMLElement): Signal<Theme> {
  const theme = signal(stored(storage));
  effect(() => {
    if (theme.value === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme.value;
    storage.setItem(key, theme.value);
  });
  return theme;
}

function stored(storage: Storage): Theme {
  const value = storage.getItem(key);
  return value === 'light' || value === 'dark' ? value : 'system';
}

export function nextTheme(theme: Theme): Theme {
  return ({ system: 'light', light: 'dark', dark: 'system' } as const)[theme];
}
