import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { createForwardSession } from '../../../src/wire/inputs/forward/forward-session.ts';
import type { InputSession } from '../../../src/wire/inputs/input-session.ts';
import { createLineSession } from '../../../src/wire/inputs/lines/line-session.ts';
import { createLumberjackSession } from '../../../src/wire/inputs/lumberjack/lumberjack-session.ts';
import { AUTO_PARSERS } from '../../../src/wire/parsers/registry.ts';
import { createSourceParser } from '../../../src/wire/parsers/source/source-parser.ts';
import { describe } from '../../support/suite.ts';
import { pack } from './forward/messages.ts';
import { compressedFrame, jsonFrame, windowFrame } from './lumberjack/frames.ts';
import { run } from './session-run.ts';

const limits = { maxMessageBytes: 16_777_216, maxEvents: 100_000 };
const forward = (): InputSession =>
  createForwardSession({ limits, now: () => 0, serviceOfTag: (tag) => tag });
const lumberjack = (): InputSession =>
  createLumberjackSession({ limits, now: () => 0, defaultService: 'beats' });
const lines = (): InputSession =>
  createLineSession({
    framing: 'auto',
    maxLineBytes: 65_536,
    parser: createSourceParser({ parsers: AUTO_PARSERS, mode: 'auto' }),
    now: () => 0,
    ack: false,
    hasPreamble: false,
    needsToken: false,
    authenticate: () => undefined,
  });

const zipped = (body: Buffer): Buffer => pack(['t', gzipSync(body), { compressed: 'gzip' }]);
const tinyEvents = (count: number): Buffer[] =>
  Array.from({ length: count }, () => jsonFrame(1, '{}'));

const INPUTS: readonly (readonly [string, () => InputSession, Buffer])[] = [
  [
    'events of three bytes, compressed',
    forward,
    zipped(Buffer.alloc(297_000, '\x92\0\x80', 'latin1')),
  ],
  ['64 MiB of nothing, compressed', forward, zipped(Buffer.alloc(67_108_864, 0xc0))],
  [
    'a pile of arrays',
    forward,
    Buffer.concat([Buffer.of(0x93, 0xa1, 0x74, 0), Buffer.alloc(65_000, 0x91), Buffer.of(0xc0)]),
  ],
  ['nothing but nil', forward, Buffer.alloc(65_536, 0xc0)],
  ['an array of 4 billion', forward, Buffer.of(0xdd, 255, 255, 255, 255, 0xc0)],
  [
    'windows without events',
    lumberjack,
    Buffer.concat(Array.from({ length: 10_000 }, () => windowFrame(5))),
  ],
  [
    'events of two bytes, compressed',
    lumberjack,
    Buffer.concat([windowFrame(100_000), compressedFrame(tinyEvents(80_000))]),
  ],
  [
    '64 MiB of nothing, compressed',
    lumberjack,
    Buffer.concat([windowFrame(1), compressedFrame([Buffer.alloc(67_108_864)])]),
  ],
  ['lines of one byte', lines, Buffer.from('x\n'.repeat(32_768))],
  ['messages of one byte by count', lines, Buffer.from('1 <'.repeat(21_845))],
  ['a line of brackets', lines, Buffer.from(`<14>${'['.repeat(65_530)}\n`)],
  ['a line of pairs', lines, Buffer.from(`CEF:0|${'a=b '.repeat(16_000)}\n`)],
];

describe('64 KiB of hostile input', (it) => {
  for (const [name, make, bytes] of INPUTS) {
    it(`costs bounded time and memory: ${name}`, () => {
      assert.ok(bytes.length <= 70_000, `${bytes.length} bytes`);
      const before = process.memoryUsage().arrayBuffers;
      const start = performance.now();
      const session = make();
      try {
        run(session, [bytes], true);
      } catch (error) {
        assert.match((error as { code?: string }).code ?? String(error), /^(FRAME|PAYLOAD)_/);
      }
      // Far above what it takes, and far below what a quadratic reader would.
      assert.ok(performance.now() - start < 5_000);
      assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 1_048_576);
      assert.ok(session.held < 131_072);
    });
  }
});
