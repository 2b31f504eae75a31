import assert from 'node:assert/strict';

import { Ajv2020 } from 'ajv/dist/2020.js';

import { durationText, parseDuration } from '../../src/core/duration.ts';
import { messageOf } from '../../src/core/errors.ts';
import {
  option,
  optionsJsonSchema,
  optionsReference,
  parseOptions,
} from '../../src/core/options.ts';
import { parseYaml } from '../../src/core/yaml-document.ts';
import { expectMap, toPlain } from '../../src/core/yaml-node.ts';
import { describe } from '../support/suite.ts';

const SPEC = {
  count: option.integer({ doc: 'How many.', default: 3, min: 1, max: 9 }),
  ratio: option.number({ doc: 'A share.', default: 0.5, max: 1 }),
  quietTime: option.duration({ doc: 'How long.', default: '5m', max: '1h' }),
  loud: option.boolean({ doc: 'Whether.', default: false }),
  title: option.text({ doc: 'A name.', default: '', maxLength: 5 }),
  mode: option.oneOf({ doc: 'Which.', values: ['fast', 'slow'], default: 'fast' }),
  words: option.list({ doc: 'Some.', of: option.text({ doc: 'One.' }), default: [], maxItems: 2 }),
  labels: option.map({ doc: 'Any.', default: {} }),
};

const parse = (text: string) =>
  parseOptions(SPEC, expectMap(parseYaml(text, 'f.yaml'), 'the file'), ['id']);
const refusal = (text: string): string => {
  try {
    parse(text);
  } catch (error) {
    return messageOf(error);
  }
  throw new Error('It was accepted.');
};

describe('options', (it) => {
  it('fills in defaults and infers types', () => {
    const values = parse('{}');
    const count: number = values.count;
    const mode: 'fast' | 'slow' = values.mode;
    assert.equal(count + values.quietTime, 300_003);
    assert.equal(mode, 'fast');
    assert.deepEqual(values.words, []);
  });

  it('reads each kind', () => {
    const text =
      'id: x\ncount: 9\nratio: 1\nquiet_time: 1h\nloud: true\ntitle: abcde\nmode: slow\nwords: [a, b]\nlabels: { k: [1] }\n';
    assert.deepEqual(parse(text), {
      count: 9,
      ratio: 1,
      quietTime: 3_600_000,
      loud: true,
      title: 'abcde',
      mode: 'slow',
      words: ['a', 'b'],
      labels: { k: [1] },
    });
  });

  it('refuses wrong values with their place', () => {
    const table: readonly [string, RegExp][] = [
      ['count: 0', /^f\.yaml:1:8 Expected "count" to be a whole number from 1 to 9, got 0\.$/],
      ['count: 10', /got 10/],
      ['count: 1.5', /got 1\.5/],
      ['count: .nan', /Expected "count"/],
      ['count: "3"', /got "3"/],
      ['ratio: 1.01', /Expected "ratio" to be a number of at most 1/],
      [
        'quiet_time: 61m',
        /Expected "quiet_time" to be a duration from 0 milliseconds to 1 hour, got "61m"/,
      ],
      ['quiet_time: -5', /got -5/],
      ['loud: yes', /Expected "loud" to be true or false, got "yes"/],
      ['title: abcdef', /text of at most 5 characters, got "abcdef"/],
      ['mode: fsat', /Did you mean "fast"\?$/],
      ['mode: [x]', /got a list\.$/],
      ['words: [a, b, c]', /at most 2 items/],
      ['words: x', /to be a list, got "x"/],
      ['words: [1]', /Expected "words" to be text/],
      ['labels: 5', /to be a map/],
      ['colour: red', /^f\.yaml:1:1 Unknown key "colour"/],
      ['quietTime: 5m', /Did you mean "quiet_time"\?$/],
    ];
    for (const [text, expected] of table) assert.match(refusal(text), expected, text);
  });

  it('asks for what has no default', () => {
    const spec = { name: option.text({ doc: 'Who.' }) };
    const map = expectMap(parseYaml('{}', 'f.yaml'), 'the file');
    assert.throws(() => parseOptions(spec, map), /The key "name" is missing here/);
    assert.deepEqual(optionsJsonSchema(spec)['required'], ['name']);
  });

  it('gives a JSON Schema that agrees with the parser', () => {
    const validate = new Ajv2020({ strict: false }).compile(optionsJsonSchema(SPEC));
    const good = ['{}', '{ count: 9 }', '{ mode: slow, words: [a] }', '{ quiet_time: 5m }'];
    const bad = [
      '{ count: 0 }',
      '{ count: 1.5 }',
      '{ mode: x }',
      '{ words: [1] }',
      '{ colour: 1 }',
    ];
    const toData = (text: string): unknown => toPlain(parseYaml(text, 'f.yaml'));
    for (const text of good) assert.ok(validate(toData(text)), text);
    for (const text of bad) assert.ok(!validate(toData(text)), text);
  });

  it('gives its reference as a table', () => {
    const table = optionsReference(SPEC);
    assert.match(
      table,
      /\| `quiet_time` \| duration from 0 milliseconds to 1 hour \| `5m` \| How long\. \|/,
    );
    assert.equal(table.split('\n').length, 2 + Object.keys(SPEC).length);
  });
});

describe('duration', (it) => {
  it('reads what people write', () => {
    const table: readonly [string, number | undefined][] = [
      ['5m', 300_000],
      ['10 minutes', 600_000],
      ['5s', 5000],
      ['1h 30m', 5_400_000],
      ['4m59.999s', 299_999],
      ['250ms', 250],
      ['2 Days', 172_800_000],
      ['0s', 0],
      ['', undefined],
      ['5', undefined],
      ['m', undefined],
      ['5 parsecs', undefined],
      ['-5m', undefined],
      ['5m x', undefined],
    ];
    for (const [text, ms] of table) assert.equal(parseDuration(text), ms, text);
  });

  it('writes what it reads', () => {
    for (const ms of [1, 250, 1000, 90_000, 300_000, 3_600_000, 86_400_000]) {
      assert.equal(parseDuration(durationText(ms)), ms);
    }
    assert.equal(durationText(300_000), '5 minutes');
    assert.equal(durationText(3_600_000), '1 hour');
  });
});
