import type { Block, BlockEntry } from '../store/store.ts';
import { ENTRY, type EntryKind } from '../model/journal-entry.ts';
import { partitionOf } from '../model/subject.ts';

export interface CellLimits {
  /** Entries after which a cell closes. */
  readonly entries: number;
  /** Bytes of journal bodies after which a cell closes. */
  readonly bytes: number;
}

export const CELL_LIMITS: CellLimits = { entries: 4096, bytes: 4 * 1024 * 1024 };

/** One lsn range on its way to the store. */
export interface Cell {
  readonly firstLsn: number;
  /** Whether it holds what was imported, and nothing else. */
  readonly isPast: boolean;
  entries: BlockEntry[];
  begun: number;
  done: number;
  /** Of `done`, those that could not be opened. */
  quarantined: number;
  bytes: number;
  isClosed: boolean;
  /** Monotonic ms at which its first entry was folded; 0 before. */
  foldedAt: number;
}

/**
 * Cuts the journal into cells, each archived as one block per partition and
 * day. Where a cell ends depends only on the journal (entry count, bytes,
 * ticks), so a replay cuts the same blocks and a retried write replaces them
 * with themselves. What is imported has cells of its own: its event times may
 * be years old, and a block of both would be in the way of every query.
 */
export class Cells {
  readonly #limits: CellLimits;
  readonly #ready: (cell: Cell) => void;
  readonly #now: () => number;
  #open: Cell | undefined;
  #openPast: Cell | undefined;

  /** @param now monotonic ms, for measuring how long a cell takes to the store */
  constructor(
    ready: (cell: Cell) => void,
    limits: CellLimits = CELL_LIMITS,
    now: () => number = () => 0,
  ) {
    this.#ready = ready;
    this.#limits = limits;
    this.#now = now;
  }

  /** The cell an entry belongs to. Called in lsn order. */
  begin(lsn: number, bytes: number, kind: EntryKind = ENTRY.frame): Cell {
    const isPast = kind === ENTRY.imported;
    const cell = (isPast ? this.#openPast : this.#open) ?? newCell(lsn, isPast);
    cell.begun += 1;
    cell.bytes += bytes;
    const isFull = cell.begun >= this.#limits.entries || cell.bytes >= this.#limits.bytes;
    if (isPast) this.#openPast = isFull ? undefined : cell;
    else this.#open = isFull ? undefined : cell;
    if (isFull) this.#close(cell);
    return cell;
  }

  /** An entry was opened; `empty` when it holds nothing to store, `quarantined` when it could not be opened. */
  complete(cell: Cell, entry: BlockEntry | 'empty' | 'quarantined'): void {
    if (cell.done === 0) cell.foldedAt = this.#now();
    if (entry === 'quarantined') cell.quarantined += 1;
    else if (entry !== 'empty') cell.entries.push(entry);
    cell.done += 1;
    this.#check(cell);
  }

  /** Ends the open cells: at every tick. */
  cut(): void {
    const open = [this.#open, this.#openPast];
    this.#open = undefined;
    this.#openPast = undefined;
    for (const cell of open) if (cell !== undefined) this.#close(cell);
  }

  #close(cell: Cell): void {
    cell.isClosed = true;
    this.#check(cell);
  }

  #check(cell: Cell): void {
    if (cell.isClosed && cell.done === cell.begun) this.#ready(cell);
  }
}

function newCell(firstLsn: number, isPast: boolean): Cell {
  return {
    firstLsn,
    isPast,
    entries: [],
    begun: 0,
    done: 0,
    quarantined: 0,
    bytes: 0,
    isClosed: false,
    foldedAt: 0,
  };
}

interface OpenBlock {
  readonly block: Block;
  readonly entries: BlockEntry[];
  min: number;
  max: number;
}

/** The blocks of a complete cell: by partition and day of `observedAt`, entries in lsn order. */
export function blocksOf(cell: Cell): Block[] {
  const blocks: Block[] = [];
  const open = new Map<string, OpenBlock>();
  cell.entries.sort((a, b) => a.lsn - b.lsn);
  for (const entry of cell.entries) {
    const partition = partitionOf(entry.subject);
    const day = dayOf(entry.observedAt);
    const key = `${day}/${partition}`;
    let found = open.get(key);
    if (found === undefined || (cell.isPast && isTooWide(found, entry))) {
      const entries: BlockEntry[] = [];
      // An entry is in one cell, so its lsn names no other block than the one that it begins.
      const firstLsn = cell.isPast ? entry.lsn : cell.firstLsn;
      const block = { day, partition, firstLsn, entries };
      found = { block, entries, min: Infinity, max: -Infinity };
      open.set(key, found);
      blocks.push(block);
    }
    found.entries.push(entry);
    found.min = Math.min(found.min, entry.minTimestamp);
    found.max = Math.max(found.max, entry.maxTimestamp);
  }
  return blocks;
}

/** Event time that a block of the past covers at most, unless a single entry does. */
const PAST_SPAN_MS = 3_600_000;

function isTooWide({ min, max }: OpenBlock, entry: BlockEntry): boolean {
  return Math.max(max, entry.maxTimestamp) - Math.min(min, entry.minTimestamp) > PAST_SPAN_MS;
}

let cachedDay = { start: 0, text: '1970-01-01' };
const DAY_MS = 86_400_000;

/** UTC day, `YYYY-MM-DD`; formats once per day. */
export function dayOf(ms: number): string {
  const start = Math.floor(ms / DAY_MS) * DAY_MS;
  if (start !== cachedDay.start) {
    cachedDay = { start, text: new Date(start).toISOString().slice(0, 10) };
  }
  return cachedDay.text;
}
