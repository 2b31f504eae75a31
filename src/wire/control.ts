import { Packr, Unpackr } from 'msgpackr';
import { WatchkeeperError } from '../core/errors.ts';
import { isSubjectName } from '../model/subject.ts';
import type { Lane } from '../model/frame.ts';
import {
  NACK_CODES,
  type AckBody,
  type ControlBodies,
  type ControlKind,
  type Credits,
  type HelloBody,
  type LanePair,
  type NackBody,
} from './control-bodies.ts';
import { Fields } from './fields.ts';
import { encodeFrame, FRAME, MAX_CONTROL_BYTES } from './frame.ts';
import { checkShape } from './msgpack-shape.ts';

/**
 * The msgpack body of a control frame. Whole numbers go out as msgpack integers, never as floats.
 * @throws WatchkeeperError FRAME_TOO_LARGE above 4 KiB.
 */
export function encodeControl<K extends ControlKind>(kind: K, body: ControlBodies[K]): Uint8Array {
  const bytes = new Uint8Array(packr.pack(exact(body)));
  if (bytes.length <= MAX_CONTROL_BYTES) return bytes;
  throw new WatchkeeperError(
    'FRAME_TOO_LARGE',
    `The control body of kind ${kind} has ${bytes.length} bytes; at most ${MAX_CONTROL_BYTES} fit.`,
  );
}

/** A whole control frame. */
export function encodeControlFrame<K extends ControlKind>(
  kind: K,
  body: ControlBodies[K],
): Uint8Array {
  const header = { kind, frameClass: 0, lane: 0, epoch: 0, seq: 0 } as const;
  return encodeFrame(header, encodeControl(kind, body));
}

/**
 * Reads the body of a control frame; fields that are not known are ignored.
 * @throws WatchkeeperError FRAME_MALFORMED, naming the field, never its value.
 */
export function decodeControl<K extends ControlKind>(kind: K, bytes: Uint8Array): ControlBodies[K] {
  if (bytes.length > MAX_CONTROL_BYTES) {
    throw new WatchkeeperError('FRAME_TOO_LARGE', 'The control body is above 4 KiB.');
  }
  checkShape(bytes, { maxDepth: 8, maxValues: 1_024 });
  return DECODERS[kind](new Fields(unpack(bytes)));
}

const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

const ID_BYTES = 32;
const TEXT = 256;
const U32 = 0xffff_ffff;

/** Drops undefined fields and turns numbers beyond 32 bits to BigInt, which msgpackr writes as 64-bit integers. */
function exact(value: unknown): unknown {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && Math.abs(value) > 0x7fff_ffff ? BigInt(value) : value;
  }
  if (Array.isArray(value)) return value.map(exact);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([name, each]) => [name, exact(each)]));
}

function unpack(bytes: Uint8Array): unknown {
  try {
    return unpackr.unpack(bytes);
  } catch {
    // The decoder's own text may hold parts of the body.
    throw new WatchkeeperError('FRAME_MALFORMED', 'The control body is not msgpack.');
  }
}

const DECODERS: { readonly [K in ControlKind]: (fields: Fields) => ControlBodies[K] } = {
  [FRAME.challenge]: (fields) => ({
    nonce: fields.bytes('nonce', 32),
    server_time: fields.integer('server_time'),
    site: subjectName(fields, 'site'),
    key_id: fields.text('key_id', ID_BYTES),
    public_key: fields.bytes('public_key', 32),
  }),
  [FRAME.hello]: readHello,
  [FRAME.welcome]: (fields) => ({
    session: fields.text('session', TEXT),
    acked: pair(fields, 'acked'),
    credits: credits(fields),
    server_time: fields.integer('server_time'),
    ...(fields.has('site_epoch') ? { site_epoch: fields.integer('site_epoch') } : {}),
  }),
  [FRAME.ack]: readAck,
  [FRAME.nack]: readNack,
  [FRAME.note]: (fields) => ({
    frame: fields.text('frame', TEXT),
    reason: fields.text('reason', TEXT, 0),
  }),
  [FRAME.flow]: (fields) => ({ credits: credits(fields) }),
  [FRAME.beat]: (fields) => ({
    battery: fields.number('battery', 0, 100),
    worn: fields.flag('worn'),
    charging: fields.flag('charging'),
    buffered: fields.integer('buffered'),
    oldest: fields.integer('oldest'),
  }),
  [FRAME.cmd]: (fields) => ({
    id: fields.text('id', 64),
    verb: fields.text('verb', 64),
    arguments: fields.map('arguments'),
  }),
  [FRAME.res]: (fields) => ({
    id: fields.text('id', 64),
    ok: fields.flag('ok'),
    result: fields.raw('result'),
  }),
  [FRAME.key]: (fields) => ({
    key_id: fields.text('key_id', ID_BYTES),
    public_key: fields.bytes('public_key', 32),
    not_before: fields.integer('not_before'),
  }),
  [FRAME.bye]: (fields) => ({
    code: fields.integer('code', 4_999, 1_000),
    resume_after_ms: fields.integer('resume_after_ms', 86_400_000),
    reason: fields.text('reason', TEXT, 0),
  }),
};

function readHello(fields: Fields): HelloBody {
  return {
    device: subjectName(fields, 'device'),
    epoch: fields.integer('epoch', U32, 1),
    key_id: fields.text('key_id', ID_BYTES),
    enc: fields.bytes('enc', 32),
    acked: pair(fields, 'acked'),
    firmware: fields.text('firmware', 64, 0),
    clock: fields.integer('clock'),
    ...(fields.has('signed_at') ? { signed_at: fields.integer('signed_at') } : {}),
    signature: fields.bytes('signature', 64),
  };
}

function readAck(fields: Fields): AckBody {
  const acks = laneSeqs(fields, 'acks');
  return fields.has('shed') ? { acks, shed: laneSeqs(fields, 'shed') } : { acks };
}

function readNack(fields: Fields): NackBody {
  return {
    code: fields.oneOf('code', NACK_CODES),
    ...(fields.has('lane') ? { lane: fields.integer('lane', 1) as Lane } : {}),
    ...(fields.has('seq') ? { seq: fields.integer('seq') } : {}),
    ...(fields.has('expected') ? { expected: fields.integer('expected') } : {}),
    ...(fields.has('retry_after_ms')
      ? { retry_after_ms: fields.integer('retry_after_ms', 86_400_000) }
      : {}),
    ...(fields.has('server_time') ? { server_time: fields.integer('server_time') } : {}),
    message: fields.text('message', TEXT, 0),
  };
}

function subjectName(fields: Fields, name: string): string {
  const text = fields.text(name, 128);
  if (isSubjectName(text)) return text;
  throw new WatchkeeperError(
    'FRAME_MALFORMED',
    `The field "${name}" has characters other than A-Z a-z 0-9 . _ @ : -.`,
  );
}

function pair(fields: Fields, name: string): LanePair {
  const [urgent = 0, bulk = 0] = fields.integers(name, 2);
  return [urgent, bulk];
}

function credits(fields: Fields): Credits {
  const [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = fields.integers('credits', 4, U32);
  return [c0, c1, c2, c3];
}

function laneSeqs(fields: Fields, name: string): readonly (readonly [Lane, number])[] {
  return fields.list(name, 256).map((each) => {
    const item = new Fields({ pair: each });
    const [lane = 0, seq = 0] = item.integers('pair', 2);
    if (lane <= 1) return [lane as Lane, seq] as const;
    throw new WatchkeeperError('FRAME_MALFORMED', `The field "${name}" has an unknown lane.`);
  });
}
