import { WatchkeeperError } from '../core/errors.ts';

export interface ShapeLimits {
  /** Arrays and maps within each other; a scalar has depth 0. */
  readonly maxDepth: number;
  /** Values in all, keys included. */
  readonly maxValues: number;
}

/**
 * Walks msgpack bytes without building anything and without recursion: exactly
 * one whole value, no extension types, depth and number of values bounded.
 * After it, unpacking costs no more than the bytes are long.
 * @throws WatchkeeperError FRAME_MALFORMED; the message has no payload.
 */
export function checkShape(bytes: Uint8Array, limits: ShapeLimits): void {
  const open: number[] = [1];
  let offset = 0;
  let values = 0;
  while (open.length > 0) {
    const left = open.pop() ?? 0;
    if (left === 0) continue;
    open.push(left - 1);
    values += 1;
    if (values > limits.maxValues) throw malformed('too many values');
    const step = measure(bytes, offset);
    offset = step.next;
    if (offset > bytes.length) throw malformed('a value cut short');
    if (step.children === undefined) continue;
    // `open` has one entry for the top value itself.
    if (open.length > limits.maxDepth) throw malformed('values nested too deeply');
    open.push(step.children);
  }
  if (offset !== bytes.length) throw malformed('bytes behind its end');
}

interface Step {
  readonly next: number;
  /** Values inside, for arrays and maps. */
  readonly children: number | undefined;
}

/** Bytes of the scalars 0xc0 to 0xd3 that have a fixed size, type byte included; 0 = not a fixed scalar. */
const FIXED = [1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 5, 9, 2, 3, 5, 9, 2, 3, 5, 9];

function measure(bytes: Uint8Array, at: number): Step {
  const type = bytes[at];
  if (type === undefined) throw malformed('a value cut short');
  if (type < 0x80 || type >= 0xe0) return { next: at + 1, children: undefined };
  if (type < 0x90) return { next: at + 1, children: (type & 15) * 2 };
  if (type < 0xa0) return { next: at + 1, children: type & 15 };
  if (type < 0xc0) return { next: at + 1 + (type & 31), children: undefined };
  const fixed = FIXED[type - 0xc0] ?? 0;
  if (fixed > 0) return { next: at + fixed, children: undefined };
  return measureLong(bytes, at, type);
}

function measureLong(bytes: Uint8Array, at: number, type: number): Step {
  const text = type >= 0xd9 && type <= 0xdb;
  if (text || (type >= 0xc4 && type <= 0xc6)) {
    const size = 1 << (type - (text ? 0xd9 : 0xc4));
    return { next: at + 1 + size + length(bytes, at + 1, size), children: undefined };
  }
  if (type >= 0xdc && type <= 0xdf) {
    const size = type % 2 === 0 ? 2 : 4;
    const count = length(bytes, at + 1, size);
    return { next: at + 1 + size, children: type >= 0xde ? count * 2 : count };
  }
  throw malformed('a type that is not allowed');
}

function length(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let index = 0; index < size; index += 1) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}

function malformed(what: string): WatchkeeperError {
  return new WatchkeeperError('FRAME_MALFORMED', `The msgpack body has ${what}.`);
}
