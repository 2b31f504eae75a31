import assert from 'node:assert/strict';
import {
  FORMAT_READERS,
  createLineReaders,
} from '../../../../src/wire/parsers/config/line-readers.ts';
import { loadParserConfig } from '../../../../src/wire/parsers/config/parser-config.ts';
import { LINE_PARSERS } from '../../../../src/wire/parsers/registry.ts';
import { describe } from '../../../support/suite.ts';

const CONFIG = loadParserConfig(
  `
parsers:
  mine: { match: '^mine %{GREEDYDATA:message}$' }
  both: { match: '^both %{GREEDYDATA:message}$' }
sources:
  both: { parsers: [mine], service: by-source, join_lines: true }
  text: { parsers: [mine] }
  auto: { parsers: [mine] }
  json: { parsers: [mine], join_lines: true }
`,
  'parsers.yaml',
);

describe('line readers', (it) => {
  const readers = createLineReaders(CONFIG);
  const who = (name: string, line: string): string | undefined =>
    readers.open(name).parse(line, 0).parser;

  it('know the formats without a file', () => {
    const ids = LINE_PARSERS.map(({ id }) => id);
    assert.deepEqual(FORMAT_READERS.names, ['auto', 'none', ...ids]);
    assert.equal(FORMAT_READERS.open('logfmt').parse('a=1 b=2', 0).parser, 'logfmt');
    assert.equal(FORMAT_READERS.open('auto').parse('{"msg":"x"}', 0).parser, 'json');
    assert.equal(FORMAT_READERS.open('none').parse('{"msg":"x"}', 0).parser, undefined);
  });

  it('take a source before an own parser, and that before a format', () => {
    assert.equal(who('both', 'mine x'), 'mine');
    assert.equal(who('both', 'both x'), undefined);
    assert.equal(who('mine', 'mine x'), 'mine');
    assert.equal(who('text', 'mine x'), 'mine');
    assert.equal(who('text', 'x'), undefined);
  });

  it('leave the names that inputs have for themselves', () => {
    assert.equal(who('auto', 'mine x'), undefined);
    assert.equal(who('json', '{"msg":"x"}'), 'json');
    assert.equal(readers.joinsLines('json'), false);
    assert.equal(readers.joinsLines('both'), true);
    assert.equal(new Set(readers.names).size, readers.names.length);
  });

  it('put the service of the input before that of the source', () => {
    const serviceOf = (services?: { service?: string; defaultService?: string }) =>
      readers.open('both', services).parse('mine x', 0).record?.service;
    assert.equal(serviceOf({ service: 'fixed' }), 'fixed');
    assert.equal(serviceOf({ defaultService: 'other' }), 'by-source');
    assert.equal(serviceOf(), 'by-source');
  });
});
