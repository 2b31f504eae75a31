import { configError, quoted } from '../../core/yaml-node.ts';
import { LOOKUP_KEYS, TABLE_LIMITS, type LookupKey, type LookupTable } from './lookup-table.ts';

const NAME = /^[a-z][a-z0-9_]{0,63}$/;

interface Cell {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Reads a table of RFC 4180: the first line names the columns, the first of
 * them is the key (`device`, `service` or `user`). Empty cells are left out.
 * @throws CONFIG_INVALID with file, line and column.
 */
export function parseCsvTable(text: string, fileName: string, name: string): LookupTable {
  const fail = ({ line, column }: Omit<Cell, 'text'>, message: string): Error =>
    configError({ file: fileName, line, column }, message);
  const start = { line: 1, column: 1 };
  if (Buffer.byteLength(text) > TABLE_LIMITS.bytes) {
    throw fail(start, `The file is larger than ${TABLE_LIMITS.bytes / 2 ** 20} MiB.`);
  }
  const cells = new CsvReader(text, (line, column, message) => fail({ line, column }, message));
  const header = cells.row();
  if (header === undefined) throw fail(start, 'Expected a line that names the columns.');
  const key = keyOf(header, fail);
  const rows = new Map<string, Readonly<Record<string, string>>>();
  for (let row = cells.row(); row !== undefined; row = cells.row()) {
    const [first] = row;
    if (first === undefined || (row.length === 1 && first.text === '')) continue;
    if (row.length !== header.length) {
      throw fail(first, `Expected ${header.length} columns, got ${row.length}.`);
    }
    if (first.text === '') throw fail(first, `Expected the ${key} of this row.`);
    if (rows.has(first.text)) throw fail(first, `${quoted(first.text)} stands here twice.`);
    if (rows.size === TABLE_LIMITS.rows) {
      throw fail(first, `Expected at most ${TABLE_LIMITS.rows} rows.`);
    }
    rows.set(first.text, valuesOf(header, row, fail));
  }
  return Object.freeze({ name, key, rows });
}

type Fail = (at: Omit<Cell, 'text'>, message: string) => Error;

function keyOf(header: readonly Cell[], fail: Fail): LookupKey {
  const [first, ...others] = header;
  const key = LOOKUP_KEYS.find((each) => each === first?.text);
  if (first === undefined || key === undefined) {
    throw fail(
      first ?? { line: 1, column: 1 },
      `Expected the first column to be ${LOOKUP_KEYS.join(', ')}.`,
    );
  }
  if (header.length > TABLE_LIMITS.columns) {
    throw fail(first, `Expected at most ${TABLE_LIMITS.columns} columns.`);
  }
  const seen = new Set<string>();
  for (const cell of others) {
    if (!NAME.test(cell.text) || seen.has(cell.text)) {
      throw fail(
        cell,
        `Expected a column name of a-z 0-9 _ that stands here once, got ${quoted(cell.text)}.`,
      );
    }
    seen.add(cell.text);
  }
  return key;
}

function valuesOf(
  header: readonly Cell[],
  row: readonly Cell[],
  fail: Fail,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  row.forEach((cell, index) => {
    if (cell.text.length > TABLE_LIMITS.value) {
      throw fail(cell, `Expected at most ${TABLE_LIMITS.value} characters.`);
    }
    const name = header[index]?.text;
    if (index > 0 && name !== undefined && cell.text !== '') values[name] = cell.text;
  });
  return Object.freeze(values);
}

/** Rows of cells with their places; quotes may hold commas, newlines and doubled quotes. */
class CsvReader {
  readonly #text: string;
  readonly #fail: (line: number, column: number, message: string) => Error;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string, fail: (line: number, column: number, message: string) => Error) {
    this.#text = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    this.#fail = fail;
  }

  row(): readonly Cell[] | undefined {
    if (this.#at >= this.#text.length) return undefined;
    const cells: Cell[] = [];
    for (;;) {
      const place = { line: this.#line, column: this.#at - this.#lineStart + 1 };
      const text = this.#text[this.#at] === '"' ? this.#quoted() : this.#plain();
      cells.push({ ...place, text });
      if (this.#text[this.#at] === ',') this.#at += 1;
      else {
        this.#newline();
        return cells;
      }
    }
  }

  #plain(): string {
    const from = this.#at;
    while (this.#at < this.#text.length && !',\r\n'.includes(this.#text[this.#at] ?? ''))
      this.#at += 1;
    return this.#text.slice(from, this.#at).trim();
  }

  #quoted(): string {
    const line = this.#line;
    const column = this.#at - this.#lineStart + 1;
    let text = '';
    for (let from = this.#at + 1; ;) {
      const close = this.#text.indexOf('"', from);
      if (close < 0) throw this.#fail(line, column, 'This quote is not closed.');
      this.#count(from, close);
      text += this.#text.slice(from, close);
      this.#at = close + 1;
      if (this.#text[close + 1] !== '"') break;
      text += '"';
      from = close + 2;
    }
    const next = this.#text[this.#at];
    if (next !== undefined && !',\r\n'.includes(next)) {
      throw this.#fail(
        this.#line,
        this.#at - this.#lineStart + 1,
        'Expected a comma after the quote.',
      );
    }
    return text;
  }

  #count(from: number, to: number): void {
    for (
      let at = this.#text.indexOf('\n', from);
      at >= 0 && at < to;
      at = this.#text.indexOf('\n', at + 1)
    ) {
      this.#line += 1;
      this.#lineStart = at + 1;
    }
  }

  #newline(): void {
    if (this.#text[this.#at] === '\r') this.#at += 1;
    if (this.#text[this.#at] === '\n') this.#at += 1;
    this.#line += 1;
    this.#lineStart = this.#at;
  }
}
