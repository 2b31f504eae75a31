import {
  MAX_LINE_LENGTH,
  unparsedLine,
  type LineContext,
  type LineParser,
  type ParsedLine,
} from '../line-parser.ts';
import { createParserChoice, type ParserChoice } from './parser-choice.ts';

/** Changes a record, or drops it (`undefined`). Pure, never throws. */
export type RecordFilter = (record: ParsedLine) => ParsedLine | undefined;

export interface SourceParserOptions {
  /** Tried in this order. */
  readonly parsers: readonly LineParser[];
  /** `chain`: the first that fits a line reads it. `auto`: the one that fits the source best goes first. */
  readonly mode: 'chain' | 'auto';
  /** Year, zone and service names of the source. */
  readonly hints?: Omit<Partial<LineContext>, 'receivedAt' | 'previous'>;
  /** Lines without a time take the one of the line before: for files, not for what is live. @default false */
  readonly inheritsTime?: boolean;
  readonly filter?: RecordFilter;
  /** What patterns in the filter had to stop. */
  readonly filterCounters?: { readonly cutOff: number };
  /** Characters of a line that are read, at most {@link MAX_LINE_LENGTH}. */
  readonly maxLineLength?: number;
}

/** What became of one line. */
export interface LineOutcome {
  /** `undefined` when a filter dropped it. */
  readonly record: ParsedLine | undefined;
  /** Who read it; `undefined` when it was kept raw. */
  readonly parser: string | undefined;
}

/** Every line is in `parsed` or in `unparsed`. */
export interface SourceCounters {
  readonly lines: number;
  readonly parsed: number;
  readonly unparsed: number;
  /** Longer than the limit; the rest was cut off. */
  readonly cut: number;
  /** Dropped by a filter. */
  readonly dropped: number;
  /** Matches that were stopped because they took too long, in all sources that share the parsers and filters. */
  readonly cutOff: number;
  readonly byParser: Readonly<Record<string, number>>;
}

/** Reads the lines of one source; holds only what it learned about the source. */
export interface SourceParser {
  /** Reads one line without its line end. Never throws, never loses a line except by a filter. */
  parse(line: string, receivedAt: number): LineOutcome;
  counters(): SourceCounters;
  /** The parser that goes first; `undefined` while that is open. */
  current(): string | undefined;
}

/** Creates the parser of one source. */
export function createSourceParser(options: SourceParserOptions): SourceParser {
  return new Source(options);
}

class Source implements SourceParser {
  readonly #choice: ParserChoice;
  readonly #options: SourceParserOptions;
  readonly #maxLength: number;
  readonly #counts = { lines: 0, parsed: 0, unparsed: 0, cut: 0, dropped: 0 };
  readonly #byParser = new Map<string, number>();
  #previous: number | undefined;
  /** Of the line before; the lines of one piece share it. */
  #context: LineContext | undefined;

  constructor(options: SourceParserOptions) {
    this.#options = options;
    this.#choice = createParserChoice(options.parsers, options.mode);
    this.#maxLength = Math.min(MAX_LINE_LENGTH, options.maxLineLength ?? MAX_LINE_LENGTH);
  }

  parse(line: string, receivedAt: number): LineOutcome {
    this.#counts.lines += 1;
    const text = this.#trim(line);
    const context = this.#contextAt(receivedAt);
    const found = this.#choice.parse(text, context);
    const record = found?.record ?? unparsedLine(text, context, this.#choice.current()?.service);
    if (found === undefined) this.#counts.unparsed += 1;
    else this.#count(found.parser.id);
    if (this.#options.inheritsTime === true) this.#previous = record.timestamp;
    return { record: this.#filtered(record), parser: found?.parser.id };
  }

  counters(): SourceCounters {
    const { parsers, filterCounters } = this.#options;
    const cutOff = parsers.reduce(
      (sum, each) => sum + (each.counters?.cutOff ?? 0),
      filterCounters?.cutOff ?? 0,
    );
    return { ...this.#counts, cutOff, byParser: Object.fromEntries(this.#byParser) };
  }

  current(): string | undefined {
    return this.#choice.current()?.id;
  }

  #trim(line: string): string {
    let end = line.length;
    while (end > 0 && line.charCodeAt(end - 1) === 0x0d) end -= 1;
    if (end > this.#maxLength) {
      this.#counts.cut += 1;
      end = this.#maxLength;
    }
    return end === line.length ? line : line.slice(0, end);
  }

  #contextAt(receivedAt: number): LineContext {
    const previous = this.#previous;
    const last = this.#context;
    if (last?.receivedAt === receivedAt && last.previous === previous) return last;
    const inherited = previous === undefined ? {} : { previous };
    return (this.#context = { ...this.#options.hints, ...inherited, receivedAt });
  }

  #count(id: string): void {
    this.#counts.parsed += 1;
    this.#byParser.set(id, (this.#byParser.get(id) ?? 0) + 1);
  }

  #filtered(record: ParsedLine): ParsedLine | undefined {
    const { filter } = this.#options;
    if (filter === undefined) return record;
    const kept = filter(record);
    if (kept === undefined) this.#counts.dropped += 1;
    return kept;
  }
}
