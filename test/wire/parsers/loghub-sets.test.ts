import assert from 'node:assert/strict';
import { AUTO_PARSERS, findLineParser } from '../../../src/wire/parsers/registry.ts';
import type { ParsedLine } from '../../../src/wire/parsers/line-parser.ts';
import { createSourceParser } from '../../../src/wire/parsers/source/source-parser.ts';
import { describe } from '../../support/suite.ts';
import { loghubFolder, readLogSet } from './loghub.ts';

interface Expectation {
  readonly set: string;
  readonly as: string;
  /** Event times of the first and last line. */
  readonly first: string;
  readonly last: string;
  readonly services: readonly string[];
  /** How many lines have each level, where they agree with the set's own words. */
  readonly levels: Readonly<Record<string, number>>;
}

const REFERENCE = Date.UTC(2026, 0, 1);

const EXPECTED: readonly Expectation[] = [
  {
    set: 'OpenSSH',
    as: 'openssh',
    first: '2025-12-10T06:55:46.000Z',
    last: '2025-12-10T11:04:45.000Z',
    services: ['sshd'],
    levels: { ERROR: 572, INFO: 458, WARNING: 970 },
  },
  {
    set: 'HealthApp',
    as: 'healthapp',
    first: '2017-12-23T22:15:29.606Z',
    last: '2017-12-24T01:02:35.789Z',
    services: ['health-app'],
    levels: { INFO: 1996, ERROR: 4 },
  },
  {
    set: 'Apache',
    as: 'apache',
    first: '2005-12-04T04:47:44.000Z',
    last: '2005-12-05T19:15:57.000Z',
    services: ['apache'],
    levels: { INFO: 1405, ERROR: 595 },
  },
  {
    set: 'Linux',
    as: 'syslog',
    first: '2025-06-14T15:16:01.000Z',
    last: '2025-07-27T14:42:00.000Z',
    services: ['combo'],
    levels: { ERROR: 559, INFO: 1297, WARNING: 144 },
  },
  {
    set: 'Zookeeper',
    as: 'zookeeper',
    first: '2015-07-29T17:41:44.747Z',
    last: '2015-08-10T18:12:34.004Z',
    services: ['zookeeper'],
    levels: { INFO: 669, WARNING: 1318, ERROR: 13 },
  },
  {
    set: 'HDFS',
    as: 'hdfs',
    first: '2008-11-09T20:36:15.000Z',
    last: '2008-11-11T10:20:17.000Z',
    services: ['hdfs'],
    levels: { INFO: 1920, WARNING: 80 },
  },
  {
    set: 'Android',
    as: 'android',
    first: '2025-03-17T16:13:38.811Z',
    last: '2025-03-17T16:16:09.141Z',
    services: ['android'],
    levels: { DEBUG: 907, INFO: 920, WARNING: 170, ERROR: 3 },
  },
  {
    set: 'OpenStack',
    as: 'openstack',
    first: '2017-05-16T00:00:00.008Z',
    last: '2017-05-16T00:14:47.687Z',
    services: ['nova-api', 'nova-compute', 'nova-scheduler'],
    levels: { INFO: 1969, WARNING: 31 },
  },
  {
    set: 'Proxifier',
    as: 'proxifier',
    first: '2025-10-30T16:49:06.000Z',
    last: '2025-07-27T10:23:42.000Z',
    services: ['proxifier'],
    levels: { ERROR: 97, INFO: 1903 },
  },
  {
    set: 'Windows',
    as: 'windows',
    first: '2016-09-28T04:30:30.000Z',
    last: '2016-09-29T02:04:40.000Z',
    services: ['windows-servicing'],
    levels: { INFO: 2000 },
  },
];

describe('line formats on the public log sets', (it) => {
  const folder = loghubFolder();
  if (folder === undefined) {
    it.skip(
      'read every line',
      'no log sets: set WATCHKEEPER_DATA to the folder that holds loghub/',
    );
    return;
  }
  for (const expected of EXPECTED) {
    it(`read every line of ${expected.set} with its content, level, service and time`, () => {
      checkSet(folder, expected);
    });
    it(`find out the format of ${expected.set}`, () => {
      const source = createSourceParser({ parsers: AUTO_PARSERS, mode: 'auto' });
      const { lines } = readLogSet(folder, expected.set);
      for (const line of lines) source.parse(line, REFERENCE);
      const { parsed, unparsed } = source.counters();
      assert.deepEqual(
        [source.current(), parsed, unparsed],
        [AUTO_NAMES[expected.as] ?? expected.as, 2000, 0],
      );
    });
  }
});

/** Nobody is asked to tell a host that only runs sshd from other hosts. */
const AUTO_NAMES: Readonly<Record<string, string>> = { openssh: 'syslog' };

function checkSet(folder: string, expected: Expectation): void {
  const { lines, rows } = readLogSet(folder, expected.set);
  const parser = findLineParser(expected.as);
  assert.ok(parser);
  assert.equal(lines.length, rows.length);
  const parsed = lines.map((line, index) => {
    const record = parser.parse(line, { receivedAt: REFERENCE });
    assert.ok(record, `line ${index + 1}: ${line}`);
    return record;
  });
  parsed.forEach((record, index) => {
    assert.equal(record.message.trim(), rows[index]?.['Content']?.trim(), `line ${index + 1}`);
    assert.ok(!Number.isNaN(record.timestamp));
  });
  const times = [parsed[0], parsed.at(-1)].map((each) => new Date(each!.timestamp).toISOString());
  assert.deepEqual(times, [expected.first, expected.last]);
  const levels = countBy(parsed, ({ level }) => level);
  assert.deepEqual(levels, sorted(expected.levels));
  const services = Object.keys(countBy(parsed, ({ service }) => service)).sort();
  assert.deepEqual(services, expected.services);
}

function countBy(
  lines: readonly ParsedLine[],
  key: (line: ParsedLine) => string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of lines) counts[key(line)] = (counts[key(line)] ?? 0) + 1;
  return sorted(counts);
}

const sorted = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
