import assert from 'node:assert/strict';
import { from } from 'rxjs';
import fc from 'fast-check';

import { isWatchkeeperError } from '../../../src/core/errors.ts';
import type { LogRecord } from '../../../src/model/record.ts';
import { enrich, enrichment, shiftAt } from '../../../src/streams/enrichment/enrich.ts';
import { NO_TABLES } from '../../../src/streams/enrichment/lookup-table.ts';
import { parseCsvTable } from '../../../src/streams/enrichment/parse-csv-table.ts';
import { parseEnrichment } from '../../../src/streams/enrichment/parse-enrichment.ts';
import { describe } from '../../support/suite.ts';

const record = (fields: Partial<LogRecord> = {}): LogRecord => ({
  timestamp: Date.UTC(2026, 0, 30, 23),
  level: 9,
  service: 'payment',
  message: 'ok',
  userId: 'u1',
  requestId: undefined,
  errorCode: undefined,
  durationMs: undefined,
  deviceId: 'w-1',
  attributes: undefined,
  vitals: undefined,
  ...fields,
});

const devices = parseCsvTable(
  'device,owner,site\r\nw-1,"Smith, ""Al""",north\nw-2,,south\n',
  'devices.csv',
  'devices',
);
const NIGHT = { name: 'night', weekdays: [5], from: 22 * 60, to: 6 * 60 };
const TABLES = { tables: [devices], shifts: [NIGHT], utcOffsetMinutes: 0 };

const failure = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (isWatchkeeperError(error, 'CONFIG_INVALID')) return error.message;
    throw error;
  }
  return 'none';
};

describe('enrich', (it) => {
  it('adds what the tables say, and the shift of the event time', () => {
    assert.deepEqual(enrich(record(), TABLES).attributes, {
      owner: 'Smith, "Al"',
      site: 'north',
      shift: 'night',
    });
    assert.deepEqual(enrich(record({ deviceId: 'w-2' }), { ...TABLES, shifts: [] }).attributes, {
      site: 'south',
    });
  });

  it('never replaces what the record says, and changes no record', () => {
    const given = Object.freeze(record({ attributes: Object.freeze({ site: 'here', a: 1 }) }));
    const { attributes } = enrich(given, TABLES);
    assert.deepEqual(attributes, { site: 'here', a: 1, owner: 'Smith, "Al"', shift: 'night' });
  });

  it('gives the same record when there is nothing to add', () => {
    const given = record({ deviceId: 'constructor' });
    assert.equal(enrich(given, { ...TABLES, shifts: [] }), given);
    assert.equal(enrich(given, NO_TABLES), given);
  });

  it('takes the tables in force when each record comes', () => {
    let tables = NO_TABLES;
    const seen: unknown[] = [];
    from([record(), record()])
      .pipe(enrichment(() => tables))
      .subscribe(({ attributes }) => {
        seen.push(attributes?.['site']);
        tables = TABLES;
      });
    assert.deepEqual(seen, [undefined, 'north']);
  });
});

describe('shiftAt', (it) => {
  it('counts what is past midnight to the day before', () => {
    const at = (day: number, hour: number) => shiftAt(Date.UTC(2026, 0, day, hour), TABLES);
    assert.equal(at(30, 21), undefined);
    assert.equal(at(30, 22), 'night');
    assert.equal(at(31, 5), 'night');
    assert.equal(at(31, 6), undefined);
    assert.equal(at(31, 22), undefined);
    assert.equal(shiftAt(Date.UTC(2026, 0, 30, 21), { ...TABLES, utcOffsetMinutes: 60 }), 'night');
  });
});

describe('parseCsvTable', (it) => {
  it('names the place of a mistake', () => {
    const table: readonly (readonly [string, RegExp])[] = [
      ['', /^t.csv:1:1 /],
      ['colour,a\n', /1:1 .*first column/],
      ['device,A\n', /1:8 .*column name/],
      ['device,a,a\n', /1:10 .*once/],
      ['device,a\nw,1,2\n', /2:1 .*Expected 2 columns, got 3/],
      ['device,a\nw,1\nw,2\n', /3:1 .*twice/],
      ['device,a\n,1\n', /2:1 .*Expected the device/],
      ['device,a\nw,"1\n', /2:3 .*not closed/],
      ['device,a\nw,"1"2\n', /2:6 .*comma/],
      [`device,a\nw,${'x'.repeat(300)}\n`, /2:3 .*256/],
      ['device,a\n"x\ny",1\nz\n', /4:1 .*2 columns/],
    ];
    for (const [text, expected] of table) {
      assert.match(
        failure(() => parseCsvTable(text, 't.csv', 't')),
        expected,
        text,
      );
    }
  });

  it('throws nothing but its own error, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab,"\n\rdevice '), maxLength: 60 }),
        (text) => {
          failure(() => parseCsvTable(`device,a\n${text}`, 't.csv', 't'));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('parseEnrichment', (it) => {
  it('reads tables, files and shifts', () => {
    const config = parseEnrichment(
      'enrichment:\n  utc_offset_minutes: 60\n  tables:\n    - {name: devices, file: devices.csv}\n' +
        '    - {name: teams, key: service, rows: {payment: {owner: pay}}}\n' +
        '  shifts:\n    - {name: night, days: [fri], from: "22:00", to: "06:00"}\n',
      'enrichment.yaml',
    );
    assert.deepEqual(config.shifts, [NIGHT]);
    assert.equal(config.utcOffsetMinutes, 60);
    assert.deepEqual(config.tables[0], { name: 'devices', file: 'devices.csv' });
    const [, teams] = config.tables;
    assert.ok(teams !== undefined && 'rows' in teams);
    assert.deepEqual(teams.rows.get('payment'), { owner: 'pay' });
  });

  it('names the place of a mistake', () => {
    const table: readonly (readonly [string, RegExp])[] = [
      ['{}', /1:1 /],
      ['enrichment:\n  tabels: []', /2:3 .*"tables"/],
      ['enrichment:\n  tables: [{name: a, file: ../x.csv}]', /2:28 .*cannot be the "file"/],
      ['enrichment:\n  shifts: [{name: a, days: [fry], from: "1", to: "2"}]', /2:29 .*a day of/],
      ['enrichment:\n  utc_offset_minutes: 1.5', /2:23 /],
    ];
    for (const [text, expected] of table) {
      assert.match(
        failure(() => parseEnrichment(text, 'e.yaml')),
        expected,
        text,
      );
    }
  });
});
