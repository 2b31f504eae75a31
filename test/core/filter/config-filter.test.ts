import assert from 'node:assert/strict';
import fc from 'fast-check';

import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { readConfigFilter } from '../../../src/core/filter/config-filter.ts';
import { mentions } from '../../../src/core/filter/mentions.ts';
import { parseFilter } from '../../../src/core/filter/parse-filter.ts';
import { parseYaml } from '../../../src/core/yaml-document.ts';
import { expectMap } from '../../../src/core/yaml-node.ts';
import { describe } from '../../support/suite.ts';

const read = (source: string): string => {
  const node = expectMap(parseYaml(source, 'f.yaml'), 'the file').entries.get('where')?.node;
  assert.ok(node);
  return readConfigFilter(node, 'where', { source }).text;
};

const complaint = (source: string): string => {
  try {
    read(source);
  } catch (error) {
    assert.ok(isWatchkeeperError(error, 'CONFIG_INVALID'), String(error));
    return error.message;
  }
  throw new Error('It was read.');
};

describe('a filter in a configuration file', (it) => {
  it('keeps its text', () => {
    assert.equal(read(`where: 'a "b c" -d:"it''s"'\n`), `a "b c" -d:"it's"`);
  });

  const PLACES: readonly (readonly [string, string, string])[] = [
    ['without quotes', 'where: level>=ERROR servce:x\n', '1:21'],
    ['in single quotes', "where: 'level>=ERROR servce:x'\n", '1:22'],
    ['behind a doubled quote', "where: 'a:\"it''s\" servce:x'\n", '1:19'],
    ['in double quotes', 'where: "level>=ERROR servce:x"\n', '1:22'],
    ['behind escapes', 'where: "a:\\"\\u0041\\x41\\" servce:x"\n', '1:26'],
    ['on a later line', "other: 1\nwhere: 'servce:x'\n", '2:9'],
    ['over several lines', 'where: |\n  a\n  servce:x\n', '1:8'],
    ['at the very end', "where: 'level>='\n", '1:16'],
  ];
  for (const [name, source, place] of PLACES) {
    it(`names the place ${name}`, () => {
      assert.match(complaint(source), new RegExp(`^f\\.yaml:${place} [A-Z]`));
    });
  }

  it('finds the place in whatever stands before it', () => {
    const plain = fc.stringMatching(/^[a-z ]{0,20}$/);
    fc.assert(
      fc.property(plain, (before) => {
        const text = `x ${before} servce:y`;
        for (const source of [`where: '${text}'`, `where: "${text}"`]) {
          const at = source.indexOf('servce') + 1;
          assert.ok(complaint(source).startsWith(`f.yaml:1:${at} There is no field`));
        }
      }),
    );
  });

  it('refuses what is no text, or empty', () => {
    assert.match(complaint('where: 5\n'), /^f\.yaml:1:8 Expected "where" to be text, got 5/);
    assert.match(complaint("where: ' '\n"), /^f\.yaml:1:8 Expected "where" to be a filter/);
  });

  it('says which fields a filter is about', () => {
    const filter = parseFilter('a:1 OR (b:* -c>3) OR d:1..2');
    for (const field of ['a', 'b', 'c', 'd']) assert.equal(mentions(filter, field), true);
    assert.equal(mentions(filter, 'e'), false);
    assert.equal(mentions(parseFilter(''), 'a'), false);
  });
});
