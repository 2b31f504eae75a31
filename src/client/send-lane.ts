import type { FrameClass } from '../model/frame.ts';
import type { GapReport } from '../wire/gap.ts';
import type { Batch } from './batch.ts';

/** What one sequence number stands for. */
export type Cargo =
  | { readonly type: 'data'; readonly batch: Batch }
  | { readonly type: 'gap'; readonly gap: GapReport };

/** A numbered frame that is not acked. */
export interface Flight {
  readonly seq: number;
  readonly frameClass: FrameClass;
  readonly cargo: Cargo;
  /** The sealed bytes, kept so that every repetition is the same. */
  frame: Uint8Array | undefined;
}

/** One lane of one epoch: numbers frames from 1, keeps them until acked, knows which went out on this connection. */
export class SendLane {
  #nextSeq = 1;
  #flights: Flight[] = [];
  /** How many of the flights went out on this connection. */
  #sent = 0;
  /** Where the last GAP nack pointed; its echoes for later frames are ignored. */
  #rewoundTo = 0;

  /** A lane as it was when the process ended, nothing sent on a connection of this one. */
  static resumed(nextSeq: number, flights: readonly Flight[]): SendLane {
    const lane = new SendLane();
    lane.#nextSeq = nextSeq;
    lane.#flights = [...flights];
    return lane;
  }

  /** The seq that the next new frame gets. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Highest seq known to be acked. */
  get acked(): number {
    return (this.#flights[0]?.seq ?? this.#nextSeq) - 1;
  }

  get flights(): readonly Flight[] {
    return this.#flights;
  }

  /** Sent on this connection and not acked. */
  get inFlight(): number {
    return this.#sent;
  }

  inFlightOf(frameClass: FrameClass): number {
    let count = 0;
    for (let index = 0; index < this.#sent; index += 1) {
      if (this.#flights[index]?.frameClass === frameClass) count += 1;
    }
    return count;
  }

  number(frameClass: FrameClass, cargo: Cargo): Flight {
    const flight = { seq: this.#nextSeq, frameClass, cargo, frame: undefined };
    this.#nextSeq += 1;
    this.#flights.push(flight);
    return flight;
  }

  /** The first frame that has a number and did not go out on this connection. */
  get waiting(): Flight | undefined {
    return this.#flights[this.#sent];
  }

  markSent(): void {
    this.#sent += 1;
  }

  /** Forgets everything up to `seq` and returns it. */
  ack(seq: number): readonly Flight[] {
    let count = 0;
    while ((this.#flights[count]?.seq ?? Number.MAX_SAFE_INTEGER) <= seq) count += 1;
    if (count === 0) return [];
    this.#sent = Math.max(0, this.#sent - count);
    this.#rewoundTo = 0;
    return this.#flights.splice(0, count);
  }

  /** A new connection: everything that is not acked goes out again. */
  rewindAll(): void {
    this.#sent = 0;
    this.#rewoundTo = 0;
  }

  /** Sends again from `seq` on; `false` when this was already done and nothing was acked since. */
  rewind(seq: number): boolean {
    if (seq === this.#rewoundTo) return false;
    this.#rewoundTo = seq;
    this.#sent = Math.min(this.#sent, Math.max(0, seq - 1 - this.acked));
    return true;
  }

  /** Sends again from `seq` on, also repeatedly: after a refusal that names a wait. */
  rewindAfterWait(seq: number): void {
    this.#rewoundTo = 0;
    this.rewind(seq);
  }
}
