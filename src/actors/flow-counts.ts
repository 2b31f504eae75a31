import type { BlockEntry } from '../store/store.ts';

const DEVICE = 'd'.charCodeAt(0);

/** What passed the parts of the fold: plain integers, for the hot path may do no more than add. */
export class FlowCounts {
  /** Dispatched to the actors of watches and of services. */
  frames = 0;
  groups = 0;
  /** Records handed on to the actors of users. */
  userRecords = 0;
  /** Records that are durable in the store, by who sent them. */
  storedOfDevices = 0;
  storedOfServices = 0;
  /** Findings reported to the alerter, and changes of alerts it made of them and of commands. */
  findings = 0;
  alerts = 0;
  readonly #delivered = new Map<string, number>();

  stored(entries: readonly BlockEntry[]): void {
    for (const { subject, count } of entries) {
      if (subject.charCodeAt(0) === DEVICE) this.storedOfDevices += count;
      else this.storedOfServices += count;
    }
  }

  /** A channel confirmed a delivery. */
  delivered(channel: string): void {
    this.#delivered.set(channel, this.deliveredTo(channel) + 1);
  }

  deliveredTo(channel: string): number {
    return this.#delivered.get(channel) ?? 0;
  }

  reset(): void {
    this.frames = 0;
    this.groups = 0;
    this.userRecords = 0;
    this.storedOfDevices = 0;
    this.storedOfServices = 0;
    this.findings = 0;
    this.alerts = 0;
    this.#delivered.clear();
  }
}
