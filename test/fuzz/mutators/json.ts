import type { Random } from '../../../src/core/random.ts';
import { MARKER, type Mutator } from '../target.ts';
import { splice } from './bytes.ts';

const PIECES = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '\\u',
    '\\ud800',
    '\n',
    'null',
    'true',
    '1e400',
    '-0',
  ],
  ...['{"a":', '[[[[', '"__proto__":', '"\\u0000"', '{"timestamp":0}', '\ufeff', '\u2028', ' '],
];

/** Mutators for JSON texts whose objects have keys out of `keys`. */
export function jsonMutators(keys: readonly string[]): readonly Mutator[] {
  return [
    (input, random) => insert(input, random, random.pick(PIECES)),
    (input, random) => insert(input, random, JSON.stringify(value(random, keys, 0))),
    (_, random) => new Uint8Array(Buffer.from(JSON.stringify(value(random, keys, 0)))),
    (input, random) => changed(input, random, keys),
    (input, random) => changed(input, random, keys),
    (input, random) => {
      const text = random.pick(['[', '{"a":', '{"attributes":', '[{}', '"\\']);
      return insert(input, random, text.repeat(random.integer(1, 100)));
    },
  ];
}

function insert(input: Uint8Array, random: Random, text: string): Uint8Array {
  const at = random.integer(0, input.length);
  const skipped = random.chance(0.3) ? text.length : 0;
  return splice([input.subarray(0, at), Buffer.from(text), input.subarray(at + skipped)]);
}

/** Parses, changes one place and writes again. */
function changed(input: Uint8Array, random: Random, keys: readonly string[]): Uint8Array {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(input).toString());
    return new Uint8Array(Buffer.from(JSON.stringify(change(parsed, random, keys)) ?? ''));
  } catch {
    return insert(input, random, random.pick(PIECES));
  }
}

function change(node: unknown, random: Random, keys: readonly string[]): unknown {
  if (typeof node !== 'object' || node === null || random.chance(0.2))
    return value(random, keys, 0);
  if (Array.isArray(node)) {
    const at = random.integer(0, node.length);
    return node.toSpliced(at, random.integer(0, 1), change(node[at], random, keys));
  }
  const names = Object.keys(node);
  const name = names.length > 0 && random.chance(0.6) ? random.pick(names) : random.pick(keys);
  const inner = (node as Record<string, unknown>)[name];
  return { ...node, [name]: change(inner, random, keys) };
}

function value(random: Random, keys: readonly string[], depth: number): unknown {
  const kind = random.integer(0, depth > 3 ? 4 : 7);
  if (kind === 0) return random.pick([null, true, false]);
  if (kind === 1) return random.pick(NUMBERS);
  if (kind <= 4) return random.pick(TEXTS);
  const size = random.integer(0, 5);
  if (kind === 5) return Array.from({ length: size }, () => value(random, keys, depth + 1));
  const names = Array.from({ length: size }, () => random.pick(random.chance(0.85) ? keys : TEXTS));
  return Object.fromEntries(names.map((name) => [name, value(random, keys, depth + 1)]));
}

const NUMBERS = [0, 1, -1, 0.5, 255, 2 ** 31, 2 ** 53, 1e21, -1e300, 5e-324, 1_767_268_800_000];
const TEXTS = [
  ...[
    '',
    MARKER,
    `${MARKER} ${MARKER}`,
    '__proto__',
    'constructor',
    'INFO',
    'fatal',
    '17',
    '\u0000',
  ],
  ...['\ud83d', '2026-01-01T12:00:00Z', '2026-01-01T12:00:00.123456789+23:59', 'x'.repeat(400)],
  ...['1767268800', '1767268800000000000', 'é'.repeat(30), '$where', 'a.b', '0x10', 'NaN'],
];
