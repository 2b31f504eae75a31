import assert from 'node:assert/strict';

import { decodeFeedRequest, encodeFeed } from '../../../src/gateway/feed/codec.ts';
import { encodeControlFrame, decodeControl } from '../../../src/wire/control.ts';
import type { ControlBodies, ControlKind, HelloBody } from '../../../src/wire/control-bodies.ts';
import { bodyOf, encodeFrame, FRAME, HEADER_BYTES, splitFrames } from '../../../src/wire/frame.ts';
import { decodeGap, encodeGap } from '../../../src/wire/gap.ts';
import { decodeJournalHello, encodeJournalHello } from '../../../src/wire/journal-hello.ts';
import { msgpackMutators } from '../mutators/msgpack.ts';
import { MARKER, type FuzzTarget } from '../target.ts';

const bytes = (length: number, fill = 7): Uint8Array => new Uint8Array(length).fill(fill);
const credits = [1, 2, 3, 4] as const;
const key = { key_id: 'ab'.repeat(16), public_key: bytes(32) };
const hello: HelloBody = {
  ...{ device: 'watch-7', epoch: 3, key_id: 'ab'.repeat(16), enc: bytes(32) },
  acked: [0, 5],
  ...{ firmware: MARKER, clock: 1_767_268_800_000, signature: bytes(64) },
};

const CONTROLS: readonly Uint8Array[] = [
  encodeControlFrame(FRAME.challenge, { nonce: bytes(32), server_time: 5, site: 'local', ...key }),
  encodeControlFrame(FRAME.hello, hello),
  encodeControlFrame(FRAME.hello, { ...hello, signed_at: 1_767_268_800_000 }),
  encodeControlFrame(FRAME.welcome, { session: 's', acked: [1, 2], credits, server_time: 9 }),
  encodeControlFrame(FRAME.ack, { acks: [[0, 5]], shed: [[1, 7]] }),
  encodeControlFrame(FRAME.nack, { code: 'GAP', seq: 7, lane: 0, message: MARKER }),
  encodeControlFrame(FRAME.note, { frame: 'ack', reason: MARKER }),
  encodeControlFrame(FRAME.flow, { credits }),
  encodeControlFrame(FRAME.beat, {
    ...{ battery: 50, worn: true, charging: false, buffered: 3, oldest: 8 },
  }),
  encodeControlFrame(FRAME.cmd, { id: 'c', verb: 'ping', arguments: { text: MARKER } }),
  encodeControlFrame(FRAME.res, { id: 'c', ok: true, result: [MARKER] }),
  encodeControlFrame(FRAME.key, { ...key, not_before: 4 }),
  encodeControlFrame(FRAME.bye, { code: 4001, resume_after_ms: 5, reason: MARKER }),
];

const KEYS = [
  ...['nonce', 'server_time', 'site', 'key_id', 'public_key', 'device', 'epoch', 'enc', 'acked'],
  ...['firmware', 'clock', 'signed_at', 'signature', 'session', 'credits', 'acks', 'shed', 'code'],
  ...['seq', 'expected', 'lane', 'retry_after_ms', 'message', 'frame', 'reason', 'battery', 'worn'],
  ...['charging', 'buffered', 'oldest', 'id', 'verb', 'arguments', 'ok', 'result', 'not_before'],
  ...['resume_after_ms', 'dropped', 'from', 'to', 'type', 'proto', 'token', 'page', 'path', 'hz'],
];

const DATA = encodeFrame(
  { kind: FRAME.data, frameClass: 2, lane: 1, epoch: 3, seq: 9 },
  Buffer.from(`${MARKER}${MARKER}`),
);

/** A WebSocket message or POST body: one or more frames. */
export const frames: FuzzTarget = {
  seeds: [DATA, Buffer.concat([DATA, DATA, CONTROLS[8]!]), ...CONTROLS],
  run(input) {
    const split = splitFrames(input);
    const again = split.map(({ header, frame }) => encodeFrame(header, bodyOf(frame)));
    assert.equal(Buffer.compare(Buffer.concat(again), input), 0);
    return split.map(({ header }) => header);
  },
};

/** The first byte chooses the kind; the rest is the body. */
export const control: FuzzTarget = {
  seeds: CONTROLS.map((frame) => Buffer.concat([frame.subarray(1, 2), bodyOf(frame)])),
  mutators: msgpackMutators(KEYS),
  dictionary: KEYS,
  maxBytes: 4_097,
  run(input) {
    const kinds = Object.values(FRAME).filter((kind) => kind !== FRAME.data && kind !== FRAME.gap);
    const kind = kinds.find((each) => each === input[0]) ?? kinds[(input[0] ?? 0) % kinds.length];
    return kept(kind as ControlKind, input.subarray(1));
  },
};

/** Whatever was read can be written, and reads the same. */
function kept(kind: ControlKind, body: Uint8Array): unknown {
  const read = decodeControl(kind, body);
  // What comes in may hold 4 KiB only thanks to a shorter spelling of numbers.
  if (body.length > 2_048) return read;
  if (kind !== FRAME.cmd && kind !== FRAME.res) {
    const frame = encodeControlFrame(kind, read as ControlBodies[typeof kind]);
    const again = decodeControl(kind, bodyOf(frame));
    assert.deepEqual(again, read);
  }
  return read;
}

export const journalHello: FuzzTarget = {
  seeds: [
    encodeJournalHello({ challenge: bytes(32), frame: CONTROLS[1]! }),
    encodeJournalHello({ signedAt: 1e12, bodyHash: bytes(32), frame: CONTROLS[2]! }),
  ],
  mutators: msgpackMutators(KEYS),
  run(input) {
    const read = decodeJournalHello(input);
    assert.equal(Buffer.compare(encodeJournalHello(read), input), 0);
    return read;
  },
  repair(input) {
    // The length in the frame's header is that of what follows.
    const at = (input[1] === 1 ? 42 : 34) + HEADER_BYTES;
    if (input.length < at) return input;
    const copy = Buffer.from(input);
    copy.writeUInt32BE(input.length - at, at - 4);
    return new Uint8Array(copy);
  },
};

export const gap: FuzzTarget = {
  seeds: [encodeGap({ dropped: credits, from: 1, to: 1_767_268_800_000 })],
  mutators: msgpackMutators(KEYS),
  dictionary: KEYS,
  run(input) {
    const read = decodeGap(input);
    assert.deepEqual(decodeGap(encodeGap(read)), read);
    return read;
  },
};

export const feedRequest: FuzzTarget = {
  seeds: [
    encodeFeed({ type: 'hello', proto: 1, token: MARKER }),
    encodeFeed({ type: 'sub', page: 'subject', subject: MARKER, path: 'a/b', hz: 2 }),
  ],
  mutators: msgpackMutators(KEYS),
  dictionary: [...KEYS, 'hello', 'sub', 'overview', 'actors', 'subject', 'none'],
  run: decodeFeedRequest,
};
