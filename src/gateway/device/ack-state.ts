import type { Lane } from '../../model/frame.ts';
import type { LanePair } from '../../wire/control-bodies.ts';
import { encodeAck, MAX_SHED_MARKS, type Acked, type ShedMark } from './ack-frame.ts';
import type { FrameEntry } from './frame-desk.ts';

/** What one connection has been told is acknowledged, and what it is still to be told. */
export class AckState {
  #urgent = 0;
  #bulk = 0;
  #shed: ShedMark[] = [];
  #isDue = false;
  #forceUrgent = false;
  #forceBulk = false;

  /** Whether a durable duplicate asks for its ack again. */
  get isForced(): boolean {
    return this.#forceUrgent || this.#forceBulk;
  }

  /** After welcome has told these. */
  start([urgent, bulk]: LanePair): void {
    this.#urgent = urgent;
    this.#bulk = bulk;
    this.#shed = [];
  }

  /** Notes a durable frame; `true` for the first since the last `take`. */
  durable(entry: FrameEntry): boolean {
    if (entry.isShed) this.#shed.push(entry);
    const isFirst = !this.#isDue;
    this.#isDue = true;
    return isFirst;
  }

  force(lane: Lane): void {
    if (lane === 0) this.#forceUrgent = true;
    else this.#forceBulk = true;
  }

  /** The ack frame for what is durable now; `undefined` when there is nothing new. */
  take({ urgent, bulk }: Acked): Uint8Array | undefined {
    this.#isDue = false;
    const next = {
      urgent: urgent > this.#urgent || this.#forceUrgent ? urgent : 0,
      bulk: bulk > this.#bulk || this.#forceBulk ? bulk : 0,
    };
    this.#forceUrgent = false;
    this.#forceBulk = false;
    if (next.urgent === 0 && next.bulk === 0) return undefined;
    this.#urgent = urgent;
    this.#bulk = bulk;
    const shed = this.#shed;
    if (shed.length === 0) return encodeAck(next, shed);
    this.#shed = [];
    return encodeAcks(next, shed);
  }
}

/** One ack frame, or several when there are more shed marks than fit in one. */
export function encodeAcks(acked: Acked, shed: readonly ShedMark[]): Uint8Array {
  if (shed.length <= MAX_SHED_MARKS) return encodeAck(acked, shed);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < shed.length; at += MAX_SHED_MARKS) {
    frames.push(encodeAck(acked, shed.slice(at, at + MAX_SHED_MARKS)));
  }
  return Buffer.concat(frames);
}
