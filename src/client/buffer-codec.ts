import { Packr, Unpackr } from 'msgpackr';
import type { FrameClass } from '../model/frame.ts';
import type { GapReport } from '../wire/gap.ts';
import type { Batch } from './batch.ts';
import type { BufferChange, BufferFacts, SavedFlight, SavedLane } from './buffer-store.ts';

/** A change as bytes for a file. */
export function encodeChange({ added, removed, facts }: BufferChange): Uint8Array {
  const { nextId, highestEpoch, epoch, lanes, gap } = facts;
  const packed: PackedChange = [
    added.map(({ id, frameClass, records, from, to, payload }) => [
      id,
      frameClass,
      records,
      from,
      to,
      payload,
    ]),
    removed,
    nextId,
    highestEpoch,
    epoch && [epoch.epoch, epoch.site, epoch.keyId, epoch.publicKey, epoch.enc, epoch.secrets],
    [packLane(lanes[0]), packLane(lanes[1])],
    gap && packGap(gap),
  ];
  return packr.pack(packed);
}

/** Reads what `encodeChange` wrote; a checksum has to vouch for the bytes. */
export function decodeChange(bytes: Uint8Array): BufferChange {
  const packed = unpackr.unpack(bytes) as PackedChange;
  const [added, removed, nextId, highestEpoch, epoch, lanes, gap] = packed;
  const facts: BufferFacts = {
    nextId,
    highestEpoch,
    lanes: [unpackLane(lanes[0]), unpackLane(lanes[1])],
    ...(epoch ? { epoch: unpackEpoch(epoch) } : {}),
    ...(gap ? { gap: unpackGap(gap) } : {}),
  };
  return { added: added.map(unpackBatch), removed, facts };
}

type PackedBatch = readonly [number, FrameClass, number, number, number, Uint8Array];
type PackedEpoch = readonly [number, string, string, Uint8Array, Uint8Array, Uint8Array];
type PackedGap = readonly [GapReport['dropped'], number, number];
/** The cargo is the id of a batch or a gap report. */
type PackedFlight = readonly [number, FrameClass, number | PackedGap];
type PackedLane = readonly [number, readonly PackedFlight[]];
type PackedChange = readonly [
  readonly PackedBatch[],
  readonly number[],
  number,
  number,
  PackedEpoch | undefined,
  readonly [PackedLane, PackedLane],
  PackedGap | undefined,
];

const packr = new Packr({ useRecords: false });
// Copies, so that a batch does not keep the whole file in memory.
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number', copyBuffers: true });

function packGap({ dropped, from, to }: GapReport): PackedGap {
  return [dropped, from, to];
}

function unpackGap([dropped, from, to]: PackedGap): GapReport {
  return { dropped, from, to };
}

function packLane({ nextSeq, flights }: SavedLane): PackedLane {
  return [
    nextSeq,
    flights.map((flight) => [
      flight.seq,
      flight.frameClass,
      'id' in flight ? flight.id : packGap(flight.gap),
    ]),
  ];
}

function unpackLane([nextSeq, flights]: PackedLane): SavedLane {
  return { nextSeq, flights: flights.map(unpackFlight) };
}

function unpackFlight([seq, frameClass, cargo]: PackedFlight): SavedFlight {
  return typeof cargo === 'number'
    ? { seq, frameClass, id: cargo }
    : { seq, frameClass, gap: unpackGap(cargo) };
}

function unpackBatch([id, frameClass, records, from, to, payload]: PackedBatch): Batch {
  return { id, frameClass, records, from, to, payload: new Uint8Array(payload) };
}

function unpackEpoch([epoch, site, keyId, publicKey, enc, secrets]: PackedEpoch) {
  return {
    epoch,
    site,
    keyId,
    publicKey: new Uint8Array(publicKey),
    enc: new Uint8Array(enc),
    secrets: new Uint8Array(secrets),
  };
}
