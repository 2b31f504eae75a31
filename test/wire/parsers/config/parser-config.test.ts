import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isWatchkeeperError, messageOf } from '../../../../src/core/errors.ts';
import { projectRoot } from '../../../../src/core/root.ts';
import { loadParserConfig } from '../../../../src/wire/parsers/config/parser-config.ts';
import { runParserTests } from '../../../../src/wire/parsers/config/parser-tests.ts';
import { describe } from '../../../support/suite.ts';

const FILE = 'parsers.yaml';
const NOW = Date.UTC(2026, 0, 1);

/** Runs one line through a source with these filters. */
function filtered(filters: string, line: object | string) {
  const indented = filters
    .trim()
    .split('\n')
    .map((each) => `      ${each}`)
    .join('\n');
  const text = `sources:\n  default:\n    parsers: [json, text]\n    filters:\n${indented}\n`;
  const source = loadParserConfig(text, FILE).createSource('x');
  return source.parse(typeof line === 'string' ? line : JSON.stringify(line), NOW).record;
}

describe('filters', (it) => {
  it('count the matches of their patterns that took too long, and go on', () => {
    const text = `parsers:
  own: { match: '(.*)(.*)(.*)(.*)(.*)(.*)y' }
sources:
  default:
    parsers: [own, text]
    filters:
      - grok: { match: ['(.*)(.*)(.*)(.*)(.*)(.*)x', '^(?<first>a)'] }`;
    const config = loadParserConfig(text, FILE);
    const source = config.createSource('x');
    const { record } = source.parse('a'.repeat(8_000), NOW);
    assert.equal(record?.attributes?.['first'], 'a');
    assert.equal(source.counters().cutOff, 2);
    assert.equal(config.cutOff(), 2);
  });

  it('rename, set, convert, change case, trim and drop fields', () => {
    const record = filtered(
      `- rename: { usr: user_id, m: message }
- set: { service: shop, label: "order %{order} of %{user_id}", n: 7 }
- convert: { order: int, ratio: float, ok: bool, code: text, word: int }
- lower: [label]
- upper: [attributes.kind]
- trim: [padded]
- drop_fields: [secret, attributes.other]`,
      {
        usr: 'alice',
        m: 'done',
        order: '12.7',
        ratio: '0.5',
        ok: 'yes',
        code: 7,
        word: 'x',
        kind: 'a',
        padded: ' p ',
        secret: 's',
        other: 1,
      },
    );
    assert.deepEqual(
      [record?.user_id, record?.message, record?.service, record?.error_code],
      ['alice', 'done', 'shop', undefined],
    );
    assert.deepEqual(record?.attributes, {
      order: 12,
      ratio: 0.5,
      ok: true,
      word: 'x',
      kind: 'A',
      padded: 'p',
      label: 'order 12.7 of alice',
      n: 7,
      code: '7',
    });
  });

  it('split pairs, with blanks and quotes or with other delimiters', () => {
    const blank = filtered('- split_pairs: { field: pairs, prefix: p_ }', {
      msg: 'x',
      pairs: 'a=1 b="c d" flag',
    });
    assert.deepEqual(
      [blank?.attributes?.['p_a'], blank?.attributes?.['p_b'], blank?.attributes?.['p_flag']],
      [1, 'c d', true],
    );
    const other = filtered('- split_pairs: { field: message, pairs: "; ", values: ": " }', {
      msg: 'a: 1; b: x y; c',
    });
    assert.deepEqual([other?.attributes?.['a'], other?.attributes?.['b']], ['1', 'x y']);
  });

  it('read times and patterns in fields', () => {
    const dated = filtered('- date: { field: at }', { msg: 'x', at: '10/Oct/2000:13:55:36 -0700' });
    assert.equal(dated?.timestamp, Date.UTC(2000, 9, 10, 20, 55, 36));
    assert.deepEqual(filtered('- date: { field: at }', { msg: 'x', at: 'soon' })?.attributes, {
      at: 'soon',
    });
    const grok = filtered(
      '- grok: { match: ["^nope$", "took %{INT:duration_ms:int} ms for %{USER:user_id}"] }',
      { msg: 'took 17 ms for bob' },
    );
    assert.deepEqual([grok?.duration_ms, grok?.user_id], [17, 'bob']);
  });

  it('drop records, and take place only when a field says so', () => {
    const when = '- drop: true\n  when: { field: level, equals: DEBUG }';
    assert.equal(filtered(when, { level: 'debug', msg: 'x' }), undefined);
    assert.ok(filtered(when, { level: 'info', msg: 'x' }));
    const there = '- set: { found: true }\n  when: { field: code }';
    assert.equal(filtered(there, { msg: 'x', code: 1 })?.attributes?.['found'], true);
    assert.equal(filtered(there, { msg: 'x' })?.attributes?.['found'], undefined);
  });

  it('cannot make a record that the schema refuses', () => {
    const record = filtered(
      '- set: { level: loud, user_id: "a b", duration_ms: -5, timestamp: never, service: "", __x: 1 }',
      { msg: 'm', level: 'error' },
    );
    assert.deepEqual(
      [record?.level, record?.user_id, record?.duration_ms, record?.timestamp, record?.service],
      ['ERROR', undefined, undefined, NOW, 'json'],
    );
    assert.equal(record?.attributes?.['user'], 'a b');
  });

  it('leave a record as it is when they find nothing', () => {
    const record = filtered(
      '- rename: { a: b }\n- convert: { a: int }\n- split_pairs: { field: a }\n- lower: [a]\n- grok: { field: a, match: x }',
      'plain error',
    );
    assert.deepEqual(record, {
      timestamp: NOW,
      level: 'ERROR',
      service: 'text',
      message: 'plain error',
    });
  });
});

describe('the configuration of parsers', (it) => {
  it('that is shipped is valid, and its tests pass', () => {
    const text = readFileSync(join(projectRoot(), 'config', 'parsers.yaml'), 'utf8');
    const config = loadParserConfig(text, FILE);
    assert.equal(runParserTests(text, FILE, config), 4);
  });

  it('may be empty: every source is found out', () => {
    const config = loadParserConfig('{}', FILE);
    assert.equal(config.createSource('any').parse('{"msg":"x"}', NOW).parser, 'json');
    assert.equal(config.source('any').joinsLines, false);
  });

  it('gives a source its parsers, hints and limits, and others the default', () => {
    const config = loadParserConfig(
      `patterns: { CODE: 'E\\d+' }
parsers: { own: { match: '^%{CODE:error_code} %{GREEDYDATA:message}', service: pay } }
sources:
  default: { parsers: text, service: all }
  a: { parsers: [own, auto], default_service: dflt, year: 2001, zone_minutes: 60, max_line: 100, join_lines: true }`,
      FILE,
    );
    const a = config.createSource('a');
    assert.deepEqual(a.parse('E17 broken', NOW), {
      parser: 'own',
      record: {
        timestamp: NOW,
        level: 'INFO',
        service: 'dflt',
        message: 'broken',
        error_code: 'E17',
      },
    });
    assert.equal(
      a.parse('Jun 14 15:16:01 combo kernel: x', NOW).record?.timestamp,
      Date.UTC(2001, 5, 14, 14, 16, 1),
    );
    assert.equal(config.source('a').joinsLines, true);
    assert.equal(config.source('a').options.maxLineLength, 100);
    assert.equal(config.createSource('b').parse('x', NOW).record?.service, 'all');
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['surces: {}', /parsers\.yaml:1:1 Unknown key "surces"\. Did you mean "sources"\?/],
    ['sources:\n  a: { parsers: [jsn] }', /:2:18 There is no parser "jsn"\. Did you mean "json"\?/],
    ['sources:\n  a: { parsers: [] }', /at least one/],
    ['sources:\n  a: { year: x }', /:2:14 Expected "year"/],
    [
      'sources:\n  a:\n    filters:\n      - renam: {}',
      /:4:9 Unknown key "renam"\. Did you mean "rename"\?/,
    ],
    ['sources:\n  a:\n    filters:\n      - { rename: {}, set: {} }', /one step in each item/],
    [
      'sources:\n  a:\n    filters:\n      - convert: { x: itn }',
      /:4:23 Unknown type "itn"\. Did you mean "int"\?/,
    ],
    ['sources:\n  a:\n    filters:\n      - date: {}', /"field" is missing/],
    ['sources:\n  a:\n    filters:\n      - drop: 5', /"drop" to be true/],
    ['patterns:\n  A: "%{NOPE}"', /:2:6 There is no pattern "NOPE"/],
    ['patterns:\n  A: "(a"', /:2:6 A bracket is not closed/],
    ['patterns:\n  a-b: x', /Names of patterns/],
    ['parsers:\n  json: { match: x }', /is taken/],
    ['parsers:\n  own: { service: x }', /"match" is missing/],
    ['parsers:\n  own: { match: ["a{5000}"] }', /:2:18 A repetition counts beyond/],
  ];
  for (const [text, message] of wrong) {
    it(`names the place of a mistake: ${text.replaceAll('\n', ' ').slice(0, 60)}`, () => {
      assert.throws(
        () => loadParserConfig(text, FILE),
        (error) =>
          isWatchkeeperError(error, 'CONFIG_INVALID') &&
          (assert.match(messageOf(error), message), true),
      );
    });
  }

  const failing: readonly (readonly [string, RegExp])[] = [
    [
      '{ name: n, line: x, expect: { level: ERROR } }',
      /:2:35 The test "n" fails: expected level to be "ERROR", got "INFO"/,
    ],
    ['{ name: n, line: x, expect: { code: 1 } }', /got nothing/],
    ['{ name: n, line: x, expect: { dropped: true } }', /expected dropped to be true, got false/],
    ['{ name: n, line: x }', /"expect" is missing/],
    ['{ line: x, expect: {} }', /"name" is missing/],
    ['{ name: n, line: x, expcet: {} }', /Did you mean "expect"/],
  ];
  for (const [test, message] of failing) {
    it(`names the test that fails: ${test}`, () => {
      const text = `tests:\n  - ${test}`;
      assert.throws(() => runParserTests(text, FILE, loadParserConfig(text, FILE)), message);
    });
  }
});
