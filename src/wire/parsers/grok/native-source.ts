import type { CharSet } from './char-set.ts';
import type { Node } from './syntax.ts';

/** The tree as a source for `RegExp` without flags; captures are numbered in their order. */
export function nativeSource(node: Node): string {
  switch (node.type) {
    case 'set':
      return classSource(node.set);
    case 'seq':
      return node.items.map(nativeSource).join('');
    case 'alt':
      return `(?:${node.options.map(nativeSource).join('|')})`;
    case 'capture':
      return `(${nativeSource(node.node)})`;
    case 'repeat':
      return `(?:${nativeSource(node.node)})${countSource(node)}`;
    case 'assert':
      return { start: '^', end: '$', word: '\\b', 'no-word': '\\B' }[node.kind];
    case 'look':
      return `(?${node.isBehind ? '<' : ''}${node.isNegative ? '!' : '='}${classSource(node.set)})`;
    default:
      return '';
  }
}

function countSource({ min, max, isLazy }: Extract<Node, { type: 'repeat' }>): string {
  const end = max === Infinity ? '' : String(max);
  return `{${min},${end}}${isLazy ? '?' : ''}`;
}

function classSource(set: CharSet): string {
  const ranges = set.map(([low, high]) =>
    low === high ? escaped(low) : `${escaped(low)}-${escaped(high)}`,
  );
  return `[${ranges.join('')}]`;
}

function escaped(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
