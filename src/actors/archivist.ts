import { labelled, type LabelCommand } from '../alerts/alert-label.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Metrics } from '../core/metrics.ts';
import type { Tracer } from '../core/trace.ts';
import type { Alert } from '../model/alert.ts';
import type { DeadLetter, Store } from '../store/store.ts';
import { blocksOf, type Cell } from './cells.ts';
import type { ActorSystem } from './kernel/actor-system.ts';
import type { ActorRef } from './kernel/ref.ts';
import type { LedgerBook } from './ledger-book.ts';
import { StoreWrites } from './store-writes.ts';

export interface ArchivistOptions {
  readonly system: ActorSystem;
  readonly parent: ActorRef<never>;
  readonly store: Store;
  readonly ledger: LedgerBook;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly random: () => number;
  /** Told of each cell that is durable in the store. */
  readonly onStored?: (cell: Cell) => void;
  /** Called when the backlog falls below its limit again. */
  readonly onRelief: () => void;
}

/** Bytes of payload and of dead letters waiting for the store beyond which dispatching pauses. */
const BACKLOG_BYTES = 64 * 1024 * 1024;
const CELLS_PER_PUT = 4;

interface Done {
  readonly frames: number;
  readonly records: number;
  readonly bytes: number;
}

/**
 * Brings complete cells, alerts and dead letters to the store in bulk. The
 * store is behind the journal, never ahead; a write that fails or is not
 * answered is tried again until it succeeds, and a backlog stops the
 * dispatcher, not the gateway's acks.
 */
export class Archivist {
  readonly #options: ArchivistOptions;
  readonly #writes: StoreWrites;
  readonly #ref: ActorRef<'drain'>;
  readonly #cells: Cell[] = [];
  readonly #alerts = new Map<string, Alert>();
  /** By alert; the last one counts. */
  readonly #labels = new Map<string, Label>();
  readonly #letters = new Map<string, DeadLetter>();
  #tracked: Set<string> | undefined;
  #backlog = 0;
  #isDraining = false;
  /** Things handed over, and how many of them the passes so far have brought to the store. */
  #handed = 0;
  #settled = 0;
  #waiting: { readonly target: number; readonly resolve: () => void }[] = [];

  constructor(options: ArchivistOptions) {
    this.#options = options;
    this.#writes = new StoreWrites(options);
    this.#ref = options.system.spawn<undefined, 'drain'>(
      { parent: options.parent, name: 'archivist' },
      async () => {
        await this.#drain();
        return undefined;
      },
      {
        kind: 'archivist',
        initial: () => undefined,
        describe: () => ({
          cells: this.#cells.length,
          backlogBytes: this.#backlog,
          lastError: this.lastError,
        }),
      },
    );
  }

  get isBehind(): boolean {
    return this.#backlog > BACKLOG_BYTES;
  }

  get backlogBytes(): number {
    return this.#backlog;
  }

  /** Why the last write failed; `undefined` when it did not. */
  get lastError(): string | undefined {
    return this.#writes.lastError;
  }

  archive(cell: Cell): void {
    this.#cells.push(cell);
    this.#backlog += cell.bytes;
    this.#wake();
  }

  /** Keeps the newest revision per alert. */
  project(alert: Alert): void {
    this.#alerts.set(alert.id, alert);
    this.#wake();
  }

  /** Labels an alert that is resolved, once all revisions handed over before are in the store; nothing when there is no such alert. */
  label(command: LabelCommand, at: number): void {
    this.#labels.set(command.alert, { command, at });
    this.#wake();
  }

  /** Notes in `ids` whose letters are handed over from now on; `undefined` ends it. */
  trackLetters(ids: Set<string> | undefined): void {
    this.#tracked = ids;
  }

  bury(letter: DeadLetter): void {
    this.#tracked?.add(letter.id);
    this.#unbury(this.#letters.get(letter.id));
    this.#letters.set(letter.id, letter);
    this.#backlog += weightOf(letter);
    this.#wake();
  }

  /** Resolves when everything handed over so far is durable in the store. */
  flushed(): Promise<void> {
    if (this.#settled === this.#handed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ target: this.#handed, resolve });
    });
  }

  #wake(): void {
    this.#handed += 1;
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#options.system.tell(this.#ref, 'drain');
  }

  async #drain(): Promise<void> {
    while (this.#settled < this.#handed) {
      const covers = this.#handed;
      for (let left = this.#cells.length; left > 0; left -= CELLS_PER_PUT) {
        await this.#putCells();
      }
      await this.#putAlerts();
      await this.#putLabels();
      await this.#putLetters();
      this.#settle(covers);
    }
    this.#isDraining = false;
  }

  #settle(covers: number): void {
    this.#settled = covers;
    const done = this.#waiting.filter(({ target }) => target <= covers);
    this.#waiting = this.#waiting.filter(({ target }) => target > covers);
    for (const { resolve } of done) resolve();
  }

  async #putCells(): Promise<void> {
    const cells = this.#cells.slice(0, CELLS_PER_PUT);
    const blocks = cells.flatMap(blocksOf);
    const { store, clock } = this.#options;
    const start = clock.monotonic();
    if (blocks.length > 0) await this.#writes.run(() => store.records.put(blocks));
    if (this.#options.tracer.isOn) this.#trace(cells, start);
    const wasBehind = this.isBehind;
    this.#cells.splice(0, cells.length);
    for (const cell of cells) {
      this.#stored(doneOf(cell));
      this.#options.onStored?.(cell);
    }
    if (wasBehind && !this.isBehind) this.#options.onRelief();
  }

  #trace(cells: readonly Cell[], start: number): void {
    const { tracer, clock } = this.#options;
    const end = clock.monotonic();
    for (const { lsn } of cells.flatMap(({ entries }) => entries))
      tracer.record({ name: 'store.put', trace: `lsn:${lsn}`, start, end });
  }

  #stored({ frames, records, bytes }: Done): void {
    this.#options.ledger.stored += frames;
    this.#options.ledger.storedRecords += records;
    this.#backlog -= bytes;
  }

  async #putAlerts(): Promise<void> {
    if (this.#alerts.size === 0) return;
    const { store } = this.#options;
    const alerts = [...this.#alerts];
    await this.#writes.run(() => store.alerts.put(alerts.map(([, alert]) => alert)));
    // One that changed meanwhile stays for the next pass.
    for (const [id, alert] of alerts) {
      if (this.#alerts.get(id) === alert) this.#alerts.delete(id);
    }
  }

  async #putLabels(): Promise<void> {
    const { alerts } = this.#options.store;
    for (const [id, label] of [...this.#labels]) {
      // What the store has of it is not the last word: it was handed over while this pass wrote.
      if (this.#alerts.has(id)) continue;
      await this.#writes.run(async () => {
        const alert = await alerts.get(id);
        const next = alert && labelled(alert, label.command, label.at);
        if (next !== undefined) await alerts.put([next]);
      });
      // Another one that came meanwhile stays for the next pass.
      if (this.#labels.get(id) === label) this.#labels.delete(id);
    }
  }

  async #putLetters(): Promise<void> {
    if (this.#letters.size === 0) return;
    const { store } = this.#options;
    const letters = [...this.#letters.values()];
    await this.#writes.run(() => store.deadLetters.put(letters));
    const wasBehind = this.isBehind;
    // One that was buried again meanwhile stays, for the next pass.
    for (const letter of letters) {
      if (this.#letters.get(letter.id) === letter) this.#unbury(letter);
    }
    if (wasBehind && !this.isBehind) this.#options.onRelief();
  }

  #unbury(letter: DeadLetter | undefined): void {
    if (letter === undefined) return;
    this.#letters.delete(letter.id);
    this.#backlog -= weightOf(letter);
  }
}

interface Label {
  readonly command: LabelCommand;
  readonly at: number;
}

function doneOf(cell: Cell): Done {
  const records = cell.entries.reduce((sum, { count }) => sum + count, 0);
  return { frames: cell.done - cell.quarantined, records, bytes: cell.bytes };
}

/** What a letter is counted with: its body and about what the rest of it takes. */
function weightOf({ body }: DeadLetter): number {
  return body.byteLength + 512;
}
