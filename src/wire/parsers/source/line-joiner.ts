/** Which lines belong to the one before. */
export type JoinRule = 'indented' | ((line: string, previous: string) => boolean);

export interface LineJoinerOptions {
  /** `indented`: lines that begin with a blank, `Caused by:`, `... 12 more`, a closing brace or the class that was thrown, as stack traces do. @default 'indented' */
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
      const previous = held.at(-1);
      const isContinued = previous !== undefined && belongs(line, previous);
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
/** How a trace of Java names what was thrown, with its packages, at the beginning of a line. */
const THROWN =
  /^(?:[a-z_]\w{0,63}\.){1,16}[\w$]{0,128}(?:Exception|Error|Throwable|Failure)(?::|$)/;
/** How a trace of Python ends, below its frames. */
const RAISED = /^[A-Za-z_][\w.]{0,128}(?:Error|Exception|Warning|Interrupt|Exit)(?::|$)/;

function isContinuation(line: string, previous: string): boolean {
  if (CONTINUATION.test(line) || THROWN.test(line)) return true;
  return isIndented(previous) && RAISED.test(line);
}

function isIndented(line: string): boolean {
  return line.startsWith(' ') || line.startsWith('\t');
}
