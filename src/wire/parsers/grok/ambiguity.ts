import { overlaps, union, type CharSet } from './char-set.ts';
import type { Node } from './syntax.ts';

/**
 * An upper bound of what a backtracking engine does on a line of n
 * characters: `factor` times n to the power of `degree`.
 */
export interface Ambiguity {
  readonly factor: number;
  /** Infinity when it may be exponential. */
  readonly degree: number;
}

/**
 * How much a backtracking engine may try. A choice counts as none when one
 * character decides it: the branches, or the loop and what follows it, begin
 * with different characters.
 */
export function ambiguityOf(pattern: Node): Ambiguity {
  const inner = measure(pattern, []);
  const search = isAnchored(pattern) ? 0 : 1;
  return { factor: inner.factor, degree: inner.degree + 1 + search };
}

const NONE: Ambiguity = { factor: 1, degree: 0 };

function measure(node: Node, follow: CharSet): Ambiguity {
  switch (node.type) {
    case 'set':
    case 'assert':
    case 'look':
      return NONE;
    case 'capture':
      return measure(node.node, follow);
    case 'seq':
      return measureSequence(node.items, follow);
    case 'alt':
      return measureChoice(node.options, follow);
    case 'repeat':
      return measureRepeat(node, follow);
    default:
      return NONE;
  }
}

function measureSequence(items: readonly Node[], follow: CharSet): Ambiguity {
  let after = follow;
  let total = NONE;
  for (const item of items.toReversed()) {
    total = product(total, measure(item, after));
    after = firstOf(item, after);
  }
  return total;
}

function measureChoice(options: readonly Node[], follow: CharSet): Ambiguity {
  const inner = options.map((option) => measure(option, follow));
  const worst: Ambiguity = {
    factor: Math.max(...inner.map(({ factor }) => factor)),
    degree: Math.max(...inner.map(({ degree }) => degree)),
  };
  let seen: CharSet = [];
  let isDecided = true;
  for (const option of options) {
    const first = firstOf(option, follow);
    if (overlaps(seen, first)) isDecided = false;
    seen = union(seen, first);
  }
  return isDecided ? worst : product(worst, { factor: options.length, degree: 0 });
}

function measureRepeat(
  { node, min, max }: Extract<Node, { type: 'repeat' }>,
  follow: CharSet,
): Ambiguity {
  // Engines differ in iterations that match nothing; only one of them may be asked.
  if (isNullable(node)) return { factor: 1, degree: Infinity };
  const first = firstOf(node, []);
  // What is taken once at most is not followed by itself.
  const body = measure(node, max > 1 ? union(first, follow) : follow);
  const isDecided = !overlaps(first, follow);
  const isPlain = body.factor === 1 && body.degree === 0;
  if (max === Infinity) {
    if (!isPlain) return { factor: 1, degree: Infinity };
    return { factor: 1, degree: isDecided ? 0 : 1 };
  }
  const times = Math.max(1, max);
  const exits = isDecided ? 1 : max - min + 1;
  return { factor: body.factor ** times * exits, degree: body.degree * times };
}

function product(a: Ambiguity, b: Ambiguity): Ambiguity {
  return { factor: a.factor * b.factor, degree: a.degree + b.degree };
}

/** Characters that a match may begin with; where the node may match nothing, also what follows. */
function firstOf(node: Node, follow: CharSet): CharSet {
  switch (node.type) {
    case 'set':
      return node.set;
    case 'assert':
    case 'look':
      return follow;
    case 'capture':
      return firstOf(node.node, follow);
    case 'seq':
      return node.items.reduceRight((after, item) => firstOf(item, after), follow);
    case 'alt':
      return node.options.reduce(
        (set, option) => union(set, firstOf(option, follow)),
        [] as CharSet,
      );
    case 'repeat':
      return node.max === 0
        ? follow
        : node.min === 0
          ? union(firstOf(node.node, follow), follow)
          : firstOf(node.node, follow);
    default:
      return follow;
  }
}

/** Whether the node can match without taking a character. */
function isNullable(node: Node): boolean {
  switch (node.type) {
    case 'set':
      return false;
    case 'assert':
    case 'look':
      return true;
    case 'capture':
      return isNullable(node.node);
    case 'seq':
      return node.items.every(isNullable);
    case 'alt':
      return node.options.some(isNullable);
    case 'repeat':
      return node.min === 0 || isNullable(node.node);
    default:
      return true;
  }
}

function isAnchored(node: Node): boolean {
  if (node.type === 'assert') return node.kind === 'start';
  if (node.type === 'capture') return isAnchored(node.node);
  if (node.type === 'alt') return node.options.every(isAnchored);
  return node.type === 'seq' && node.items[0] !== undefined && isAnchored(node.items[0]);
}
