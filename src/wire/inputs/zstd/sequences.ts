import { BackwardBits } from './bits.ts';
import { fseTable, nextState, readFseTable, singleTable, type FseTable } from './fse.ts';
import type { History } from './history.ts';
import { MAX_BLOCK } from './literals.ts';
import { malformedZstd } from './malformed.ts';

/** Tables of lengths of literals, offsets and lengths of matches, in this order. */
export type Tables = readonly [FseTable, FseTable, FseTable];

export interface SequenceState {
  tables: Tables | undefined;
  /** The last three offsets. */
  readonly offsets: [number, number, number];
}

const ones = (count: number): number[] => Array<number>(count).fill(1);
const twos = (count: number): number[] => Array<number>(count).fill(2);
const rare = (count: number): number[] => Array<number>(count).fill(-1);
/** RFC 8878, 3.1.1.3.2.2. */
const DEFAULTS: Tables = [
  fseTable([4, 3, ...twos(11), 1, 1, 1, ...twos(9), 3, 2, ...ones(5), ...rare(4)], 6),
  fseTable([...ones(6), 2, 2, 2, ...ones(15), ...rare(5)], 5),
  fseTable([1, 4, 3, ...twos(6), ...ones(37), ...rare(7)], 6),
];
const LIMITS = [
  { maxLog: 9, maxSymbol: 35 },
  { maxLog: 8, maxSymbol: 31 },
  { maxLog: 9, maxSymbol: 52 },
] as const;
const LITERAL_BITS = [...Array<number>(16).fill(0), 1, 1, 1, 1, 2, 2, 3, 3, 4].concat([
  6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
]);
const MATCH_BITS = [...Array<number>(32).fill(0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5].concat([
  7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
]);
const LITERAL_BASE = basesOf(LITERAL_BITS, 0);
const MATCH_BASE = basesOf(MATCH_BITS, 3);

function basesOf(bits: readonly number[], first: number): readonly number[] {
  let base = first;
  return bits.map((count) => (base += 1 << count) - (1 << count));
}

/** Where the sequences of a block stand. */
export interface Stretch {
  readonly from: number;
  readonly end: number;
}

/** Does the sequences of a block (RFC 8878, 3.1.1.3.2), and writes the literals that are left. */
export function runSequences(
  block: Uint8Array,
  { from, end }: Stretch,
  { literals, state, out }: Parts,
): void {
  const { count, next } = readCount(block, from, end);
  if (count === 0) {
    if (next !== end) throw malformedZstd();
    out.append(literals, 0, literals.length);
    return;
  }
  const { tables, at } = readTables(block, { from: next, end }, state.tables);
  state.tables = tables;
  const used = new Sequences(tables, new BackwardBits(block, at, end), state.offsets);
  used.run(count, literals, out);
}

interface Parts {
  readonly literals: Uint8Array;
  readonly state: SequenceState;
  readonly out: History;
}

function readCount(block: Uint8Array, at: number, end: number): { count: number; next: number } {
  const first = block[at] as number;
  const next = at + (first < 128 ? 1 : first < 255 ? 2 : 3);
  if (next > end) throw malformedZstd();
  const second = block[at + 1] as number;
  if (first < 128) return { count: first, next };
  if (first < 255) return { count: ((first - 128) << 8) + second, next };
  return { count: second + ((block[at + 2] as number) << 8) + 0x7f00, next };
}

function readTables(
  block: Uint8Array,
  { from, end }: Stretch,
  earlier: Tables | undefined,
): { readonly tables: Tables; readonly at: number } {
  const modes = block[from] as number;
  let at = from + 1;
  if (at > end || (modes & 3) !== 0) throw malformedZstd();
  const read = (kind: 0 | 1 | 2): FseTable => {
    const mode = (modes >> (6 - 2 * kind)) & 3;
    const limits = LIMITS[kind];
    if (mode === 0) return DEFAULTS[kind];
    if (mode === 1) {
      const symbol = block[at] as number;
      at += 1;
      if (at > end || symbol > limits.maxSymbol) throw malformedZstd();
      return singleTable(symbol);
    }
    if (mode === 2) {
      const { table, next } = readFseTable(block, [at, end], limits);
      at = next;
      return table;
    }
    if (earlier === undefined) throw malformedZstd();
    return earlier[kind];
  };
  const tables: Tables = [read(0), read(1), read(2)];
  return { tables, at };
}

class Sequences {
  readonly #tables: Tables;
  readonly #source: BackwardBits;
  readonly #offsets: SequenceState['offsets'];

  constructor(tables: Tables, source: BackwardBits, offsets: SequenceState['offsets']) {
    this.#tables = tables;
    this.#source = source;
    this.#offsets = offsets;
  }

  /** Stops as soon as more than a block would be written: what a sequence costs is bounded by what it gives. */
  run(count: number, literals: Uint8Array, out: History): void {
    const [ofLiterals, ofOffsets, ofMatches] = this.#tables;
    const source = this.#source;
    let first = source.read(ofLiterals.log);
    let second = source.read(ofOffsets.log);
    let third = source.read(ofMatches.log);
    let used = 0;
    let room = MAX_BLOCK - literals.length;
    for (let left = count; left > 0; left -= 1) {
      const offsetCode = ofOffsets.symbols[second] as number;
      const matchCode = ofMatches.symbols[third] as number;
      const literalCode = ofLiterals.symbols[first] as number;
      const value = 2 ** offsetCode + source.read(offsetCode);
      const match =
        (MATCH_BASE[matchCode] as number) + source.read(MATCH_BITS[matchCode] as number);
      const length =
        (LITERAL_BASE[literalCode] as number) + source.read(LITERAL_BITS[literalCode] as number);
      room -= match;
      if (room < 0 || used + length > literals.length) throw malformedZstd();
      out.append(literals, used, length);
      used += length;
      out.repeat(this.#offset(value, length), match);
      if (left === 1) break;
      first = nextState(ofLiterals, first, source);
      third = nextState(ofMatches, third, source);
      second = nextState(ofOffsets, second, source);
    }
    if (source.at !== source.start) throw malformedZstd();
    out.append(literals, used, literals.length - used);
  }

  /** The first three values stand for offsets that were used before. */
  #offset(value: number, literals: number): number {
    const offsets = this.#offsets;
    const [one, two, three] = offsets;
    const which = value > 3 ? 4 : value - (literals === 0 ? 0 : 1);
    if (which === 0) return one;
    const offset = which === 4 ? value - 3 : which === 1 ? two : which === 2 ? three : one - 1;
    if (which !== 1) offsets[2] = two;
    offsets[1] = one;
    offsets[0] = offset;
    return offset;
  }
}
