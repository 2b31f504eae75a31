import { isWatchkeeperError } from '../../core/errors.ts';
import type { Tracer } from '../../core/trace.ts';
import { frameIdText, type Lane } from '../../model/frame.ts';
import { ENTRY, type NewEntry } from '../../model/journal-entry.ts';
import type { FrameHeader } from '../../wire/frame.ts';
import type { Intake } from '../intake.ts';
import type { RateMeter } from './rate-meter.ts';
import type { SessionTable } from './sessions.ts';
import { encodeShed } from './shed-outcome.ts';
import type { Refusal, Tally } from './tally.ts';

/** A journal entry of a frame, with what its acknowledgement needs. */
export interface FrameEntry extends NewEntry {
  readonly slot: number;
  readonly epoch: number;
  readonly lane: Lane;
  readonly seq: number;
  readonly isShed: boolean;
}

/** Whose frames they are: a connection or a POST, after its hello. */
export interface FrameSender {
  readonly device: string;
  readonly slot: number;
  readonly epoch: number;
  /** Site ms and real ms at which the message came in. */
  readonly observedAt: number;
  readonly receivedAt: number;
}

/**
 * What became of a frame: `shed` is acked as an appended one is, `busy` was not counted and must be offered again,
 * `duplicate` is durable and may be acked at once, `pending` is appended and
 * its ack will come; anything else was refused and needs a nack.
 */
export type FrameVerdict = 'appended' | 'shed' | 'busy' | 'duplicate' | 'pending' | Refusal;

interface DeskOptions {
  readonly sessions: SessionTable;
  readonly intake: Intake;
  readonly meter: RateMeter;
  readonly tally: Tally;
  readonly tracer: Tracer;
  readonly now: () => number;
  /** After the frame and all before it are durable. */
  readonly onDurable: (entry: FrameEntry) => void;
}

/**
 * Decides over data and gap frames by their header alone and appends them.
 * Sequence numbers enter the journal contiguous per (device, epoch, lane),
 * whatever connection they come over.
 */
export class FrameDesk {
  readonly #options: DeskOptions;
  readonly #onDurable: (lsn: number, entry: NewEntry) => void;
  /** Ms to wait after the last `rate` verdict. */
  retryAfterMs = 0;

  constructor(options: DeskOptions) {
    this.#options = options;
    const { sessions, onDurable } = options;
    // One callback for all entries: the entry itself carries what it needs.
    this.#onDurable = (_lsn, entry) => {
      const frame = entry as FrameEntry;
      sessions.advanceDurable(frame.slot, frame.epoch, frame);
      onDurable(frame);
    };
  }

  /** `frame` is header and body; it must not change any more. */
  take(sender: FrameSender, header: FrameHeader, frame: Uint8Array): FrameVerdict {
    const { sessions, intake, meter, tally } = this.#options;
    const { slot } = sender;
    if (header.epoch !== sender.epoch || sender.epoch !== sessions.epoch(slot)) {
      return this.refuse('epoch');
    }
    const last = sessions.seq(slot, header.lane);
    const admission = header.seq === last + 1 ? intake.admit(header.frameClass) : 'accept';
    if (admission === 'busy') return 'busy';
    this.retryAfterMs = meter.take(slot, frame.length, sender.receivedAt);
    if (this.retryAfterMs > 0) return this.refuse('rate');
    if (header.seq <= last) return this.#repeated(sender, header);
    if (header.seq > last + 1) return this.refuse('gap');
    tally.received += 1;
    const refused = this.#append(sender, header, admission === 'shed' ? undefined : frame);
    if (refused !== undefined) {
      tally.rejected[refused] += 1;
      return refused;
    }
    tally.accepted += 1;
    sessions.advance(slot, header.lane, header.seq);
    return admission === 'shed' ? 'shed' : 'appended';
  }

  /** Counts a numbered frame that is refused. */
  refuse(reason: Refusal): Refusal {
    this.#options.tally.received += 1;
    this.#options.tally.rejected[reason] += 1;
    return reason;
  }

  #repeated(sender: FrameSender, { lane, seq }: FrameHeader): FrameVerdict {
    const { sessions, tally } = this.#options;
    tally.received += 1;
    tally.duplicates += 1;
    return seq <= sessions.durableSeq(sender.slot, lane, sender.epoch) ? 'duplicate' : 'pending';
  }

  /** Appends the frame, or without one the note that it was shed. */
  #append(
    sender: FrameSender,
    header: FrameHeader,
    frame: Uint8Array | undefined,
  ): 'journal_full' | 'journal_failed' | undefined {
    const { intake, tracer } = this.#options;
    const entry: FrameEntry = {
      kind: frame === undefined ? ENTRY.outcome : ENTRY.frame,
      subject: sender.device,
      observedAt: sender.observedAt,
      body: frame ?? encodeShed(sender.device, header),
      slot: sender.slot,
      epoch: header.epoch,
      lane: header.lane,
      seq: header.seq,
      isShed: frame === undefined,
    };
    let lsn: number;
    try {
      if (frame !== undefined) lsn = intake.submit(entry, this.#onDurable);
      else lsn = intake.submitShed(entry, header.frameClass, this.#onDurable);
    } catch (error) {
      return isWatchkeeperError(error, 'JOURNAL_FULL') ? 'journal_full' : 'journal_failed';
    }
    if (tracer.isOn) this.#trace(sender, header, lsn);
    return undefined;
  }

  #trace(sender: FrameSender, { epoch, lane, seq }: FrameHeader, lsn: number): void {
    this.#options.tracer.record({
      name: 'gateway.receive',
      trace: frameIdText({ device: sender.device, epoch, lane, seq }),
      link: `lsn:${lsn}`,
      start: sender.receivedAt,
      end: this.#options.now(),
    });
  }
}
