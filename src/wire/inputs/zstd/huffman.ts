import { BackwardBits, highestBit } from './bits.ts';
import { nextState, readFseTable } from './fse.ts';
import { malformedZstd } from './malformed.ts';

/** Codes of literals (RFC 8878, 4.2): per `log` bits the symbol, and how many of the bits are its code. */
export interface HuffmanTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

const MAX_LOG = 11;
const MAX_WEIGHTS = 255;

/** Reads the description of a table; `next` is the byte behind it. */
export function readHuffmanTable(
  bytes: Uint8Array,
  from: number,
  end: number,
): { readonly table: HuffmanTable; readonly next: number } {
  if (from >= end) throw malformedZstd();
  const header = bytes[from] as number;
  const first = from + 1;
  const next = first + (header < 128 ? header : (header - 126) >> 1);
  if (next > end) throw malformedZstd();
  const weights =
    header < 128
      ? packedWeights(bytes, first, next)
      : Array.from({ length: header - 127 }, (_, index) => {
          const pair = bytes[first + (index >> 1)] as number;
          return index % 2 === 0 ? pair >> 4 : pair & 15;
        });
  return { table: tableOf(weights), next };
}

function packedWeights(bytes: Uint8Array, from: number, end: number): number[] {
  const { table, next } = readFseTable(bytes, [from, end], { maxLog: 6, maxSymbol: 255 });
  const source = new BackwardBits(bytes, next, end);
  const states = [source.read(table.log), source.read(table.log)];
  const weights: number[] = [];
  for (let turn = 0; ; turn = 1 - turn) {
    const state = states[turn] as number;
    weights.push(table.symbols[state] as number);
    if (weights.length >= MAX_WEIGHTS) throw malformedZstd();
    if (!source.has(table.bits[state] as number)) {
      weights.push(table.symbols[states[1 - turn] as number] as number);
      return weights;
    }
    states[turn] = nextState(table, state, source);
  }
}

/** The weight of the last symbol is what is missing to a power of two. */
function tableOf(weights: number[]): HuffmanTable {
  let sum = 0;
  for (const weight of weights) {
    if (weight > MAX_LOG) throw malformedZstd();
    if (weight > 0) sum += 1 << (weight - 1);
  }
  const log = highestBit(sum) + 1;
  const rest = (1 << log) - sum;
  if (sum === 0 || log > MAX_LOG || (rest & (rest - 1)) !== 0) throw malformedZstd();
  weights.push(highestBit(rest) + 1);
  const symbols = new Uint8Array(1 << log);
  const bits = new Uint8Array(1 << log);
  let at = 0;
  for (let weight = 1; weight <= log; weight += 1) {
    const length = 1 << (weight - 1);
    for (const [symbol, each] of weights.entries()) {
      if (each !== weight) continue;
      symbols.fill(symbol, at, at + length);
      bits.fill(log + 1 - weight, at, at + length);
      at += length;
    }
  }
  return { log, symbols, bits };
}

/** Fills `out` with the symbols of one stream. */
export function decodeHuffman(
  { log, symbols, bits }: HuffmanTable,
  source: BackwardBits,
  out: Uint8Array,
): void {
  for (let index = 0; index < out.length; index += 1) {
    const code = source.peek(log);
    out[index] = symbols[code] as number;
    source.at -= bits[code] as number;
    if (source.at < source.start) throw malformedZstd();
  }
  if (source.at !== source.start) throw malformedZstd();
}
