import { effect, signal, type Signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'watchkeeper.theme';
const ORDER: readonly Theme[] = ['system', 'light', 'dark'];

export interface ThemeControl {
  readonly theme: Signal<Theme>;
  /** Grows when colours change, so that canvases draw again. */
  readonly colours: Signal<number>;
  next(): void;
}

/** Follows the system until a person chooses; the choice is kept in this browser. */
export function createTheme(browser: Window): ThemeControl {
  const theme = signal<Theme>(readTheme(browser.localStorage));
  const colours = signal(0);
  const system = browser.matchMedia('(prefers-color-scheme: dark)');
  effect(() => {
    const root = browser.document.documentElement;
    if (theme.value === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme.value;
    colours.value = colours.peek() + 1;
  });
  system.addEventListener('change', () => {
    colours.value += 1;
  });
  return {
    theme,
    colours,
    next() {
      const next = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length] ?? 'system';
      browser.localStorage.setItem(KEY, next);
      theme.value = next;
    },
  };
}

function readTheme(storage: Storage): Theme {
  const kept = storage.getItem(KEY);
  return ORDER.find((each) => each === kept) ?? 'system';
}
