import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from '../../../core/errors.ts';

export interface Resource<T> {
  /** The last good answer; it stays when a later one fails. */
  readonly data: T | undefined;
  readonly error: string | undefined;
  readonly reload: () => void;
}

export interface ResourceOptions {
  /** Loads again whenever this changes, and forgets the answer. */
  readonly key: string;
  /** Loads again this often while the tab is visible. */
  readonly everyMs?: number;
}

/** Loads from the API, again and again if asked, and keeps what it has. */
export function useResource<T>(
  load: () => Promise<T>,
  { key, everyMs }: ResourceOptions,
): Resource<T> {
  const [answer, setAnswer] = useState<{ key: string; data?: T; error?: string }>({ key });
  const latest = useRef(load);
  latest.current = load;
  const current = useRef(key);
  current.current = key;
  const reload = useCallback(() => {
    latest.current().then(
      (data) => {
        if (current.current === key) setAnswer({ key, data });
      },
      (error: unknown) => {
        if (current.current !== key) return;
        setAnswer((last) => ({ ...(last.key === key ? last : { key }), error: messageOf(error) }));
      },
    );
  }, [key]);
  useEffect(() => {
    reload();
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, everyMs);
    return () => {
      clearInterval(timer);
    };
  }, [reload, everyMs]);
  const mine = answer.key === key;
  return { data: mine ? answer.data : undefined, error: mine ? answer.error : undefined, reload };
}
