import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  createFrameReader,
  type FrameReaderOptions,
} from '../../../../src/wire/parsers/syslog/frame-reader.ts';
import { describe } from '../../../support/suite.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const counted = (text: string): string => `${bytes(text).length} ${text}`;

function read(
  text: string,
  options: FrameReaderOptions = {},
  cuts: readonly number[] = [],
): readonly string[] {
  const reader = createFrameReader(options);
  const whole = bytes(text);
  const places = [
    0,
    ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b),
    whole.length,
  ];
  const found: string[] = [];
  for (let i = 1; i < places.length; i += 1)
    found.push(...reader.push(whole.subarray(places[i - 1], places[i])));
  found.push(...reader.end());
  return found;
}

describe('frames of a syslog stream', (it) => {
  it('are counted or lines, message by message', () => {
    assert.deepEqual(read(`${counted('<1>a\nb')}${counted('<2>ü')}<3>line\r\n<4>next\n`), [
      '<1>a\nb',
      '<2>ü',
      '<3>line',
      '<4>next',
    ]);
  });

  it('are lines when a number does not count a message', () => {
    assert.deepEqual(read('2025-01-02 text\n12 monkeys\n5\n007 <x>\n'), [
      '2025-01-02 text',
      '12 monkeys',
      '5',
      '007 <x>',
    ]);
  });

  it('may be divided by line ends after a counted message', () => {
    assert.deepEqual(read(`${counted('<1>a')}\n${counted('<1>b')}\r\n`), ['<1>a', '<1>b']);
  });

  it('may end by NUL, and then hold line ends', () => {
    assert.deepEqual(read('<1>a\0<2>b\n\tat c\n\0<3>d\0'), ['<1>a', '<2>b\n\tat c', '<3>d']);
    assert.deepEqual(read('<1>first\n  second\0'), ['<1>first\n  second']);
    assert.deepEqual(read('<1>a\0<2>b\n  c\0', {}, [5, 8]), ['<1>a', '<2>b\n  c']);
    // One who changes over is followed.
    assert.deepEqual(read('<1>a\0<2>b\n<3>c\n<4>d\n'), ['<1>a', '<2>b', '<3>c', '<4>d']);
    assert.deepEqual(read('<1>a\0<2>b\n<3>c\n', {}, [11]), ['<1>a', '<2>b', '<3>c']);
  });

  it('keep a NUL that ends nothing', () => {
    assert.deepEqual(read('<1>a\0b\n<2>c\0d\n'), ['<1>a\0b', '<2>c\0d']);
    assert.deepEqual(read('a\0<b\n', { framing: 'lines' }), ['a\0<b']);
    assert.deepEqual(read(`${counted('<1>a\0<2>')}<3>b\n`), ['<1>a\0<2>', '<3>b']);
  });

  it('end with the stream', () => {
    assert.deepEqual(read('<1>no end'), ['<1>no end']);
    const reader = createFrameReader();
    assert.deepEqual([...reader.push(bytes('20 <1>short')), ...reader.end()], ['<1>short']);
    assert.equal(reader.counters.cut, 1);
  });

  it('are cut at the limit, and what follows is read again', () => {
    const reader = createFrameReader({ maxBytes: 16 });
    const long = `<1>${'x'.repeat(100)}`;
    assert.deepEqual(reader.push(bytes(`${long}\n<2>ok\n${counted(long)}<3>ok\n`)), [
      long.slice(0, 16),
      '<2>ok',
      long.slice(0, 16),
      '<3>ok',
    ]);
    assert.deepEqual(reader.counters, { cut: 2, badCounts: 0 });
  });

  it('are what is said, when the framing is given', () => {
    assert.deepEqual(read('5 <1>a\n', { framing: 'lines' }), ['5 <1>a']);
    const reader = createFrameReader({ framing: 'octet-counting' });
    assert.deepEqual(reader.push(bytes('5 hello<x>lost\n3 abc')), ['hello', '<x>lost', 'abc']);
    assert.equal(reader.counters.badCounts, 1);
  });

  it('are the same however the bytes come', () => {
    const message = fc
      .string({ unit: 'grapheme', maxLength: 30 })
      .map((text) => `<13>${text.replace(/[\r\n\0]/g, '')}`);
    const part = fc.oneof(
      message.map(counted),
      message.map((text) => `${text}\n`),
      fc.string({ maxLength: 8 }).map((text) => `${text}\n`),
    );
    const options = fc.record({
      framing: fc.constantFrom('auto', 'lines', 'octet-counting'),
      maxBytes: fc.constantFrom(16, 40, 65_536),
    } as const);
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 12 }),
        options,
        fc.array(fc.nat(), { maxLength: 30 }),
        (parts, wanted, cuts) => {
          const text = parts.join('');
          assert.deepEqual(read(text, wanted, cuts), read(text, wanted));
          assert.deepEqual(
            read(text, wanted, bytes(text).map((_, index) => index) as unknown as number[]),
            read(text, wanted),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('give back every message that fits', () => {
    const message = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .map((text) => `<13>${text.replace(/[\r\n\0]/g, '')}x`);
    fc.assert(
      fc.property(fc.array(message), (messages) => {
        assert.deepEqual(read(messages.map(counted).join('')), messages);
        assert.deepEqual(read(messages.map((text) => `${text}\n`).join('')), messages);
      }),
    );
  });
});
