import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { isWatchkeeperError } from '../../../../src/core/errors.ts';
import { decodeZstd } from '../../../../src/wire/inputs/zstd/decode-zstd.ts';
import { ZstdDecoder } from '../../../../src/wire/inputs/zstd/zstd-decoder.ts';
import { zstdStream } from '../../../../src/wire/inputs/zstd/zstd-stream.ts';
import { describe } from '../../../support/suite.ts';

const MIB = 1_048_576;

/** Lines of a log, text that repeats itself from afar, noise, and runs of one byte. */
const TEXT = Buffer.from(
  Array.from(
    { length: 4_000 },
    (_, n) => `${n} GET /path/${(n * n) % 97} took ${(n * 31) % 1_009} ms\n`,
  ).join(''),
);
const NOISE = Buffer.from(
  Array.from({ length: 300_000 }, (_, n) => (n * n * 31 + (n >> 3) * 7) % 253),
);
const BODIES: Readonly<Record<string, Buffer>> = {
  nothing: Buffer.alloc(0),
  'one byte': Buffer.from('a'),
  'a line': Buffer.from('hello hello hello'),
  lines: TEXT,
  noise: NOISE,
  zeros: Buffer.alloc(2 * MIB),
  'a repeat from afar': Buffer.concat([TEXT, NOISE, NOISE, TEXT, Buffer.alloc(400_000), NOISE]),
};
const OPTIONS = [
  ['-1'],
  ['-3', '--no-check'],
  ['-19'],
  ['--ultra', '-22'],
  ['--fast=9'],
  ['-5', '--no-content-size'],
];

const ZSTD = process.env['WATCHKEEPER_ZSTD'] ?? 'zstd';

function pack(body: Buffer, options: readonly string[] = ['-3']): Buffer {
  const { status, stdout } = spawnSync(ZSTD, ['-c', '-q', ...options], {
    input: body,
    maxBuffer: 64 * MIB,
  });
  assert.equal(status, 0);
  return stdout;
}

const hasZstd = spawnSync(ZSTD, ['--version']).status === 0;

/** A frame of one block of this type (0 stored, 1 repeated, 2 packed), with a window of 128 KiB. */
function frame(
  type: number,
  size: number,
  ...[body, count = 1]: readonly [body: readonly number[], count?: number]
): Buffer {
  const blocks = Array.from({ length: count }, (_, index) => {
    const header = Buffer.alloc(3);
    header.writeUIntLE((size << 3) | (type << 1) | Number(index === count - 1), 0, 3);
    return Buffer.concat([header, Buffer.from(body)]);
  });
  return Buffer.concat([Buffer.from('28b52ffd0038', 'hex'), ...blocks]);
}

async function codeOf(bytes: Uint8Array, maxBytes = MIB): Promise<string> {
  try {
    await decodeZstd(bytes, maxBytes);
    return 'taken';
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
}

describe('zstd', (it) => {
  if (hasZstd) {
    for (const [name, body] of Object.entries(BODIES)) {
      it(`unpacks ${name} as the zstd program packs it`, async () => {
        for (const options of OPTIONS) {
          const unpacked = await decodeZstd(pack(body, options), 64 * MIB);
          assert.ok(unpacked.equals(body), options.join(' '));
        }
      });
    }

    it('unpacks a stream however it is cut, and frames one after the other', async () => {
      const packed = Buffer.concat([
        pack(TEXT),
        Buffer.from('502a4d1803000000616263', 'hex'),
        pack(NOISE),
      ]);
      const expected = Buffer.concat([TEXT, NOISE]);
      for (const size of [1, 7, 4_096, packed.length]) {
        const pieces = Array.from({ length: Math.ceil(packed.length / size) }, (_, index) =>
          packed.subarray(index * size, (index + 1) * size),
        );
        const unpacked = await buffer(Readable.from(pieces).pipe(zstdStream()));
        assert.ok(unpacked.equals(expected), `pieces of ${size}`);
      }
    });

    it('takes exactly the limit, and not a byte more', async () => {
      const packed = pack(TEXT);
      assert.equal((await decodeZstd(packed, TEXT.length)).length, TEXT.length);
      assert.equal(await codeOf(packed, TEXT.length - 1), 'TOO_LARGE');
    });

    it('gives the same or refuses, whatever is changed or cut off', async () => {
      const packed = pack(TEXT.subarray(0, 20_000), ['-19', '--no-check']);
      await fc.assert(
        fc.asyncProperty(
          fc.nat(packed.length - 1),
          fc.nat(255),
          fc.boolean(),
          async (at, byte, isCut) => {
            const changed = Buffer.from(isCut ? packed.subarray(0, at) : packed);
            if (!isCut) changed[at] = byte;
            const code = await codeOf(changed);
            assert.ok(['taken', 'PAYLOAD_INVALID', 'TOO_LARGE'].includes(code), code);
            if (isCut && at > 0) assert.equal(code, 'PAYLOAD_INVALID');
          },
        ),
        { numRuns: 500 },
      );
    });
  } else it.skip('unpacks what the zstd program packs', 'zstd is not installed');

  it('unpacks a frame of stored and of repeated bytes', async () => {
    assert.equal((await decodeZstd(frame(0, 3, [97, 98, 99]), 10)).toString(), 'abc');
    assert.equal((await decodeZstd(frame(1, 5, [120]), 10)).toString(), 'xxxxx');
  });

  it('gives up a bomb at its limit, after as much work as the limit allows', () => {
    const bomb = frame(1, 131_072, [0], 100_000);
    let blocks = 0;
    for (const block of new ZstdDecoder().push(bomb)) {
      blocks += 1;
      assert.equal(block.length, 131_072);
      if (blocks === 32) break;
    }
    return codeOf(bomb, 4 * MIB).then((code) => assert.equal(code, 'TOO_LARGE'));
  });

  it('refuses a block whose sequences give more than a block holds', async () => {
    // 98,047 matches of 65,539 bytes in 12 bytes, all tables of one symbol.
    const block = [0x08, 0x61, 0xff, 0xff, 0xff, 0x54, 0x00, 0x00, 0x34, 0xff, 0xff, 0xff, 0x01];
    assert.equal(await codeOf(frame(2, block.length, block), 64 * MIB), 'PAYLOAD_INVALID');
  });

  it('refuses what it cannot or will not unpack', async () => {
    const bad = [
      'nothing of zstd',
      Buffer.from('28b52ffd', 'hex'),
      Buffer.from('28b52ffd01380001000061', 'hex'), // a dictionary
      Buffer.from('28b52ffd08380001000061', 'hex'), // a reserved flag
      Buffer.from('28b52ffd00f9010000', 'hex'), // a window of terabytes
      Buffer.from('28b52ffde0ffffffffffffff7f010000', 'hex'), // a content of exabytes
      frame(3, 1, [0]),
      frame(0, 131_073, [0]),
      frame(2, 0, []),
      frame(0, 4, [1, 2, 3]),
      Buffer.concat([frame(0, 1, [1]), Buffer.of(1)]),
    ];
    for (const [index, bytes] of bad.entries()) {
      assert.equal(await codeOf(Buffer.from(bytes as Buffer)), 'PAYLOAD_INVALID', `case ${index}`);
    }
    const broken = Readable.from([frame(0, 4, [1, 2, 3])]).pipe(zstdStream());
    await assert.rejects(buffer(broken), (error) => isWatchkeeperError(error, 'PAYLOAD_INVALID'));
  });

  it('lasts over any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (block) => {
        const code = await codeOf(frame(2, block.length, [...block]));
        assert.ok(code === 'PAYLOAD_INVALID' || code === 'taken', code);
      }),
      { numRuns: 2_000 },
    );
  });
});
