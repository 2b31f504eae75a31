import type { ImportPiece } from '../../wire/import-body.ts';
import type { LineParser } from '../../wire/parsers/line-parser.ts';
import { createLineJoiner, type LineJoiner } from '../../wire/parsers/source/line-joiner.ts';
import {
  createSourceParser,
  type SourceCounters,
  type SourceParser,
  type SourceParserOptions,
} from '../../wire/parsers/source/source-parser.ts';
import type { NamedParsers } from '../named-parsers.ts';
import { ByteLines, type ByteLine } from '../../wire/byte-lines.ts';
import { csvJoiner, csvParser } from './csv.ts';
import { checkOf } from '../../wire/file-source.ts';
import type { ImportFile } from './import-file.ts';
import { PieceMaker } from './piece-maker.ts';

/** How lines become records. */
export interface ReadAs {
  /** `csv`: the first line of each file names the columns. */
  readonly parsers: NamedParsers | 'csv';
  /** Hints and filters of a source in `config/parsers.yaml`. */
  readonly options?: Omit<SourceParserOptions, 'inheritsTime' | 'parsers' | 'mode'>;
  readonly service: string | undefined;
  /** Joins the lines of stack traces and the like. */
  readonly isMultiline: boolean;
}

export interface ReadCounts extends SourceCounters {
  /** Lines that hold nothing. */
  readonly blank: number;
  /** The line of column names. */
  readonly header: number;
}

/** Reads a file as pieces, from a position on; it holds a chunk of the file and one piece. */
export class PieceReader {
  readonly #file: ImportFile;
  readonly #as: ReadAs;
  readonly #lines: ByteLines;
  readonly #maker: PieceMaker;
  readonly #from: number;
  #joiner: LineJoiner | undefined;
  #parser: SourceParser | undefined;
  #heldEnd = 0;
  #blank = 0;
  #header = 0;

  constructor(file: ImportFile, as: ReadAs, from: number) {
    this.#file = file;
    this.#as = as;
    this.#from = from;
    this.#lines = new ByteLines(from);
    this.#maker = new PieceMaker((end) => checkOf(this.#lines.tail(end)));
    if (as.parsers === 'csv') this.#joiner = csvJoiner();
    else if (as.isMultiline) this.#joiner = createLineJoiner();
  }

  counts(): ReadCounts {
    const counters = (this.#parser ?? NOTHING).counters();
    return { ...counters, blank: this.#blank, header: this.#header };
  }

  async *pieces(onRead: (bytes: number) => void): AsyncIterable<readonly ImportPiece[]> {
    this.#parser = this.#parserFor(await this.#columns());
    for await (const chunk of this.#file.read(this.#from, onRead)) {
      const pieces: ImportPiece[] = [];
      for (const line of this.#lines.push(chunk)) pieces.push(...this.#take(line));
      if (pieces.length > 0) yield pieces;
    }
    const last = this.#lines.end();
    const pieces = last === undefined ? [] : [...this.#take(last)];
    pieces.push(...this.#flush(), ...this.#maker.cut());
    if (pieces.length > 0) yield pieces;
  }

  /** The line of column names of a CSV file, which stands at its beginning wherever reading begins. */
  async #columns(): Promise<string | undefined> {
    if (this.#as.parsers !== 'csv' || this.#from === 0) return undefined;
    const lines = new ByteLines();
    for await (const chunk of this.#file.read(0, () => undefined)) {
      const [first] = lines.push(chunk);
      if (first !== undefined) return first.text;
    }
    return undefined;
  }

  #parserFor(columns: string | undefined): SourceParser | undefined {
    const { parsers } = this.#as;
    if (parsers !== 'csv') return this.#source(parsers.parsers, parsers.mode);
    const csv = columns === undefined ? undefined : csvParser(withoutMark(columns));
    return csv === undefined ? undefined : this.#source([csv], 'chain');
  }

  #source(parsers: readonly LineParser[], mode: NamedParsers['mode']): SourceParser {
    const { service, options } = this.#as;
    const hints = { ...options?.hints, ...(service === undefined ? {} : { service }) };
    return createSourceParser({ ...options, parsers, mode, hints, inheritsTime: true });
  }

  #take({ text, end }: ByteLine): readonly ImportPiece[] {
    if (isBlank(text)) {
      this.#blank += 1;
      return NONE;
    }
    if (this.#joiner === undefined) return this.#parse(text, end);
    const done = this.#joiner.push(text);
    const pieces = done === undefined ? NONE : this.#parse(done, this.#heldEnd);
    this.#heldEnd = end;
    return pieces;
  }

  #flush(): readonly ImportPiece[] {
    const text = this.#joiner?.flush();
    return text === undefined ? NONE : this.#parse(text, this.#heldEnd);
  }

  #parse(text: string, end: number): readonly ImportPiece[] {
    if (this.#parser === undefined) {
      // The first line of a CSV file; one without names is read as text, line by line.
      const csv = csvParser(withoutMark(text));
      this.#parser = this.#source(csv === undefined ? [] : [csv], 'chain');
      if (csv !== undefined) {
        this.#header = 1;
        return NONE;
      }
    }
    const { record } = this.#parser.parse(text, this.#file.modifiedAt);
    return record === undefined ? NONE : this.#maker.add(record, end, text.length);
  }
}

/** Counts before there is a parser. */
const NOTHING = createSourceParser({ parsers: [], mode: 'chain' });
const NONE: readonly ImportPiece[] = [];

function isBlank(text: string): boolean {
  return text.length === 0 || (text.charCodeAt(0) <= 0x20 && text.trim() === '');
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
