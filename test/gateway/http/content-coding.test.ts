import assert from 'node:assert/strict';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { ContentDecoder } from '../../../src/gateway/http/content-coding.ts';
import { describe } from '../../support/suite.ts';

const MIB = 1_048_576;
const MAX = 4 * MIB;

describe('content coding', (it) => {
  const decode = (body: Buffer, coding: string | undefined, max = MAX): Promise<Buffer> =>
    new ContentDecoder().decode(body, coding, max);
  const refuses = (body: Buffer, coding: string, max = MAX): Promise<void> =>
    assert.rejects(decode(body, coding, max), (error) => isWatchkeeperError(error, 'TOO_LARGE'));

  it('undoes what was coded, and leaves alone what was not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
        const body = Buffer.from(bytes);
        assert.deepEqual(await decode(gzipSync(body), ' GZIP '), body);
        assert.deepEqual(await decode(gzipSync(body), 'x-gzip'), body);
        assert.deepEqual(await decode(deflateSync(body), 'deflate'), body);
        assert.deepEqual(await decode(deflateRawSync(body), 'deflate'), body);
        for (const coding of [undefined, '', 'identity', 'br']) {
          assert.equal(await decode(body, coding), body);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('undoes zstd with any Node, and refuses its bombs', async () => {
    // A frame of one block: 5 times x; then 131,072 times x, 64 blocks of it.
    const header = Buffer.from('28b52ffd0038', 'hex');
    const last = Buffer.concat([header, Buffer.from('2b000078', 'hex')]);
    assert.equal((await decode(last, 'zstd')).toString(), 'xxxxx');
    const blocks = Array.from({ length: 64 }, () => Buffer.from('02001078', 'hex'));
    await refuses(Buffer.concat([header, ...blocks, Buffer.from('2b000078', 'hex')]), 'zstd');
    await assert.rejects(decode(last.subarray(0, 8), 'zstd'), (error) =>
      isWatchkeeperError(error, 'BAD_REQUEST'),
    );
  });

  it('takes several members of gzip as one body', async () => {
    const body = Buffer.concat([gzipSync('one '), gzipSync('two')]);
    assert.equal((await decode(body, 'gzip')).toString(), 'one two');
  });

  it('takes exactly the limit, and not a byte more', async () => {
    const random = Buffer.from(Array.from({ length: 10_000 }, (_, index) => (index * 7_919) % 251));
    assert.equal((await decode(gzipSync(random), 'gzip', 10_000)).length, 10_000);
    await refuses(gzipSync(random), 'gzip', 9_999);
  });

  it('takes a MiB of whatever ratio, and beyond it five hundred to one', async () => {
    assert.equal((await decode(gzipSync(Buffer.alloc(MIB)), 'gzip')).length, MIB);
    await refuses(gzipSync(Buffer.alloc(3 * MIB)), 'gzip');
    await refuses(deflateSync(Buffer.alloc(3 * MIB)), 'deflate');
  });

  for (const [what, body] of [
    ['nothing', Buffer.alloc(0)],
    ['plain text', Buffer.from('[{"secret":"canary"}]')],
    ['a stream cut off', gzipSync('some text').subarray(0, 15)],
    ['a wrong checksum', Buffer.concat([gzipSync('some text').subarray(0, -8), Buffer.alloc(8)])],
  ] as const) {
    it(`refuses ${what} that calls itself gzip`, async () => {
      await assert.rejects(decode(body, 'gzip'), (error) => {
        assert.ok(isWatchkeeperError(error, 'BAD_REQUEST'));
        assert.doesNotMatch(error.message, /canary/);
        return true;
      });
    });
  }

  it('decompresses 64 bodies at once, tells the next to come back, and frees what is done', async () => {
    const decoder = new ContentDecoder();
    const body = gzipSync('x'.repeat(100_000));
    const running = Array.from({ length: 64 }, () => decoder.decode(body, 'gzip', MAX));
    await assert.rejects(decoder.decode(body, 'gzip', MAX), (error) =>
      isWatchkeeperError(error, 'RATE_LIMITED'),
    );
    await Promise.all(running);
    assert.equal((await decoder.decode(body, 'gzip', MAX)).length, 100_000);
  });
});
