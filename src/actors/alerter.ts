import type { AlertBook, Change } from '../alerts/alert-book.ts';
import type { Outbox } from '../alerts/outbox.ts';
import type { Tracer } from '../core/trace.ts';
import type { Clock } from '../core/clock.ts';
import type { Finding } from '../model/finding.ts';
import type { ActorSystem } from './kernel/actor-system.ts';
import type { ActorRef } from './kernel/ref.ts';
import type { Work } from './work.ts';

export interface AlerterMessage {
  readonly findings: readonly Finding[];
  readonly lsn: number;
  /** Monotonic ms at which they were reported. */
  readonly at: number;
}

export interface AlerterOptions {
  readonly system: ActorSystem;
  readonly parent: ActorRef<never>;
  readonly book: AlertBook;
  readonly outbox: Outbox;
  readonly work: Work;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly configHash: () => string;
  /**
   * A change was folded; `channels` are those that owe a delivery now,
   * `foundAt` the monotonic ms of the finding behind it, if there is one.
   */
  readonly onChange: (change: Change, channels: readonly string[], foundAt?: number) => void;
}

/** Findings → alerts → outbox, in one actor, so that deduplication has no race. */
export class Alerter {
  readonly #options: AlerterOptions;
  readonly #ref: ActorRef<AlerterMessage>;

  constructor(options: AlerterOptions) {
    this.#options = options;
    const { system, parent, book, outbox } = options;
    this.#ref = system.spawn<undefined, AlerterMessage>(
      { parent, name: 'alerter' },
      (_, message) => {
        this.#fold(message);
        return undefined;
      },
      {
        kind: 'alerter',
        initial: () => undefined,
        mailboxLimit: 1_000_000,
        describe: () => ({
          active: book.size,
          bySeverity: book.countBySeverity(),
          outbox: Object.fromEntries(
            outbox.channels.map(({ name }) => [name, outbox.pending(name)]),
          ),
        }),
      },
    );
  }

  /** Counted in `work` until it is folded. */
  report(findings: readonly Finding[], lsn: number): void {
    this.#options.work.begin();
    const at = this.#options.clock.monotonic();
    this.#options.system.tell(this.#ref, { findings, lsn, at });
  }

  /** Puts a change that a command made on its way. */
  announce(change: Change, foundAt?: number): void {
    const { alert, transition } = change;
    const key = `${alert.id}.${alert.revision}`;
    const channels = change.isNews ? this.#options.outbox.add({ key, transition, alert }) : [];
    this.#options.onChange(change, channels, foundAt);
  }

  #fold({ findings, lsn, at }: AlerterMessage): void {
    const { clock, tracer, book, work } = this.#options;
    const start = clock.monotonic();
    for (const finding of findings) {
      const change = book.apply(finding, this.#options.configHash());
      if (change !== undefined) this.announce(change, at);
    }
    if (tracer.isOn) {
      tracer.record({ name: 'alerter.fold', trace: `lsn:${lsn}`, start, end: clock.monotonic() });
    }
    work.end();
  }
}
