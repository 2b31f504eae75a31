import { createHash, timingSafeEqual } from 'node:crypto';
import { Packr } from 'msgpackr';
import { MsgpackCursor } from './msgpack-cursor.ts';

/** Who may send, by the handshake of the forward protocol. */
export interface ForwardSecurity {
  readonly sharedKey: string;
  /** Name that the site gives itself. */
  readonly hostname: string;
  /** When there are any, a user name and password are asked for too. */
  readonly users: readonly { readonly name: string; readonly password: string }[];
  /** Fresh random bytes for each connection, 16 each. */
  readonly nonce: Uint8Array;
  readonly salt: Uint8Array;
}

const PACKR = new Packr({ useRecords: false, variableMapSize: true });

/** What the site says first. */
export function packHelo({ nonce, salt, users }: ForwardSecurity): Uint8Array {
  const auth = users.length === 0 ? new Uint8Array(0) : Buffer.from(salt);
  return PACKR.pack(['HELO', { nonce: Buffer.from(nonce), auth, keepalive: true }]);
}

/** What confirms a chunk. */
export function packAck(chunk: string): Uint8Array {
  return PACKR.pack({ ack: chunk });
}

export interface Pong {
  readonly isAdmitted: boolean;
  readonly bytes: Uint8Array;
}

/** Checks a PING and gives the answer; `undefined` when the message is none. */
export function answerPing(message: Uint8Array, security: ForwardSecurity): Pong | undefined {
  const ping = readPing(message);
  if (ping === undefined) return undefined;
  const { sharedKey, nonce, hostname } = security;
  const [, client, keySalt, digest] = ping;
  const expected = hexDigest(keySalt, client, nonce, sharedKey);
  const isKnown = isSame(text(digest), expected) && client.length > 0;
  const isUser = security.users.length === 0 || isUserOf(ping, security);
  const reason = isKnown ? (isUser ? '' : 'username/password mismatch') : 'shared_key mismatch';
  const isAdmitted = reason === '';
  const proof = isAdmitted ? hexDigest(keySalt, hostname, nonce, sharedKey) : '';
  const own = isAdmitted ? hostname : '';
  return { isAdmitted, bytes: PACKR.pack(['PONG', isAdmitted, reason, own, proof]) };
}

/** `PING`, hostname, salt, digest, user name, digest of the password. */
type Ping = readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

function readPing(message: Uint8Array): Ping | undefined {
  const cursor = new MsgpackCursor(message);
  if (cursor.arrayHeader() !== 6) return undefined;
  const parts: Uint8Array[] = [];
  for (let index = 0; index < 6; index += 1) {
    const part = cursor.bytes();
    if (part === undefined) return undefined;
    parts.push(part);
  }
  const [name] = parts;
  return name !== undefined && text(name) === 'PING' ? (parts as unknown as Ping) : undefined;
}

function isUserOf(ping: Ping, { users, salt }: ForwardSecurity): boolean {
  const [, , , , name, digest] = ping;
  let isUser = false;
  for (const user of users) {
    const isName = isSame(text(name), user.name);
    const isPassword = isSame(text(digest), hexDigest(salt, name, user.password));
    isUser = (isName && isPassword) || isUser;
  }
  return isUser;
}

function hexDigest(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

function isSame(one: string, other: string): boolean {
  const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
