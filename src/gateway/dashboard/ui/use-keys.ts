import { useEffect, useRef } from 'preact/hooks';

/** Actions by key. One that returns false did not use its key, which others may then do. */
export type KeyMap = Readonly<Record<string, () => unknown>>;

export interface KeysOptions {
  /** Asked before the keys of a page. */
  readonly first?: boolean;
}

/** Single keys; they rest while somebody types, and with Ctrl, Alt or Meta. */
export function useKeys(keys: KeyMap, { first = false }: KeysOptions = {}): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
      if (isTaken(event)) return;
      const action = latest.current[event.key];
      if (action !== undefined && action() !== false) event.preventDefault();
    };
    window.addEventListener('keydown', press, first);
    return () => {
      window.removeEventListener('keydown', press, first);
    };
  }, [first]);
}

/** Whether the element that has the focus needs the key itself. */
function isTaken({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  const typing = 'input, textarea, select, dialog[open]';
  const pressing = key === 'Enter' || key === ' ' ? ', a, button, summary, [role="treegrid"]' : '';
  return target.closest(typing + pressing) !== null;
}
