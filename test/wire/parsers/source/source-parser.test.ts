import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AUTO_PARSERS, findLineParser } from '../../../../src/wire/parsers/registry.ts';
import type { LineParser } from '../../../../src/wire/parsers/line-parser.ts';
import { createLineJoiner } from '../../../../src/wire/parsers/source/line-joiner.ts';
import { createSourceParser } from '../../../../src/wire/parsers/source/source-parser.ts';
import { describe } from '../../../support/suite.ts';
import { jsonLog, logfmtLog, RECEIVED_AT } from '../generate.ts';

const json = jsonLog(50).map(({ line }) => line);
const logfmt = logfmtLog(50).map(({ line }) => line);
const auto = () => createSourceParser({ parsers: AUTO_PARSERS, mode: 'auto' });

/** Reads lines that begin with its letter, and counts how often it was asked. */
function letterParser(letter: string): LineParser & { asked: number } {
  const parser = {
    id: letter,
    about: '',
    service: letter,
    asked: 0,
    parse: (line: string) => {
      parser.asked += 1;
      return line.startsWith(letter)
        ? ({ timestamp: 0, level: 'INFO', service: letter, message: line } as const)
        : undefined;
    },
  };
  return parser;
}

describe('the parser of a source', (it) => {
  it('finds out the format and stays with it over single other lines', () => {
    const source = auto();
    for (const line of json.slice(0, 30)) source.parse(line, RECEIVED_AT);
    assert.equal(source.parse(logfmt[0]!, RECEIVED_AT).parser, 'logfmt');
    assert.equal(source.current(), 'json');
    for (let i = 0; i < 20; i += 1) {
      source.parse(i % 2 === 0 ? logfmt[i]! : json[i]!, RECEIVED_AT);
      assert.equal(source.current(), 'json');
    }
  });

  it('changes over when the source does', () => {
    const source = auto();
    for (const line of [...json, ...logfmt]) source.parse(line, RECEIVED_AT);
    assert.equal(source.current(), 'logfmt');
    assert.deepEqual(source.counters().byParser, { json: 50, logfmt: 50 });
  });

  it('is not misled by its first line', () => {
    const source = auto();
    for (const line of ['Starting up', logfmt[0]!, ...json]) source.parse(line, RECEIVED_AT);
    assert.equal(source.current(), 'json');
    assert.equal(source.counters().unparsed, 1);
  });

  it('asks the others rarely when nobody can read the lines', () => {
    const parsers = [letterParser('a'), letterParser('b')];
    const source = createSourceParser({ parsers, mode: 'auto' });
    for (let i = 0; i < 30; i += 1) source.parse('a', 0);
    parsers[1]!.asked = 0;
    for (let i = 0; i < 1_000; i += 1) source.parse('?', 0);
    assert.ok(parsers[1]!.asked < 140, String(parsers[1]!.asked));
    for (let i = 0; i < 64; i += 1) source.parse('b', 0);
    assert.equal(source.current(), 'b');
  });

  it('tries a chain in its order', () => {
    const source = createSourceParser({
      parsers: [letterParser('a'), letterParser('ab'), letterParser('b')],
      mode: 'chain',
    });
    assert.deepEqual(
      ['abc', 'b', 'c'].map((line) => source.parse(line, 0).parser),
      ['a', 'b', undefined],
    );
  });

  it('counts every line once', () => {
    const parsers = [findLineParser('json')!, findLineParser('logfmt')!];
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...json, ...logfmt), fc.string()), { maxLength: 60 }),
        fc.constantFrom('auto', 'chain'),
        (lines, mode) => {
          const source = createSourceParser({
            parsers,
            mode,
            filter: (record) => (record.level === 'DEBUG' ? undefined : record),
          });
          const outcomes = lines.map((line) => source.parse(line, 7));
          const counters = source.counters();
          assert.equal(counters.lines, lines.length);
          assert.equal(counters.parsed + counters.unparsed, lines.length);
          assert.equal(
            counters.dropped,
            outcomes.filter(({ record }) => record === undefined).length,
          );
          assert.equal(
            Object.values(counters.byParser).reduce((sum, each) => sum + each, 0),
            counters.parsed,
          );
          assert.equal(
            outcomes.filter(({ parser }) => parser === undefined).length,
            counters.unparsed,
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('cuts lines at the limit and counts them', () => {
    const source = createSourceParser({ parsers: AUTO_PARSERS, mode: 'auto', maxLineLength: 100 });
    assert.equal(source.parse('x'.repeat(500), 0).record?.message.length, 100);
    assert.equal(source.counters().cut, 1);
  });

  it('gives lines without a time that of the line before only where it is told to', () => {
    const lines = ['2025-01-02 03:04:05,678 - app - ERROR - x', 'WARNING:root:y', 'raw'];
    const times = (inheritsTime: boolean): (number | undefined)[] => {
      const source = createSourceParser({ parsers: AUTO_PARSERS, mode: 'auto', inheritsTime });
      return lines.map((line) => source.parse(line, 99).record?.timestamp);
    };
    const time = Date.parse('2025-01-02T03:04:05.678Z');
    assert.deepEqual(times(true), [time, time, time]);
    assert.deepEqual(times(false), [time, 99, 99]);
  });

  it('passes on the hints of the source', () => {
    const source = createSourceParser({
      parsers: AUTO_PARSERS,
      mode: 'auto',
      hints: { service: 'edge', zoneMinutes: 60 },
    });
    const { record } = source.parse('2025-01-02 03:04:05,678 - app - ERROR - x', 0);
    assert.deepEqual(
      [record?.service, record?.timestamp],
      ['edge', Date.parse('2025-01-02T02:04:05.678Z')],
    );
    const fallback = createSourceParser({
      parsers: AUTO_PARSERS,
      mode: 'auto',
      hints: { defaultService: 'shop' },
    });
    assert.equal(fallback.parse('{"msg":"x"}', 0).record?.service, 'shop');
    assert.equal(fallback.parse('{"msg":"x","service":"own"}', 0).record?.service, 'own');
    assert.equal(fallback.parse('raw', 0).record?.service, 'shop');
  });
});

describe('the line joiner', (it) => {
  const joined = (lines: readonly string[], options = {}): string[] => {
    const joiner = createLineJoiner(options);
    const found = lines.flatMap((line) => joiner.push(line) ?? []);
    return [...found, ...[joiner.flush() ?? []].flat()];
  };

  it('joins stack traces to the line that they belong to', () => {
    const trace = ['ERROR x', 'Caused by: y', '\tat a.B(C.java:1)', '\t... 3 more'];
    assert.deepEqual(joined(['INFO a', ...trace, 'INFO b']), [
      'INFO a',
      trace.join('\n'),
      'INFO b',
    ]);
  });

  it('joins what was thrown, which is not indented, and nothing that only looks like it', () => {
    const java = ['ERROR x', 'java.lang.IllegalStateException: no lease', '\tat a.B(C.java:1)'];
    const python = [
      'ERROR y',
      'Traceback (most recent call last):',
      '  File "a.py"',
      'KeyError: 3',
    ];
    const others = ['ValueError: alone', 'com.example.Job: started', 'Error: 7', 'a.b.Error text'];
    assert.deepEqual(joined([...java, ...python, 'INFO z', ...others]), [
      java.join('\n'),
      python.join('\n'),
      'INFO z',
      ...others,
    ]);
  });

  it('takes a rule of its own, and begins with a line that would continue', () => {
    assert.deepEqual(
      joined(['  a', 'b', '+c'], { continues: (line: string) => line.startsWith('+') }),
      ['  a', 'b\n+c'],
    );
  });

  it('is bounded in lines and characters, and counts what it cut', () => {
    const joiner = createLineJoiner({ maxLines: 3, maxLength: 10 });
    assert.deepEqual(
      [' a', ' b', ' c', ' d', ' eeeeeee', ' f'].map((line) => joiner.push(line)),
      [undefined, undefined, undefined, ' a\n b\n c', ' d', ' eeeeeee'],
    );
    assert.equal(joiner.counters.cut, 3);
    assert.equal(joiner.flush(), ' f');
    assert.equal(joiner.flush(), undefined);
  });

  it('loses no line and changes none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string().map((text) => text.replace(/\n/g, ''))),
        fc.nat({ max: 5 }),
        (lines, most) => {
          const text = joined(lines, { maxLines: most + 1, maxLength: 40 }).join('\n');
          assert.equal(text, lines.join('\n'));
        },
      ),
    );
  });
});
