import assert from 'node:assert/strict';
import fc from 'fast-check';
import { splitBodies, textLines } from '../../src/cli/ndjson.ts';
import { plain, spanText, table, timeText } from '../../src/cli/table.ts';
import { describe } from '../support/suite.ts';
import { chunks, fakeTerminal } from './fake-terminal.ts';

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
    at += size;
  }
}

describe('textLines', (it) => {
  it('gives the same lines however the bytes are cut', async () => {
    const lines = fc.array(
      fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replace(/[\r\n]/g, '')),
      { minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(lines, fc.array(fc.nat(6), { maxLength: 20 }), async (given, sizes) => {
        const bytes = Buffer.from(`${given.join('\r\n')}\n`);
        const got: string[] = [];
        for await (const line of textLines(cut(bytes, sizes))) got.push(line);
        assert.deepEqual(
          got,
          given.map((line) => Buffer.from(line).toString()),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe('splitBodies', (it) => {
  const split = async (...texts: readonly string[]): Promise<{ text: string; count: number }[]> => {
    const bodies: { text: string; count: number }[] = [];
    for await (const { body, count } of splitBodies(chunks(...texts))) {
      bodies.push({ text: Buffer.from(body).toString(), count });
    }
    return bodies;
  };

  it('cuts by number and by size, and loses nothing', async () => {
    const small = await split(`${'{"a":1}\n'.repeat(4_100)}`);
    assert.deepEqual(
      small.map(({ count }) => count),
      [2_000, 2_000, 100],
    );
    const large = await split(`${JSON.stringify('x'.repeat(200_000))}\n`.repeat(6));
    assert.deepEqual(
      large.map(({ count }) => count),
      [2, 2, 2],
    );
    assert.ok(large.every(({ text }) => text.length < 1_048_576));
  });

  it('takes nothing from nothing', async () => {
    assert.deepEqual(await split(''), []);
    assert.deepEqual(await split('\n\n'), []);
    assert.deepEqual(await split('[]'), []);
  });
});

describe('table', (it) => {
  it('sets columns without lines or trailing space', () => {
    const text = table(
      fakeTerminal(),
      ['a', 'bb'],
      [
        ['1', '2'],
        ['333', ''],
      ],
    );
    assert.equal(text, 'a    bb\n1    2\n333');
  });

  it('lets no control character through', () => {
    assert.equal(plain('a\u001b[2Jb\r\n\u009b'), 'a·[2Jb···');
    assert.equal(plain('abcdef', 4), 'abc…');
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/\p{Cc}/u.test(plain(text))));
  });

  it('writes times in UTC and spans in their largest unit', () => {
    assert.equal(timeText(0), '1970-01-01 00:00:00');
    assert.equal(timeText(Number.NaN), '');
    assert.deepEqual([0, 59_000, 60_000, 3_600_000, 90_000_000].map(spanText), [
      '0 s',
      '59 s',
      '1 min',
      '1 h',
      '1 d',
    ]);
  });
});
