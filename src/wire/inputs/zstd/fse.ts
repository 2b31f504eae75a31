import { type BackwardBits, bitsAt, highestBit } from './bits.ts';
import { malformedZstd } from './malformed.ts';

/** A table of finite state entropy (RFC 8878, 4.1): per state its symbol, and how the next one is found. */
export interface FseTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly base: Uint16Array;
}

export interface FseLimits {
  readonly maxLog: number;
  readonly maxSymbol: number;
}

/** Reads the description of a table; `next` is the byte behind it. */
export function readFseTable(
  bytes: Uint8Array,
  [from, end]: readonly [from: number, end: number],
  { maxLog, maxSymbol }: FseLimits,
): { readonly table: FseTable; readonly next: number } {
  let at = from * 8;
  const take = (count: number): number => {
    if (at > end * 8) throw malformedZstd();
    at += count;
    return bitsAt(bytes, at - count, count);
  };
  const log = take(4) + 5;
  if (log > maxLog) throw malformedZstd();
  const counts: number[] = [];
  let left = 1 << log;
  while (left > 0 && counts.length <= maxSymbol) {
    const width = highestBit(left + 1) + 1;
    const low = (1 << (width - 1)) - 1;
    const spare = (1 << width) - 1 - (left + 1);
    let value = take(width);
    if ((value & low) < spare) {
      at -= 1;
      value &= low;
    } else if (value > low) value -= spare;
    counts.push(value - 1);
    left -= Math.abs(value - 1);
    if (value !== 1) continue;
    for (let zeros = 3; zeros === 3 && counts.length <= maxSymbol;) {
      zeros = take(2);
      for (let index = 0; index < zeros; index += 1) counts.push(0);
    }
  }
  const next = (at + 7) >> 3;
  if (left !== 0 || counts.length > maxSymbol + 1 || next > end) throw malformedZstd();
  return { table: fseTable(counts, log), next };
}

/** The table of these counts; -1 is a symbol that is less likely than one state. */
export function fseTable(counts: readonly number[], log: number): FseTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const bits = new Uint8Array(size);
  const base = new Uint16Array(size);
  const following = Uint16Array.from(counts, (count) => Math.abs(count));
  let high = size;
  for (const [symbol, count] of counts.entries()) if (count === -1) symbols[--high] = symbol;
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (const [symbol, count] of counts.entries()) {
    for (let index = 0; index < count; index += 1) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= high);
    }
  }
  for (let state = 0; state < size; state += 1) {
    const symbol = symbols[state] as number;
    const next = following[symbol] as number;
    following[symbol] = next + 1;
    const width = log - highestBit(next);
    bits[state] = width;
    base[state] = (next << width) - size;
  }
  return { log, symbols, bits, base };
}

/** The table of one symbol that needs no bits. */
export function singleTable(symbol: number): FseTable {
  return {
    log: 0,
    symbols: Uint8Array.of(symbol),
    bits: Uint8Array.of(0),
    base: Uint16Array.of(0),
  };
}

/** The state behind this one. */
export function nextState({ bits, base }: FseTable, state: number, source: BackwardBits): number {
  return (base[state] as number) + source.read(bits[state] as number);
}
