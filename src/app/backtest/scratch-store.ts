import type { DeadLetter, Store } from '../../store/store.ts';

const nothing = (): Promise<void> => Promise.resolve();

/** A store that keeps nothing: a backtest leaves nothing behind. `buried` is told of records that detectors failed on. */
export function scratchStore(buried: (letter: DeadLetter) => void): Store {
  return {
    kind: 'embedded',
    records: {
      put: nothing,
      query: () => Promise.reject(new Error('A backtest stores no records.')),
      days: () => Promise.resolve([]),
      dropDay: nothing,
      count: () => Promise.resolve(0),
    },
    alerts: {
      put: nothing,
      get: () => Promise.resolve(undefined),
      list: () => Promise.resolve({ alerts: [], cursor: undefined }),
    },
    deadLetters: {
      put(letters) {
        for (const letter of letters) buried(letter);
        return Promise.resolve();
      },
      list: () => Promise.resolve({ letters: [], cursor: undefined }),
      count: () => Promise.resolve(0),
    },
    snapshots: {
      begin: () => ({ put: () => undefined, remove: () => undefined, commit: nothing }),
      latest: () => Promise.resolve(undefined),
      get: () => Promise.resolve(undefined),
      async *parts() {
        await Promise.resolve();
        yield* [];
      },
    },
    ping: nothing,
    close: nothing,
  };
}
