import { PairTable, roomFor } from './pair-table.ts';
import type { State } from './state.ts';

/** The context before the first event: no events at all. */
export const ROOT = 0;

/**
 * Counts of all sequences of up to `order + 1` symbols as a tree: a node is a
 * sequence, its children what came next. Reading a sequence moves along one
 * node per context length at once (`Contexts`), so that a symbol costs one
 * look-up per length. Holds at most `limit` nodes; what no longer fits is
 * counted and leaves longer contexts unlearned.
 */
export class GramTree {
  readonly #table: PairTable;
  #counts: Float64Array = new Float64Array(64);
  #totals: Float64Array = new Float64Array(64);
  #kinds: Float64Array = new Float64Array(64);

  constructor(limit: number, table = new PairTable(limit)) {
    this.#table = table;
  }

  /** Nodes beside the root. */
  get size(): number {
    return this.#table.size;
  }

  get refused(): number {
    return this.#table.refused;
  }

  get bytes(): number {
    return this.#table.bytes + this.#table.size * 8;
  }

  /** The node of `parent` followed by `symbol`, or 0. */
  child(parent: number, symbol: number): number {
    return this.#table.find(parent, symbol) + 1;
  }

  /** How often the node's last symbol came after the rest of it. */
  count(node: number): number {
    return this.#counts[node] as number;
  }

  /** How many symbols came after the node. */
  total(node: number): number {
    return this.#totals[node] as number;
  }

  /** How many different symbols came after the node. */
  kinds(node: number): number {
    return this.#kinds[node] as number;
  }

  /** The node of `parent` followed by `symbol`, counted once more; 0 when there is no room. */
  learn(parent: number, symbol: number): number {
    const node = this.#table.add(parent, symbol) + 1;
    if (node === 0) return 0;
    this.#makeRoom(node + 1);
    this.#raise(parent, node, 1);
    return node;
  }

  /** Makes sure that there is a node of `parent` followed by `symbol`, counting nothing. */
  touch(parent: number, symbol: number): void {
    this.#makeRoom(this.#table.add(parent, symbol) + 2);
  }

  state(): object {
    return { table: this.#table.state(), counts: this.#counts.slice(1, this.size + 1) };
  }

  /** @throws MODEL_INVALID */
  static from(limit: number, state: State): GramTree {
    const table = PairTable.from(limit, state.child('table'));
    const tree = new GramTree(limit, table);
    const counts = state.counts('counts', table.size);
    tree.#makeRoom(table.size + 1);
    for (let node = 1; node <= table.size; node += 1) {
      const parent = table.first(node - 1);
      const count = counts[node - 1] as number;
      state.require(parent < node, 'its tree does not hang together');
      if (count > 0) tree.#raise(parent, node, count);
    }
    return tree;
  }

  #raise(parent: number, node: number, count: number): void {
    if (this.#counts[node] === 0) this.#kinds[parent] = (this.#kinds[parent] as number) + 1;
    this.#counts[node] = (this.#counts[node] as number) + count;
    this.#totals[parent] = (this.#totals[parent] as number) + count;
  }

  #makeRoom(nodes: number): void {
    this.#counts = roomFor(this.#counts, nodes);
    this.#totals = roomFor(this.#totals, nodes);
    this.#kinds = roomFor(this.#kinds, nodes);
  }
}

/** Where a reader of symbols stands in a tree: one node per length of context, shortest first. */
export class Contexts {
  readonly #tree: GramTree;
  readonly #order: number;
  #nodes: Int32Array;
  #next: Int32Array;
  #known = 1;

  constructor(tree: GramTree, order: number) {
    this.#tree = tree;
    this.#order = order;
    this.#nodes = new Int32Array(order + 2);
    this.#next = new Int32Array(order + 2);
  }

  /** How many contexts are known, the empty one included: 1 to `order + 1`. */
  get known(): number {
    return this.#known;
  }

  /** Length of the longest sequence ending in the last symbol that is in the tree. */
  get longest(): number {
    return this.#known - 1;
  }

  node(length: number): number {
    return this.#nodes[length] as number;
  }

  restart(): void {
    this.#known = 1;
  }

  /** Counts `symbol` in every context and goes on. */
  learn(symbol: number): void {
    let known = 1;
    for (let length = 0; length < this.#known; length += 1) {
      const node = this.#tree.learn(this.#nodes[length] as number, symbol);
      if (node === 0) break;
      this.#next[known] = node;
      known += 1;
    }
    this.#advance(known);
  }

  /** Goes on without counting. A symbol below 0 is known nowhere. */
  read(symbol: number): void {
    let known = 1;
    for (let length = 0; symbol >= 0 && length < this.#known; length += 1) {
      const node = this.#tree.child(this.#nodes[length] as number, symbol);
      if (node === 0) break;
      this.#next[known] = node;
      known += 1;
    }
    this.#advance(known);
  }

  #advance(known: number): void {
    [this.#nodes, this.#next] = [this.#next, this.#nodes];
    this.#nodes[0] = ROOT;
    this.#known = Math.min(known, this.#order + 1);
  }
}
