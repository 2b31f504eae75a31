import { contains, WORD_CHARACTERS, type CharSet } from './char-set.ts';
import { OP, type Program } from './program.ts';

/** Where each capture begins and ends (−1, −1 when it took no part); `cut` when the budget ran out. */
export type StepResult = Int32Array | 'none' | 'cut';

/** Steps for one line; 1 to 3 ms. */
const STEP_BUDGET = 60_000;
/** Words of memory that one line may take for what was tried: 1 MiB. */
const MAX_WORDS = 262_144;

const ASCII = 128;

/**
 * Matches by backtracking, but never tries the same choice at the same place
 * twice, so that its time is bounded by program times line, and stops when
 * its budget of steps is used up. Slower than `RegExp`, which can do neither.
 */
export class SteppingMatcher {
  readonly #program: Program;
  readonly #ascii: readonly Uint8Array[];
  #visited = new Uint32Array(64);
  #stack = new Int32Array(256);
  #top = 0;
  #steps = 0;

  constructor(program: Program) {
    this.#program = program;
    this.#ascii = program.sets.map(asciiTable);
  }

  /** The first match of the line, as `RegExp` finds it. */
  match(line: string, budget = STEP_BUDGET): StepResult {
    const words = ((this.#program.splits * (line.length + 1)) >>> 5) + 1;
    if (words > MAX_WORDS) return 'cut';
    if (this.#visited.length < words) this.#visited = new Uint32Array(words);
    else this.#visited.fill(0, 0, words);
    this.#steps = budget;
    const slots = new Int32Array(this.#program.captures * 2);
    for (let from = 0; from <= line.length; from += 1) {
      slots.fill(-1);
      const result = this.#from(line, from, slots);
      if (result === 'match') return slots;
      if (result === 'cut') return 'cut';
    }
    return 'none';
  }

  #from(line: string, from: number, slots: Int32Array): 'match' | 'none' | 'cut' {
    const { ops, x, y } = this.#program;
    this.#top = 0;
    let pc = 0;
    let at = from;
    for (;;) {
      this.#steps -= 1;
      if (this.#steps < 0) return 'cut';
      const op = ops[pc];
      let isOn = true;
      if (op === OP.set) {
        isOn = at < line.length && this.#has(x[pc] ?? 0, line.charCodeAt(at));
        at += 1;
        pc += 1;
      } else if (op === OP.split) {
        isOn = this.#isNew(pc, at, line.length);
        if (isOn) this.#push(y[pc] ?? 0, at);
        pc = x[pc] ?? 0;
      } else if (op === OP.jump) {
        pc = x[pc] ?? 0;
      } else if (op === OP.save || op === OP.clear) {
        const slot = x[pc] ?? 0;
        this.#push(-slot - 1, slots[slot] ?? -1);
        slots[slot] = op === OP.save ? at : -1;
        pc += 1;
      } else if (op === OP.match) {
        return 'match';
      } else {
        isOn = this.#holds(pc, at, line);
        pc += 1;
      }
      if (isOn) continue;
      const next = this.#pop(slots);
      if (next < 0) return 'none';
      pc = next;
      at = this.#stack[this.#top + 1] ?? 0;
    }
  }

  /** The next choice left open; captures made since are taken back. −1 when there is none. */
  #pop(slots: Int32Array): number {
    while (this.#top > 0) {
      this.#top -= 2;
      const pc = this.#stack[this.#top] ?? 0;
      if (pc >= 0) return pc;
      slots[-pc - 1] = this.#stack[this.#top + 1] ?? -1;
    }
    return -1;
  }

  #push(pc: number, at: number): void {
    if (this.#top + 2 > this.#stack.length) {
      const larger = new Int32Array(this.#stack.length * 2);
      larger.set(this.#stack);
      this.#stack = larger;
    }
    this.#stack[this.#top] = pc;
    this.#stack[this.#top + 1] = at;
    this.#top += 2;
  }

  #isNew(pc: number, at: number, length: number): boolean {
    const bit = (this.#program.splitNumber[pc] ?? 0) * (length + 1) + at;
    const word = bit >>> 5;
    const mask = 1 << (bit & 31);
    const seen = this.#visited[word] ?? 0;
    if ((seen & mask) !== 0) return false;
    this.#visited[word] = seen | mask;
    return true;
  }

  #has(set: number, code: number): boolean {
    if (code < ASCII) return this.#ascii[set]?.[code] === 1;
    return contains(this.#program.sets[set] ?? [], code);
  }

  #holds(pc: number, at: number, line: string): boolean {
    const { ops, x, y } = this.#program;
    const op = ops[pc];
    if (op === OP.start) return at === 0;
    if (op === OP.end) return at === line.length;
    if (op !== OP.look) {
      const isEdge = isWord(line, at - 1) !== isWord(line, at);
      return op === OP.word ? isEdge : !isEdge;
    }
    const flags = y[pc] ?? 0;
    const place = (flags & 1) === 0 ? at : at - 1;
    const isIn = place >= 0 && place < line.length && this.#has(x[pc] ?? 0, line.charCodeAt(place));
    return isIn !== ((flags & 2) !== 0);
  }
}

function isWord(line: string, at: number): boolean {
  return at >= 0 && at < line.length && contains(WORD_CHARACTERS, line.charCodeAt(at));
}

function asciiTable(set: CharSet): Uint8Array {
  const table = new Uint8Array(ASCII);
  for (const [low, high] of set) table.fill(1, Math.min(low, ASCII), Math.min(high + 1, ASCII));
  return table;
}
