import assert from 'node:assert/strict';
import { loadKafkaInputs } from '../../../src/gateway/kafka/kafka-config.ts';
import { createMessageReader } from '../../../src/gateway/kafka/message-reader.ts';
import type { WireRecord } from '../../../src/model/wire-record.ts';
import { createLineReaders } from '../../../src/wire/parsers/config/line-readers.ts';
import { loadParserConfig } from '../../../src/wire/parsers/config/parser-config.ts';
import { describe } from '../../support/suite.ts';

const PARSERS = `
parsers:
  till:
    match: '^till=%{INT:till} %{GREEDYDATA:message}$'
  costly:
    match: '^(?:(?:a+)+)+(?:(?:a|a)+)+!$'
sources:
  tills:
    parsers: [till]
    filters:
      - set: { shop: north }
      - drop: true
        when: { field: message, equals: tick }
  named:
    parsers: [text]
    default_service: by-source
`;

function scene(entry: string) {
  const stopped: string[] = [];
  const config = loadParserConfig(PARSERS, 'parsers.yaml', {
    onCutOff: (name, stage) => stopped.push(`${stage} ${name}`),
  });
  const readers = createLineReaders(config);
  const text = `kafka:\n  - { brokers: ['127.0.0.1:9092'], topics: [logs], ${entry} }\n`;
  const [input] = loadKafkaInputs(text, 'inputs.yaml', readers);
  assert.ok(input !== undefined);
  const reader = createMessageReader(input, 'logs', readers);
  const read = (value: string) => {
    const message = { value: Buffer.from(value), timestamp: '1750000000000' };
    const { items, ...rest } = reader({ ...message, key: null, offset: '0' }, 0);
    return { ...rest, items: items as readonly WireRecord[] };
  };
  return { read, stopped };
}

describe('the reader of messages', (it) => {
  it('reads lines by a parser of parsers.yaml, and runs the filters of a source', () => {
    const { read } = scene('parser: tills');
    const { items, isRaw } = read('till=7 sold\n');
    assert.equal(isRaw, false);
    assert.equal(items[0]?.message, 'sold');
    assert.deepEqual(items[0].attributes, { till: '7', shop: 'north' });
    assert.deepEqual(read('till=7 tick'), { items: [], isRaw: false, isDropped: true });
  });

  it('takes the service of the entry, else of the source, else the topic', () => {
    const serviceOf = (entry: string, line = 'words'): string | undefined =>
      scene(entry).read(line).items[0]?.service;
    assert.equal(serviceOf('parser: named, service: fixed'), 'fixed');
    assert.equal(serviceOf('parser: named'), 'by-source');
    assert.equal(serviceOf('parser: text'), 'logs');
  });

  it('keeps a line raw on which its pattern was stopped', () => {
    const { read, stopped } = scene('parser: costly');
    const line = 'a'.repeat(3_000);
    const { items, isRaw } = read(line);
    assert.equal(isRaw, true);
    assert.equal(items[0]?.message, line);
    assert.deepEqual(stopped, ['parser costly']);
  });
});
