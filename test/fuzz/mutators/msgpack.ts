import { Packr } from 'msgpackr';

import type { Random } from '../../../src/core/random.ts';
import { MARKER, type Mutator } from '../target.ts';
import { splice } from './bytes.ts';

const packr = new Packr({ useRecords: false, variableMapSize: true, moreTypes: true });

/** First bytes that announce something; many announce more than follows. */
const HEADS = [
  ...['80', '8f', '90', '9f', 'a0', 'bf', 'c0', 'c1', 'c2', 'c3', 'c4ff', 'c5ffff', 'c6ffffffff'],
  ...[
    'c70001',
    'c8ffff01',
    'c9ffffffff01',
    'ca7fc00000',
    'cb7ff0000000000000',
    'cfffffffffffffffff',
  ],
  ...['d08000', 'd38000000000000000', 'd4ff00', 'd572a1', 'd6ffffffffff', 'd7ff0000000000000000'],
  ...['d9ff', 'daffff', 'dbffffffff', 'dcffff', 'ddffffffff', 'deffff', 'dfffffffff', 'd47240'],
].map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));

/** Mutators for msgpack whose maps have keys out of `keys`. */
export function msgpackMutators(keys: readonly string[]): readonly Mutator[] {
  return [
    (input, random) => {
      const at = random.integer(0, input.length);
      const head = random.pick(HEADS);
      const skipped = random.chance(0.6) ? head.length : 0;
      return splice([input.subarray(0, at), head, input.subarray(at + skipped)]);
    },
    (input, random) => {
      const at = random.integer(0, input.length);
      const value = packr.pack(anything(random, keys, 0));
      return splice([input.subarray(0, at), value, input.subarray(at + random.integer(0, 4))]);
    },
    (_, random) => new Uint8Array(packr.pack(anything(random, keys, 0))),
    (_, random) => {
      const deep = random.integer(1, 200);
      const head = random.pick([0x91, 0x81, 0xdc]);
      return splice([new Uint8Array(deep).fill(head), Uint8Array.of(0xc0)]);
    },
  ];
}

/** A value of any kind, maps with the keys that mean something. */
export function anything(random: Random, keys: readonly string[], depth: number): unknown {
  const kind = random.integer(0, depth > 3 ? 7 : 11);
  if (kind === 0) return null;
  if (kind === 1) return random.chance(0.5);
  if (kind === 2) return random.pick(NUMBERS);
  if (kind === 3) return random.pick(TEXTS);
  if (kind === 4) return BigInt(random.pick([-1, 1])) * (1n << BigInt(random.integer(50, 63)));
  if (kind === 5) return new Uint8Array(random.integer(0, 40));
  if (kind === 6) return new Date(random.pick([0, 1e12, -1, 8.64e15]));
  if (kind === 7) return random.between(-1e6, 1e6);
  const size = random.integer(0, 6);
  if (kind === 8) return Array.from({ length: size }, () => anything(random, keys, depth + 1));
  const entries = Array.from({ length: size + 2 }, () => [
    random.chance(0.85) ? random.pick(keys) : random.pick(TEXTS),
    anything(random, keys, depth + 1),
  ]);
  return Object.fromEntries(entries) as unknown;
}

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  127,
  128,
  255,
  65_536,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  NaN,
  Infinity,
  1e308,
];
const TEXTS = [
  '',
  MARKER,
  '__proto__',
  'constructor',
  'INFO',
  'ERROR',
  'é'.repeat(20),
  '\u0000',
  '\ud83d',
  '2026-01-01T12:00:00Z',
  'x'.repeat(300),
  'hasOwnProperty',
  '$where',
  'a.b',
];
