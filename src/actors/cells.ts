import type { Block, BlockEntry } from '../store/store.ts';
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
 * with themselves.
 */
export class Cells {
  readonly #limits: CellLimits;
  readonly #ready: (cell: Cell) => void;
  readonly #now: () => number;
  #open: Cell | undefined;

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
  begin(lsn: number, bytes: number): Cell {
    const cell = (this.#open ??= {
      firstLsn: lsn,
      entries: [],
      begun: 0,
      done: 0,
      quarantined: 0,
      bytes: 0,
      isClosed: false,
      foldedAt: 0,
    });
    cell.begun += 1;
    cell.bytes += bytes;
    if (cell.begun >= this.#limits.entries || cell.bytes >= this.#limits.bytes) this.cut();
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

  /** Ends the open cell: at every tick, and when it is full. */
  cut(): void {
    const cell = this.#open;
    if (cell === undefined) return;
    this.#open = undefined;
    cell.isClosed = true;
    this.#check(cell);
  }

  #check(cell: Cell): void {
    if (cell.isClosed && cell.done === cell.begun) this.#ready(cell);
  }
}

/** The blocks of a complete cell: by partition and day of `observedAt`, entries in lsn order. */
export function blocksOf(cell: Cell): Block[] {
  const blocks = new Map<string, { block: Block; entries: BlockEntry[] }>();
  cell.entries.sort((a, b) => a.lsn - b.lsn);
  for (const entry of cell.entries) {
    const partition = partitionOf(entry.subject);
    const day = dayOf(entry.observedAt);
    const key = `${day}/${partition}`;
    let found = blocks.get(key);
    if (found === undefined) {
      const entries: BlockEntry[] = [];
      found = { block: { day, partition, firstLsn: cell.firstLsn, entries }, entries };
      blocks.set(key, found);
    }
    found.entries.push(entry);
  }
  return [...blocks.values()].map(({ block }) => block);
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
