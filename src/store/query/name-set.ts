/** A set of names in a block's metadata: the names themselves, or a Bloom filter when there are many. */
export type NameSet = readonly string[] | Uint8Array;

const MOST_NAMES = 64;
const BITS_PER_NAME = 10;
const PROBES = 7;

/** Up to 64 names are kept as they are; more become a Bloom filter (10 bits a name, under 1 % false positives). */
export function nameSet(names: Iterable<string>): NameSet {
  const unique = [...new Set(names)];
  if (unique.length <= MOST_NAMES) return unique;
  const filter = new Uint8Array(Math.ceil((unique.length * BITS_PER_NAME) / 8));
  for (const name of unique) {
    for (const bit of probes(name, filter.length * 8)) {
      filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  return filter;
}

/** False only when the name is certainly not in the set. */
export function mayHold(set: NameSet, name: string): boolean {
  if (!(set instanceof Uint8Array)) return set.includes(name);
  for (const bit of probes(name, set.length * 8)) {
    if (((set[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** Double hashing (Kirsch and Mitzenmacher, 2006) over FNV-1a and a second, remixed hash. */
function* probes(name: string, bits: number): Generator<number> {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  const first = hash >>> 0;
  let mixed = Math.imul(first ^ (first >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  const second = ((mixed ^ (mixed >>> 16)) >>> 0) | 1;
  for (let probe = 0; probe < PROBES; probe += 1) yield (first + probe * (second >>> 0)) % bits;
}
