import { takeToken } from '../logic/route.ts';

const KEY = 'watchkeeper.token';

export interface SessionPlace {
  readonly location: Pick<Location, 'hash' | 'pathname' | 'search'>;
  readonly history: Pick<History, 'replaceState'>;
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

/** The token of this tab: from the address, which then forgets it, else as kept before. */
export function openSession({ location, history, storage }: SessionPlace): string | undefined {
  const given = takeToken(location.hash);
  if (given === undefined) return storage.getItem(KEY) ?? undefined;
  storage.setItem(KEY, given.token);
  history.replaceState(null, '', `${location.pathname}${location.search}${given.hash}`);
  return given.token;
}

export function keepToken(storage: SessionPlace['storage'], token: string): void {
  storage.setItem(KEY, token);
}

export function forgetToken(storage: SessionPlace['storage']): void {
  storage.removeItem(KEY);
}
