import { detached } from '../../core/detached.ts';

/** Enough to tell messages apart, and most of what counting one costs. */
const HASHED = 48;
const LONGEST_TEXT = 160;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * Identity of a message without its digits: messages that differ in numbers
 * only have the same one (FNV-1a, 32 bit). Reads the first 48 characters.
 */
export function templateHash(message: string): number {
  const end = Math.min(message.length, HASHED);
  let hash = 0x811c9dc5;
  for (let index = 0; index < end; index += 1) {
    const code = message.charCodeAt(index);
    if (code < ZERO || code > NINE) hash = Math.imul(hash ^ code, 0x01000193);
  }
  return hash >>> 0;
}

/** The message with runs of digits as `#`, for people. */
export function templateText(message: string): string {
  return detached(message.slice(0, LONGEST_TEXT).replace(/\d+/g, '#'));
}
