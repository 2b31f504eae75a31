import type { FileHandle } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import { ByteLines, TAIL_BYTES, type ByteLine } from '../../wire/byte-lines.ts';
import { checkOf, fileSource, HEAD_BYTES } from '../../wire/file-source.ts';
import type { LineJoiner } from '../../wire/parsers/source/line-joiner.ts';
import type { SourceParser } from '../../wire/parsers/source/source-parser.ts';
import { TurnBudget } from '../turn-budget.ts';
import type { SourceSink } from './log-source.ts';

export interface FileTailOptions {
  readonly sink: SourceSink;
  /** Site-clock ms. */
  readonly now: () => number;
  /** For how long lines are read until others have their turn. */
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly newParser: () => SourceParser;
  /** `undefined` takes every line as a record. */
  readonly newJoiner: (() => LineJoiner) | undefined;
}

const CHUNK_BYTES = 256 * 1024;
/** Other files have their turn after so many. */
const CHUNKS_A_TURN = 8;
const BATCH_LINES = 500;
/** Versions of one file that are told apart, at most. */
const MOST_VERSIONS = 100;

/** Reads one open file as it grows, whatever becomes of its name. */
export class FileTail {
  readonly handle: FileHandle;
  readonly #options: FileTailOptions;
  #source: string | undefined;
  #lines = new ByteLines();
  #parser: SourceParser;
  readonly #budget: TurnBudget;
  #joiner: LineJoiner | undefined;
  /** Position up to which all is durable, and what stands before it. */
  #done = 0;
  /** Position up to which bytes were read. */
  #read = 0;
  #heldEnd = 0;
  /** Where reading begins in a file that is not known yet. */
  #startAt: number;
  #last = Buffer.alloc(0);

  constructor(handle: FileHandle, options: FileTailOptions, startAt: number) {
    this.handle = handle;
    this.#options = options;
    this.#startAt = startAt;
    this.#parser = options.newParser();
    this.#budget = new TurnBudget(options.clock);
    this.#joiner = options.newJoiner?.();
  }

  /** Whether all complete lines are durable, and nothing is left over. */
  get isDone(): boolean {
    return this.#done === this.#read;
  }

  /** Takes in some of what the file has by now; `true` when there was something. @throws what the sink throws; then it is read again */
  async poll(): Promise<boolean> {
    try {
      return await this.#poll();
    } catch (error) {
      this.#goTo(this.#done);
      throw error;
    }
  }

  async #poll(): Promise<boolean> {
    if (!(await this.#isSame())) this.#restart();
    if (this.#source === undefined && !(await this.#begin())) return false;
    for (let chunk = 0; chunk < CHUNKS_A_TURN; chunk += 1) {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await this.handle.read(buffer, 0, CHUNK_BYTES, this.#read);
      if (bytesRead === 0) return chunk > 0;
      const bytes = buffer.subarray(0, bytesRead);
      this.#read += bytesRead;
      this.#last = Buffer.concat([this.#last, bytes]).subarray(-TAIL_BYTES);
      await this.#take(this.#lines.push(bytes));
    }
    return true;
  }

  /** Takes in what no line end follows: nothing more will come, or nothing came for long. */
  async flush(isEnd: boolean): Promise<void> {
    const records: Placed[] = [];
    const rest = isEnd ? this.#lines.end() : undefined;
    if (rest !== undefined) this.#add(rest, records);
    const text = this.#joiner?.flush();
    if (text !== undefined) this.#parse(text, this.#heldEnd, records);
    await this.#send(records, rest?.end ?? this.#heldEnd);
  }

  /** Whether the bytes read last are still where they were. */
  async #isSame(): Promise<boolean> {
    if (this.#last.length === 0) return (await this.handle.stat()).size >= this.#read;
    const now = Buffer.alloc(this.#last.length);
    const { bytesRead } = await this.handle.read(now, 0, now.length, this.#read - now.length);
    return bytesRead === now.length && now.equals(this.#last);
  }

  /** The file was cut and is written anew. */
  #restart(): void {
    this.#source = undefined;
    this.#startAt = 0;
    this.#goTo(0);
  }

  #goTo(position: number): void {
    this.#done = position;
    this.#read = position;
    this.#heldEnd = position;
    this.#lines = new ByteLines(position);
    this.#last = Buffer.alloc(0);
    this.#joiner = this.#options.newJoiner?.();
  }

  /** Finds out which file it is and where to begin; `false` while its first line is not whole. */
  async #begin(): Promise<boolean> {
    const head = Buffer.alloc(HEAD_BYTES);
    const [{ bytesRead }, stat] = await Promise.all([
      this.handle.read(head, 0, HEAD_BYTES, 0),
      this.handle.stat({ bigint: true }),
    ]);
    const source = fileSource(stat, head.subarray(0, bytesRead));
    if (source === undefined) return false;
    for (let version = 1; version <= MOST_VERSIONS; version += 1) {
      const name = version === 1 ? source : `${source}.${version}`;
      const known = this.#options.sink.position(name);
      if (known !== undefined && !(await this.#matches(known))) continue;
      this.#source = name;
      this.#goTo(known?.next ?? (await this.#lineStart(this.#startAt)));
      return true;
    }
    return false;
  }

  async #matches({
    next,
    check,
  }: {
    readonly next: number;
    readonly check: string;
  }): Promise<boolean> {
    if (next === 0 || check === '') return (await this.handle.stat()).size >= next;
    const from = Math.max(0, next - TAIL_BYTES);
    const tail = Buffer.alloc(next - from);
    const { bytesRead } = await this.handle.read(tail, 0, tail.length, from);
    return bytesRead === tail.length && checkOf(tail) === check;
  }

  /** The beginning of the line that a position lies in. */
  async #lineStart(position: number): Promise<number> {
    for (let end = position; end > 0;) {
      const from = Math.max(0, end - CHUNK_BYTES);
      const bytes = Buffer.alloc(end - from);
      await this.handle.read(bytes, 0, bytes.length, from);
      const newline = bytes.lastIndexOf(0x0a);
      if (newline >= 0) return from + newline + 1;
      end = from;
    }
    return 0;
  }

  async #take(lines: readonly ByteLine[]): Promise<void> {
    let records: Placed[] = [];
    for (const [index, line] of lines.entries()) {
      if (this.#budget.isSpent()) await this.#budget.renew();
      this.#add(line, records);
      const isLast = index === lines.length - 1;
      if (records.length < BATCH_LINES && !isLast) continue;
      // A record that may go on is read again after a restart.
      await this.#send(records, this.#joiner === undefined ? line.end : (records.at(-1)?.end ?? 0));
      records = [];
    }
  }

  #add({ text, end }: ByteLine, records: Placed[]): void {
    if (text.trim() === '') return;
    if (this.#joiner === undefined) {
      this.#parse(text, end, records);
      return;
    }
    const done = this.#joiner.push(text);
    if (done !== undefined) this.#parse(done, this.#heldEnd, records);
    this.#heldEnd = end;
  }

  #parse(text: string, end: number, records: Placed[]): void {
    const { record } = this.#parser.parse(text, this.#options.now());
    if (record !== undefined) records.push({ item: record, end });
  }

  async #send(records: readonly Placed[], to: number): Promise<void> {
    if (this.#source === undefined || to <= this.#done) return;
    const check = checkOf(this.#lines.tail(to));
    const span = { source: this.#source, from: this.#done, to, check };
    await this.#options.sink.take({ items: records.map(({ item }) => item), span });
    this.#done = to;
  }
}

interface Placed {
  readonly item: unknown;
  readonly end: number;
}
