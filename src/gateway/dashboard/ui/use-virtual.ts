import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';
import { scrollToRow, virtualRange, type VirtualRange } from '../logic/virtual-range.ts';

export interface Virtual {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly range: VirtualRange;
  readonly onScroll: () => void;
  /** Brings a row into view. */
  readonly reveal: (index: number) => void;
}

/** Renders only what a scrolled box shows of `count` rows of `rowHeight` px; `head` px on top are covered. */
export function useVirtual(count: number, rowHeight: number, head = 0): Virtual {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ scrollTop: 0, viewport: 600 });
  const measure = useCallback(() => {
    const element = box.current;
    if (element === null) return;
    const next = { scrollTop: element.scrollTop, viewport: element.clientHeight - head };
    setView((last) =>
      last.scrollTop === next.scrollTop && last.viewport === next.viewport ? last : next,
    );
  }, [head]);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => {
      observer.disconnect();
    };
  }, [measure]);
  const reveal = useCallback(
    (index: number) => {
      const element = box.current;
      if (element === null) return;
      const viewport = element.clientHeight - head;
      element.scrollTop = scrollToRow(
        { count, rowHeight, scrollTop: element.scrollTop, viewport },
        index,
      );
    },
    [count, rowHeight, head],
  );
  return { box, range: virtualRange({ count, rowHeight, ...view }), onScroll: measure, reveal };
}
