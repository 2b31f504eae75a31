import { END, START, type Vocabulary } from './vocabulary.ts';

/** Sessions one after another in one array. */
export interface FlatSessions {
  readonly events: Uint32Array;
  /** Where each session begins, and at last where the last one ends. */
  readonly starts: Uint32Array;
}

/** Distinct windows of columns and what followed, each with how often. */
export interface EventWindows {
  readonly length: number;
  /** `count × length` columns, oldest first. */
  readonly columns: Uint16Array;
  readonly next: Uint16Array;
  readonly weights: Float32Array;
}

/** What came before each event of each session, and before its end, every combination once. */
export function windowsOf(
  { events, starts }: FlatSessions,
  vocabulary: Vocabulary,
  { window, end }: { readonly window: number; readonly end: boolean },
): EventWindows {
  const counts = new Map<string, number>();
  for (let session = 0; session + 1 < starts.length; session += 1) {
    const first = starts[session] as number;
    const last = starts[session + 1] as number;
    let key = String.fromCharCode(START).repeat(window);
    for (let at = first; at < last + (end ? 1 : 0); at += 1) {
      const column = at < last ? vocabulary.columnOf(events[at] as number) : END;
      const whole = key + String.fromCharCode(column);
      counts.set(whole, (counts.get(whole) ?? 0) + 1);
      key = whole.slice(1);
    }
  }
  return unpacked(counts, window);
}

function unpacked(counts: ReadonlyMap<string, number>, window: number): EventWindows {
  const columns = new Uint16Array(counts.size * window);
  const next = new Uint16Array(counts.size);
  const weights = new Float32Array(counts.size);
  let row = 0;
  for (const [key, count] of counts) {
    for (let at = 0; at < window; at += 1) columns[row * window + at] = key.charCodeAt(at);
    next[row] = key.charCodeAt(window);
    weights[row] = count;
    row += 1;
  }
  return { length: window, columns, next, weights };
}
