import { createHash } from 'node:crypto';
import type { Lane } from '../../model/frame.ts';
import { ENTRY, type JournalEntry } from '../../model/journal-entry.ts';
import { readHeader } from '../../wire/frame.ts';
import { decodeJournalHello } from '../../wire/journal-hello.ts';
import { copyInto, nextSize, SessionColumns } from './session-columns.ts';
import { readSessionPart, writeSessionPart, type SessionRow } from './session-part.ts';
import { decodeShed } from './shed-outcome.ts';

/** Number of snapshot parts, named `session/0` to `session/63`. */
export const SESSION_PARTS = 64;

/** Which part a device belongs to: FNV-1a (32 bit) of its id modulo {@link SESSION_PARTS}. */
export function sessionPartOf(device: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < device.length; index += 1) {
    hash = Math.imul(hash ^ device.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % SESSION_PARTS;
}

/** 48 bits that tell two key exchanges of a device apart. */
export function sealTag(keyId: string, enc: Uint8Array): number {
  return createHash('sha256').update(keyId).update('\0').update(enc).digest().readUIntBE(0, 6);
}

/**
 * How far each watch's lanes have come. A row is kept twice: as appended,
 * which decides what is a duplicate, and as durable, which decides what may be
 * acknowledged and goes into a snapshot (a snapshot that held an appended
 * number would, after a crash that lost the entry, make its resend look like a
 * duplicate). Rows are columns of typed arrays, under 250 bytes for a device.
 */
export class SessionTable {
  readonly #slots = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly #slotsOfPart: readonly number[][] = Array.from({ length: SESSION_PARTS }, () => []);
  readonly #appended = new SessionColumns();
  readonly #durable = new SessionColumns();
  /** Site ms of the newest hello that the device signed for a POST. */
  #signedAt: Float64Array = new Float64Array(this.#appended.epoch.length);
  /** Two token buckets for each device, as the real ms at which each would be empty again. */
  #frameMeter: Float64Array = new Float64Array(this.#appended.epoch.length);
  #byteMeter: Float64Array = new Float64Array(this.#appended.epoch.length);
  #part: Uint8Array = new Uint8Array(this.#appended.epoch.length);
  readonly #dirty = new Uint8Array(SESSION_PARTS).fill(1);

  /** Devices known here. */
  get size(): number {
    return this.#ids.length;
  }

  /** The row of a device, made when there is none; stable for the life of the table. */
  slot(device: string): number {
    const known = this.#slots.get(device);
    if (known !== undefined) return known;
    const slot = this.#ids.length;
    if (slot === this.#signedAt.length) this.#grow();
    this.#slots.set(device, slot);
    this.#ids.push(device);
    const part = sessionPartOf(device);
    this.#part[slot] = part;
    this.#slotsOfPart[part]?.push(slot);
    return slot;
  }

  /** The row of a device; `undefined` when it never said hello. */
  find(device: string): number | undefined {
    return this.#slots.get(device);
  }

  device(slot: number): string {
    return this.#ids[slot] ?? '';
  }

  epoch(slot: number): number {
    return this.#appended.epoch[slot] ?? 0;
  }

  /** Last appended sequence number of a lane in the current epoch; 0 when none. */
  seq(slot: number, lane: Lane): number {
    return (lane === 0 ? this.#appended.urgent[slot] : this.#appended.bulk[slot]) ?? 0;
  }

  durableEpoch(slot: number): number {
    return this.#durable.epoch[slot] ?? 0;
  }

  /** Last durable sequence number of a lane in `epoch`; 0 when that epoch's hello is not durable yet. */
  durableSeq(slot: number, lane: Lane, epoch = this.epoch(slot)): number {
    if (this.#durable.epoch[slot] !== epoch) return 0;
    return (lane === 0 ? this.#durable.urgent[slot] : this.#durable.bulk[slot]) ?? 0;
  }

  /** Whether the newest hello of the device carried this key exchange in this epoch. */
  isOpen(slot: number, epoch: number, seal: number): boolean {
    return this.#appended.epoch[slot] === epoch && this.#appended.seal[slot] === seal;
  }

  /** Notes an appended hello; a new epoch starts both lanes at 0. Older epochs change nothing. */
  open(slot: number, epoch: number, seal: number): void {
    openRow(this.#appended, slot, { epoch, seal });
  }

  /** Notes that the hello is durable. */
  openDurable(slot: number, epoch: number, seal: number): void {
    openRow(this.#durable, slot, { epoch, seal });
    this.#touch(slot);
  }

  /** Notes an appended frame of the current epoch; never goes back. */
  advance(slot: number, lane: Lane, seq: number): void {
    advanceRow(this.#appended, slot, { lane, seq });
  }

  /** Notes that a frame is durable; one of an epoch that has been replaced changes nothing. */
  advanceDurable(slot: number, epoch: number, position: { lane: Lane; seq: number }): void {
    if (this.#durable.epoch[slot] !== epoch) return;
    advanceRow(this.#durable, slot, position);
    this.#touch(slot);
  }

  signedAt(slot: number): number {
    return this.#signedAt[slot] ?? 0;
  }

  signed(slot: number, at: number): void {
    this.#signedAt[slot] = Math.max(at, this.#signedAt[slot] ?? 0);
    this.#touch(slot);
  }

  /** Rate state of a device: `meter` 0 counts frames, 1 bytes. */
  meter(slot: number, meter: 0 | 1): number {
    return (meter === 0 ? this.#frameMeter[slot] : this.#byteMeter[slot]) ?? 0;
  }

  setMeter(slot: number, meter: 0 | 1, value: number): void {
    if (meter === 0) this.#frameMeter[slot] = value;
    else this.#byteMeter[slot] = value;
  }

  /** Replays one durable entry; entries that carry no session are ignored. Idempotent. */
  apply(entry: JournalEntry): void {
    if (entry.kind === ENTRY.frame) {
      const { epoch, lane, seq } = readHeader(entry.body);
      this.#replay(entry.subject, epoch, { lane, seq });
    } else if (entry.kind === ENTRY.outcome) {
      const shed = decodeShed(entry.body);
      if (shed !== undefined) this.#replay(entry.subject, shed.epoch, shed);
    } else if (entry.kind === ENTRY.hello) {
      const hello = decodeJournalHello(entry.body);
      const slot = this.slot(entry.subject);
      const seal = sealTag(hello.body.key_id, hello.body.enc);
      this.open(slot, hello.body.epoch, seal);
      this.openDurable(slot, hello.body.epoch, seal);
      if ('signedAt' in hello) this.signed(slot, hello.signedAt);
    }
  }

  /** Whether a part changed since its last `snapshot`. */
  isDirty(part: number): boolean {
    return this.#dirty[part] === 1;
  }

  /** The durable rows of one part; clears its dirty flag. */
  snapshot(part: number): Uint8Array {
    this.#dirty[part] = 0;
    const rows: SessionRow[] = [];
    for (const slot of this.#slotsOfPart[part] ?? []) {
      if (this.durableEpoch(slot) > 0) rows.push(this.#row(slot, this.device(slot)));
    }
    return writeSessionPart(rows);
  }

  /** Takes in one part of a snapshot; before any `apply`. @throws STORE_CORRUPT */
  restore(state: Uint8Array): void {
    for (const row of readSessionPart(state)) {
      const slot = this.slot(row.device);
      openRow(this.#durable, slot, row);
      advanceRow(this.#durable, slot, { lane: 0, seq: row.urgent });
      advanceRow(this.#durable, slot, { lane: 1, seq: row.bulk });
      this.#appended.copy(slot, this.#durable);
      this.#signedAt[slot] = row.signedAt;
    }
  }

  #replay(device: string, epoch: number, position: { lane: Lane; seq: number }): void {
    const slot = this.slot(device);
    if (this.epoch(slot) !== epoch) return;
    this.advance(slot, position.lane, position.seq);
    this.advanceDurable(slot, epoch, position);
  }

  #row(slot: number, device: string): SessionRow {
    return {
      device,
      epoch: this.#durable.epoch[slot] ?? 0,
      urgent: this.#durable.urgent[slot] ?? 0,
      bulk: this.#durable.bulk[slot] ?? 0,
      seal: this.#durable.seal[slot] ?? 0,
      signedAt: this.#signedAt[slot] ?? 0,
    };
  }

  #touch(slot: number): void {
    this.#dirty[this.#part[slot] ?? 0] = 1;
  }

  #grow(): void {
    const size = nextSize(this.#signedAt.length);
    this.#appended.grow(size);
    this.#durable.grow(size);
    this.#signedAt = copyInto(new Float64Array(size), this.#signedAt);
    this.#part = copyInto(new Uint8Array(size), this.#part);
    this.#frameMeter = copyInto(new Float64Array(size), this.#frameMeter);
    this.#byteMeter = copyInto(new Float64Array(size), this.#byteMeter);
  }
}

function openRow(
  columns: SessionColumns,
  slot: number,
  { epoch, seal }: { readonly epoch: number; readonly seal: number },
): void {
  const known = columns.epoch[slot] ?? 0;
  if (epoch < known) return;
  if (epoch > known) {
    columns.epoch[slot] = epoch;
    columns.urgent[slot] = 0;
    columns.bulk[slot] = 0;
  }
  columns.seal[slot] = seal;
}

function advanceRow(
  columns: SessionColumns,
  slot: number,
  { lane, seq }: { readonly lane: Lane; readonly seq: number },
): void {
  const column = lane === 0 ? columns.urgent : columns.bulk;
  if (seq > (column[slot] ?? 0)) column[slot] = seq;
}
