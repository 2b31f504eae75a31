import { isUtf8 } from 'node:buffer';
import type { Steps } from '../../core/steps.ts';

/** Bytes that are decoded in one step when they may not be UTF-8: replacing each takes fifty times as long. */
const STEP_BYTES = 65_536;

/** The text of bytes, as `TextDecoder` gives it: what is no UTF-8 becomes U+FFFD. */
export function* utf8Steps(bytes: Uint8Array, stepBytes = STEP_BYTES): Steps<string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length <= stepBytes || isUtf8(buffer)) return buffer.toString('utf8');
  let text = '';
  for (let from = 0; from < buffer.length;) {
    const to = endOfStep(buffer, from + stepBytes);
    text += buffer.toString('utf8', from, to);
    from = to;
    yield;
  }
  return text;
}

/** Where bytes may be cut without a character's being cut, at `near` or up to three bytes after it. */
function endOfStep(buffer: Buffer, near: number): number {
  let at = near;
  // No character has more than three continuation bytes, so after three others stand for themselves.
  while (at < near + 3 && isContinuation(buffer[at])) at += 1;
  return Math.min(at, buffer.length);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
