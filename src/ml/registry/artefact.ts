import { createHash } from 'node:crypto';
import { WatchkeeperError } from '../../core/errors.ts';
import { MAX_ARTEFACT_BYTES } from '../../model/models.ts';
import type { ArtefactMetadata } from '../../model/models.ts';
import type { ModelSnapshot } from '../model.ts';
import { checkMetadata } from './metadata.ts';
import { type Steps, atOnce } from '../../core/steps.ts';
import { plainSteps } from './plain-reader.ts';
import { writePlain } from './plain-writer.ts';

export type { ArtefactMetadata };

/** A trained model as it is kept and shipped. */
export interface Artefact {
  /** SHA-256 of its bytes, 64 hex digits: the same content has the same id. */
  readonly id: string;
  readonly metadata: ArtefactMetadata;
  readonly model: ModelSnapshot;
  /** Turns the model's scores into surprise. */
  readonly calibrator?: ModelSnapshot;
}

const MAGIC = Buffer.from('WKMODEL\0', 'latin1');
const FORMAT = 1;
/** Magic, format, lengths of the three parts. */
const LENGTHS_END = 24;
const HEAD_BYTES = LENGTHS_END + 32;
/** Bytes that are hashed at a time: half a millisecond. */
const HASHED = 256 * 1024;

/**
 * The bytes of an artefact, big-endian: magic `WKMODEL\0`, u32 format 1, u32
 * lengths of metadata, model and calibrator (0 = none), SHA-256 of all the
 * rest, then the three parts as `writePlain` writes them.
 * @throws MODEL_INVALID when a part is not plain data, the metadata is
 * incomplete or the whole is over 64 MiB.
 */
export function encodeArtefact(parts: Omit<Artefact, 'id'>): { id: string; bytes: Uint8Array } {
  const { metadata, model, calibrator } = parts;
  const sections = [
    writePlain(checkMetadata(metadata)),
    writePlain(checkSnapshot(model)),
    calibrator === undefined ? new Uint8Array() : writePlain(checkSnapshot(calibrator)),
  ];
  const head = Buffer.alloc(HEAD_BYTES);
  MAGIC.copy(head);
  head.writeUInt32BE(FORMAT, MAGIC.length);
  for (const [index, section] of sections.entries()) {
    head.writeUInt32BE(section.length, MAGIC.length + 4 + index * 4);
  }
  const body = Buffer.concat(sections);
  atOnce(digestOf(head, body)).copy(head, LENGTHS_END);
  const bytes = new Uint8Array(Buffer.concat([head, body]));
  if (bytes.length > MAX_ARTEFACT_BYTES) throw invalid('it is over 64 MiB');
  return { id: atOnce(idSteps(bytes)), bytes };
}

/**
 * Inverse of `encodeArtefact`. Any changed bit is noticed by the digest inside.
 * @throws MODEL_INVALID for foreign, cut-off, changed or oversized bytes; the
 * message holds nothing of them.
 */
export function decodeArtefact(bytes: Uint8Array): Artefact {
  return atOnce(artefactSteps(bytes));
}

/** As `decodeArtefact`, in parts of about a millisecond. @throws MODEL_INVALID */
export function* artefactSteps(bytes: Uint8Array): Steps<Artefact> {
  const parts: unknown[] = [];
  for (const section of yield* sectionsOf(bytes)) {
    parts.push(section.length === 0 ? undefined : yield* plainSteps(section));
  }
  const [metadata, model, calibrator] = parts;
  return {
    id: yield* idSteps(bytes),
    metadata: checkMetadata(metadata),
    model: checkSnapshot(model),
    ...(calibrator === undefined ? {} : { calibrator: checkSnapshot(calibrator) }),
  };
}

/** Only the metadata, in parts: the model, which may be large, is checked by its digest and not read. @throws MODEL_INVALID */
export function* metadataSteps(bytes: Uint8Array): Steps<ArtefactMetadata> {
  const [metadata] = yield* sectionsOf(bytes);
  return checkMetadata(yield* plainSteps(metadata));
}

/** The id of these bytes, in parts. */
export function* idSteps(bytes: Uint8Array): Steps<string> {
  return (yield* hashOf([bytes])).toString('hex');
}

function* sectionsOf(bytes: Uint8Array): Steps<[Uint8Array, Uint8Array, Uint8Array]> {
  if (bytes.length > MAX_ARTEFACT_BYTES) throw invalid('it is over 64 MiB');
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (whole.length < HEAD_BYTES || !whole.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw invalid('the file is no model of ours');
  }
  if (whole.readUInt32BE(MAGIC.length) !== FORMAT) throw invalid('its format is unknown');
  const lengths = [0, 1, 2].map((index) => whole.readUInt32BE(MAGIC.length + 4 + index * 4));
  const [metadata = 0, model = 0, calibrator = 0] = lengths;
  if (HEAD_BYTES + metadata + model + calibrator !== whole.length) {
    throw invalid('it is cut off, or something stands behind its end');
  }
  const body = whole.subarray(HEAD_BYTES);
  const digest = yield* digestOf(whole, body);
  if (!digest.equals(whole.subarray(LENGTHS_END, HEAD_BYTES))) {
    throw invalid('it was changed or damaged');
  }
  return [
    body.subarray(0, metadata),
    body.subarray(metadata, metadata + model),
    body.subarray(metadata + model),
  ];
}

function digestOf(head: Buffer, body: Buffer): Steps<Buffer> {
  return hashOf([head.subarray(0, LENGTHS_END), body]);
}

function* hashOf(parts: readonly Uint8Array[]): Steps<Buffer> {
  const hash = createHash('sha256');
  for (const part of parts) {
    for (let start = 0; start < part.length; start += HASHED) {
      hash.update(part.subarray(start, start + HASHED));
      if (start + HASHED < part.length) yield;
    }
  }
  return hash.digest();
}

function checkSnapshot(value: unknown): ModelSnapshot {
  const snapshot = (value ?? {}) as Partial<ModelSnapshot>;
  const { kind, version } = snapshot;
  if (typeof kind !== 'string' || !Number.isSafeInteger(version) || !('state' in snapshot)) {
    throw invalid('a snapshot in it has no kind, version or state');
  }
  return snapshot as ModelSnapshot;
}

function invalid(why: string): WatchkeeperError {
  return new WatchkeeperError('MODEL_INVALID', `The artefact cannot be used: ${why}.`, {
    fix: 'Fetch or export it again, or train the model again.',
  });
}
