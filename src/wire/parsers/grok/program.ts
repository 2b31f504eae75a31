import { WatchkeeperError } from '../../../core/errors.ts';
import type { CharSet } from './char-set.ts';
import type { Node } from './syntax.ts';

/** Instructions of the stepping matcher. */
export const OP = Object.freeze({
  set: 0,
  /** Tries `x`, then `y`. */
  split: 1,
  jump: 2,
  save: 3,
  start: 4,
  end: 5,
  word: 6,
  noWord: 7,
  look: 8,
  match: 9,
  /** Forgets a capture of the iteration before. */
  clear: 10,
} as const);

/** A pattern as instructions: parallel lists of operation and two operands. */
export interface Program {
  readonly ops: Uint8Array;
  readonly x: Int32Array;
  readonly y: Int32Array;
  readonly sets: readonly CharSet[];
  /** How many captures there are; capture k has the slots 2k and 2k + 1. */
  readonly captures: number;
  /** How many splits there are; each has a number of its own. */
  readonly splits: number;
  readonly splitNumber: Int32Array;
}

/** Counted repetitions are written out, so a small pattern can be a large program. */
const MAX_INSTRUCTIONS = 12_000;
const MAX_SPLITS = 3_000;

const ASSERTS = { start: OP.start, end: OP.end, word: OP.word, 'no-word': OP.noWord } as const;

/** Compiles a tree. @throws CONFIG_INVALID when the program would be too large. */
export function compileProgram(node: Node): Program {
  return new Compiler().compile(node);
}

class Compiler {
  readonly #ops: number[] = [];
  readonly #x: number[] = [];
  readonly #y: number[] = [];
  readonly #sets: CharSet[] = [];
  readonly #setNumbers = new Map<CharSet, number>();
  #captures = 0;

  compile(node: Node): Program {
    this.#emit(node);
    this.#add(OP.match, 0, 0);
    const splitNumber = new Int32Array(this.#ops.length);
    let splits = 0;
    this.#ops.forEach((op, index) => {
      if (op === OP.split) splitNumber[index] = splits++;
    });
    if (splits > MAX_SPLITS) throw tooLarge();
    return {
      ops: Uint8Array.from(this.#ops),
      x: Int32Array.from(this.#x),
      y: Int32Array.from(this.#y),
      sets: this.#sets,
      captures: this.#captures,
      splits,
      splitNumber,
    };
  }

  #add(op: number, x: number, y: number): number {
    if (this.#ops.length >= MAX_INSTRUCTIONS) throw tooLarge();
    this.#ops.push(op);
    this.#x.push(x);
    this.#y.push(y);
    return this.#ops.length - 1;
  }

  /** Emits a node. */
  #emit(node: Node): void {
    switch (node.type) {
      case 'set':
        this.#add(OP.set, this.#setNumber(node.set), 0);
        return;
      case 'seq':
        for (const item of node.items) this.#emit(item);
        return;
      case 'alt':
        this.#choice(node.options);
        return;
      case 'capture':
        this.#capture(node.node);
        return;
      case 'repeat':
        this.#repeat(node);
        return;
      case 'assert':
        this.#add(ASSERTS[node.kind], 0, 0);
        return;
      case 'look':
        this.#add(
          OP.look,
          this.#setNumber(node.set),
          (node.isBehind ? 1 : 0) | (node.isNegative ? 2 : 0),
        );
        return;
      default:
        return;
    }
  }

  #capture(node: Node): void {
    const number = this.#captures;
    this.#captures += 1;
    this.#add(OP.save, number * 2, 0);
    this.#emit(node);
    this.#add(OP.save, number * 2 + 1, 0);
  }

  #choice(options: readonly Node[]): void {
    const jumps: number[] = [];
    options.forEach((option, index) => {
      if (index === options.length - 1) {
        this.#emit(option);
        return;
      }
      const split = this.#add(OP.split, 0, 0);
      this.#x[split] = this.#ops.length;
      this.#emit(option);
      jumps.push(this.#add(OP.jump, 0, 0));
      this.#y[split] = this.#ops.length;
    });
    for (const jump of jumps) this.#x[jump] = this.#ops.length;
  }

  #repeat({ node, min, max, isLazy }: Extract<Node, { type: 'repeat' }>): void {
    const captures = this.#captures;
    const inside = countCaptures(node);
    let copies = 0;
    const copy = (): void => {
      // Each copy writes the captures of the first, as a loop does.
      if (copies > 0) this.#captures = captures;
      copies += 1;
      for (let slot = captures * 2; slot < (captures + inside) * 2; slot += 1) {
        this.#add(OP.clear, slot, 0);
      }
      this.#emit(node);
    };
    for (let count = 0; count < min; count += 1) copy();
    if (max === Infinity) this.#loop(copy, isLazy);
    else this.#optional(copy, max - min, isLazy);
  }

  #loop(copy: () => void, isLazy: boolean): void {
    const split = this.#add(OP.split, 0, 0);
    const body = this.#ops.length;
    copy();
    this.#add(OP.jump, split, 0);
    this.#aim(split, { body, exit: this.#ops.length, isLazy });
  }

  #optional(copy: () => void, times: number, isLazy: boolean): void {
    const splits: { split: number; body: number }[] = [];
    for (let count = 0; count < times; count += 1) {
      const split = this.#add(OP.split, 0, 0);
      splits.push({ split, body: this.#ops.length });
      copy();
    }
    for (const { split, body } of splits)
      this.#aim(split, { body, exit: this.#ops.length, isLazy });
  }

  #aim(split: number, to: { body: number; exit: number; isLazy: boolean }): void {
    this.#x[split] = to.isLazy ? to.exit : to.body;
    this.#y[split] = to.isLazy ? to.body : to.exit;
  }

  #setNumber(set: CharSet): number {
    const known = this.#setNumbers.get(set);
    if (known !== undefined) return known;
    this.#setNumbers.set(set, this.#sets.length);
    this.#sets.push(set);
    return this.#sets.length - 1;
  }
}

function countCaptures(node: Node): number {
  switch (node.type) {
    case 'seq':
      return sum(node.items.map(countCaptures));
    case 'alt':
      return sum(node.options.map(countCaptures));
    case 'capture':
      return 1 + countCaptures(node.node);
    case 'repeat':
      return countCaptures(node.node);
    case 'set':
    case 'assert':
    case 'look':
      return 0;
    default:
      return 0;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function tooLarge(): WatchkeeperError {
  return new WatchkeeperError('CONFIG_INVALID', 'The pattern is too large.', {
    fix: 'Use fewer alternatives, or * and + instead of counted repetitions.',
  });
}
