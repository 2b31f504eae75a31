import assert from 'node:assert/strict';

import fc from 'fast-check';

import { editDistance, likelySpelling } from '../../src/core/edit-distance.ts';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { parseYaml } from '../../src/core/yaml-document.ts';
import { toPlain } from '../../src/core/yaml-node.ts';
import { describe } from '../support/suite.ts';

const refusal = (text: string): string => {
  try {
    parseYaml(text, 'f.yaml');
  } catch (error) {
    assert.ok(isWatchkeeperError(error, 'CONFIG_INVALID'), String(error));
    return error.message;
  }
  throw new Error('It was accepted.');
};

describe('YAML document', (it) => {
  it('reads any JSON as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        if (text.includes('"__proto__"')) return;
        assert.deepEqual(toPlain(parseYaml(text, 'f.yaml')), JSON.parse(text));
      }),
    );
  });

  it('either parses or says where it cannot', () => {
    const pieces = fc.constantFrom(
      'a',
      ': ',
      '- ',
      '\n',
      '  ',
      '[',
      ']',
      '{',
      '}',
      '&a ',
      '*a',
      '"',
      "'",
      '#',
      '!!x ',
      '|',
      '? ',
      '\t',
      '%',
      '---\n',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        try {
          parseYaml(parts.join(''), 'f.yaml');
        } catch (error) {
          assert.ok(isWatchkeeperError(error, 'CONFIG_INVALID'), String(error));
          assert.match(error.message, /^f\.yaml:\d+:\d+ /);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('knows the place of every value', () => {
    const root = parseYaml('a:\n  - x\n  - { b: 7 }\n', 'f.yaml');
    assert.equal(root.kind, 'map');
    const list = root.kind === 'map' ? root.entries.get('a')?.node : undefined;
    const second = list?.kind === 'list' ? list.items[1] : undefined;
    assert.deepEqual(second?.at, { file: 'f.yaml', line: 3, column: 5 });
  });

  it('follows aliases, but not many', () => {
    const few = 'base: &b { x: 1 }\nuses: [*b, *b]\n';
    assert.deepEqual(toPlain(parseYaml(few, 'f.yaml')), {
      base: { x: 1 },
      uses: [{ x: 1 }, { x: 1 }],
    });
    const many = `base: &b 1\nuses: [${'*b, '.repeat(21)}]\n`;
    assert.match(refusal(many), /^f\.yaml:2:\d+ The file holds more than 20 aliases\.$/);
  });

  it('refuses bombs in time', () => {
    const laughs = Array.from({ length: 12 }, (_, level) => {
      const items = level === 0 ? 'x' : `*l${level - 1}, *l${level - 1}, *l${level - 1}`;
      return `l${level}: &l${level} [${items}]`;
    });
    const started = performance.now();
    assert.match(refusal(laughs.join('\n')), /aliases|too many values/);
    assert.match(refusal('['.repeat(20_000)), /nests deeper/);
    assert.match(refusal('{a: '.repeat(5000)), /^f\.yaml:\d+:\d+ /);
    assert.match(refusal('- '.repeat(20_000)), /nests deeper/);
    assert.match(
      refusal(Array.from({ length: 400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')),
      /nests deeper/,
    );
    assert.match(refusal('x'.repeat(256 * 1024 + 1)), /larger than 256 KiB/);
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n');
    parseYaml(keys, 'f.yaml');
    assert.ok(performance.now() - started < 10_000);
  });

  it('refuses what is ambiguous or dangerous', () => {
    assert.match(refusal('a: 1\na: 2\n'), /^f\.yaml:2:1 The key "a" stands here twice\.$/);
    assert.match(refusal('__proto__: 1\n'), /Expected a key that is text/);
    assert.match(refusal('1: 2\n'), /^f\.yaml:1:1 Expected a key that is text, got "1"\.$/);
    assert.match(refusal('a: *missing\n'), /^f\.yaml:1:\d+ /);
    assert.match(refusal('a: [1\n'), /^f\.yaml:\d+:\d+ /);
  });
});

describe('likely spelling', (it) => {
  it('finds what was meant', () => {
    const words = ['threshold', 'window', 'severity', 'enabled'];
    assert.equal(likelySpelling('treshold', words), 'threshold');
    assert.equal(likelySpelling('Windwo', words), 'window');
    assert.equal(likelySpelling('sevrity', words), 'severity');
    assert.equal(likelySpelling('nothing', words), undefined);
  });

  it('is a distance', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (one, other) => {
        const distance = editDistance(one, other);
        assert.equal(distance, editDistance(other, one));
        assert.equal(distance === 0, one === other);
        assert.ok(distance >= Math.abs(one.length - other.length));
        assert.ok(distance <= Math.max(one.length, other.length));
      }),
    );
    assert.equal(editDistance('ab', 'ba'), 1);
  });
});
