import { detached } from '../../core/detached.ts';
import type { Template } from './template.ts';

/** Where a line leads. */
export interface RepeatedLine {
  readonly line: string;
  readonly key: number;
  readonly template: Template;
  /** How many keys had been led elsewhere in the table when it was known to lead there. */
  moves: number;
}

/** Longer lines are hardly ever the same. */
const LONGEST_KEPT = 256;
/** Characters of a line that its hash is made of. */
const SAMPLED = 12;

/**
 * Lines that came at least twice, each at the place that its hash gives it or
 * beside it: newer ones take the places of older ones. What is remembered here changes
 * nothing but how long mining takes.
 */
export class RepeatedLines {
  readonly #mask: number;
  readonly #kept: (RepeatedLine | undefined)[] = [];
  readonly #seen: number[] = [];

  /** @param places how many lines at most, a power of two */
  constructor(places: number) {
    this.#mask = places - 1;
  }

  find(line: string): RepeatedLine | undefined {
    const place = hashOf(line) & this.#mask;
    const kept = this.#kept[place];
    if (kept?.line === line) return kept;
    const beside = this.#kept[place ^ 1];
    return beside?.line === line ? beside : undefined;
  }

  /** Whether the last line that was asked for at its place was, as far as its hash tells, this one. */
  isDue(line: string): boolean {
    if (line.length > LONGEST_KEPT) return false;
    this.#fill();
    const hash = hashOf(line);
    const place = hash & this.#mask;
    const isDue = this.#seen[place] === hash;
    this.#seen[place] = hash;
    return isDue;
  }

  keep(repeated: RepeatedLine): void {
    const { line, key, template, moves } = repeated;
    const place = hashOf(line) & this.#mask;
    const before = this.#kept[place];
    // Two that share a place would drive out each other by turns.
    if (before !== undefined && before.line !== line) this.#kept[place ^ 1] = before;
    this.#kept[place] = { line: detached(line), key, template, moves };
  }

  /** Most sources say little, so that memory is taken with the first line. */
  #fill(): void {
    if (this.#seen.length > 0) return;
    for (let place = 0; place <= this.#mask; place += 1) {
      this.#seen.push(0);
      this.#kept.push(undefined);
    }
  }
}

/** FNV-1a of the length and of characters spread over the line. */
function hashOf(line: string): number {
  const { length } = line;
  let hash = 0x811c9dc5 ^ length;
  const step = Math.floor((length + SAMPLED - 1) / SAMPLED) || 1;
  for (let at = 0; at < length; at += step) {
    hash = Math.imul(hash ^ line.charCodeAt(at), 0x01000193);
  }
  hash ^= line.charCodeAt(length - 1) << 7;
  return (hash ^ (hash >>> 15)) & 0x3fffffff;
}
