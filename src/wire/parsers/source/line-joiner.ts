/** Which lines belong to the one before. */
export type JoinRule = 'indented' | ((line: string) => boolean);

export interface LineJoinerOptions {
  /** `indented`: lines that begin with a blank, `Caused by:`, `... 12 more` or a closing brace, as stack traces do. @default 'indented' */
  readonly continues?: JoinRule;
  /** Lines of one record; the next one begins a new record. @default 500 */
  readonly maxLines?: number;
  /** Characters of one record. @default 32768 */
  readonly maxLength?: number;
}

/** Joins lines that belong together; holds one record at most. */
export interface LineJoiner {
  /** The record that this line ends by beginning another, if any. */
  push(line: string): string | undefined;
  /** The record held; call it when the source ends or was quiet for a while. */
  flush(): string | undefined;
  /** How many records were ended by a limit. */
  readonly counters: { readonly cut: number };
}

const DEFAULT_MAX_LINES = 500;
const DEFAULT_MAX_LENGTH = 32_768;

/** Creates the joiner of one source. */
export function createLineJoiner(options: LineJoinerOptions = {}): LineJoiner {
  const { maxLines = DEFAULT_MAX_LINES, maxLength = DEFAULT_MAX_LENGTH } = options;
  const { continues = 'indented' } = options;
  const belongs = continues === 'indented' ? isContinuation : continues;
  const counters = { cut: 0 };
  let held: string[] = [];
  let length = 0;
  const flush = (): string | undefined => {
    if (held.length === 0) return undefined;
    const text = held.length === 1 ? held[0] : held.join('\n');
    held = [];
    length = 0;
    return text;
  };
  return {
    counters,
    flush,
    push: (line) => {
      const isContinued = held.length > 0 && belongs(line);
      const fits = held.length < maxLines && length + line.length < maxLength;
      const done = isContinued && fits ? undefined : flush();
      if (isContinued && !fits) counters.cut += 1;
      held.push(line);
      length += line.length + 1;
      return done;
    },
  };
}

const CONTINUATION =
  /^(?:[ \t]|Caused by: |Suppressed: |\.\.\. \d+ (?:more|common)|[)}\]]+[,;]?$|Traceback |During handling |The above exception )/;

function isContinuation(line: string): boolean {
  return CONTINUATION.test(line);
}
