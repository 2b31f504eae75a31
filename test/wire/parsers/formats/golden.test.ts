import assert from 'node:assert/strict';
import { AUTO_PARSERS, findLineParser } from '../../../../src/wire/parsers/registry.ts';
import { createSourceParser } from '../../../../src/wire/parsers/source/source-parser.ts';
import { describe } from '../../../support/suite.ts';
import { accessLog, jsonLog, logfmtLog, RECEIVED_AT, type GeneratedLine } from '../generate.ts';

const SETS: readonly (readonly [parser: string, found: string, lines: readonly GeneratedLine[]])[] =
  [
    ['json', 'json', jsonLog(1_000)],
    ['logfmt', 'logfmt', logfmtLog(1_000)],
    ['apache-access', 'nginx', accessLog(1_000, 'apache')],
    ['nginx', 'nginx', accessLog(1_000, 'nginx')],
  ];

describe('a thousand generated lines', (it) => {
  for (const [id, found, lines] of SETS) {
    it(`of ${id} are read, each with its time, level, user and duration`, () => {
      const parser = findLineParser(id);
      assert.ok(parser);
      for (const { line, timestamp, level, user, durationMs, message } of lines) {
        const record = parser.parse(line, { receivedAt: RECEIVED_AT });
        assert.ok(record, line);
        assert.deepEqual(
          [record.timestamp, record.level, record.user_id, record.duration_ms],
          [timestamp, level, user, durationMs],
          line,
        );
        if (message !== undefined) assert.equal(record.message, message);
      }
    });

    it(`of ${id} are recognised, and none is left unread`, () => {
      const source = createSourceParser({ parsers: AUTO_PARSERS, mode: 'auto' });
      for (const { line } of lines) source.parse(line, RECEIVED_AT);
      assert.deepEqual([source.current(), source.counters().unparsed], [found, 0]);
    });
  }
});
