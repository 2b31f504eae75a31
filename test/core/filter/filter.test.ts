import assert from 'node:assert/strict';
import fc from 'fast-check';

import {
  compileFilter,
  readLogRecord,
  readWireRecord,
} from '../../../src/core/filter/compile-filter.ts';
import type { Filter } from '../../../src/core/filter/filter.ts';
import { formatFilter } from '../../../src/core/filter/format-filter.ts';
import { parseFilter } from '../../../src/core/filter/parse-filter.ts';
import { pushdownOf } from '../../../src/core/filter/pushdown.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { LEVEL_BY_NAME } from '../../../src/model/level.ts';
import type { LogRecord } from '../../../src/model/record.ts';
import type { WireRecord } from '../../../src/model/wire-record.ts';
import { describe } from '../../support/suite.ts';
import { naive } from './naive.ts';

const wire = (fields: Partial<WireRecord> = {}): WireRecord => ({
  timestamp: Date.UTC(2026, 0, 31, 12),
  level: 'ERROR',
  service: 'payment',
  message: 'Card declined by issuer',
  user_id: 'u42',
  duration_ms: 1500,
  attributes: {
    path: '/health',
    http: { status: 502 },
    'k8s.pod': 'p-1',
    tags: ['a', 'b'],
    ok: true,
  },
  ...fields,
});

const matches = (text: string, record = wire()): boolean =>
  compileFilter(parseFilter(text), readWireRecord)(record);

const problem = (text: string): string => {
  try {
    parseFilter(text);
  } catch (error) {
    if (isWatchkeeperError(error, 'QUERY_INVALID')) return error.message;
    throw error;
  }
  return 'none';
};

const names = [
  'service',
  'user_id',
  'level',
  'duration_ms',
  'message',
  'path',
  'http.status',
  'rssi',
];
const values = [
  'payment',
  'pay*',
  '*',
  '"a b"',
  '5',
  '1.5s',
  'ERROR',
  '1..9',
  '..3',
  '-4',
  '\\*x',
  'u42',
  '/h*th',
];
const term = fc.oneof(
  fc.constantFrom('declined', '"by issuer"', 'dec*ed', '*', 'x-y', '\\-a', 'a\\ b', '"q\\"uote"'),
  fc
    .tuple(
      fc.constantFrom(...names),
      fc.constantFrom(':', '=', '!=', '>', '>=', '<', '<='),
      fc.constantFrom(...values),
    )
    .map((parts) => parts.join('')),
);
const expression = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    term,
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `${a} ${b}`),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a}) OR ${b}`),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `${a} AND NOT (${b})`),
    tie('any').map((a) => `-(${a})`),
  ),
})).any;

/** Filters that random expressions parse to; those with a typed error are left out. */
const filters = expression
  .map((text) => {
    try {
      return parseFilter(text);
    } catch (error) {
      assert.ok(isWatchkeeperError(error, 'QUERY_INVALID'));
      return undefined;
    }
  })
  .filter((filter): filter is Filter => filter !== undefined);

describe('parseFilter', (it) => {
  const cases: readonly (readonly [filter: string, expected: boolean])[] = [
    ['', true],
    ['service:payment level>=ERROR "declined" user_id:u42 duration_ms>500', true],
    ['service:payment level>=ERROR "declined" -path:/health', false],
    ['service:pay*', true],
    ['service:*ment', true],
    ['service:p*y*t', true],
    ['service:pay', false],
    ['service:"pay*"', false],
    ['service:Payment', false],
    ['DECLINED', true],
    ['declined card', true],
    ['"declined card"', false],
    ['dec*issuer', true],
    ['declined OR nothing', true],
    ['nothing OR other', false],
    ['nothing other OR declined', true],
    ['nothing (other OR declined)', false],
    ['NOT nothing', true],
    ['NOT NOT declined', true],
    ['-(nothing OR declined)', false],
    ['user:u42', true],
    ['user:*', true],
    ['error_code:*', false],
    ['-error_code:*', true],
    ['level:WARNING', true],
    ['level:critical', false],
    ['level:ERROR..ERROR', true],
    ['level!=ERROR', false],
    ['level>=17', true],
    ['level<warn', false],
    ['duration>1.4s', true],
    ['duration>1.5s', false],
    ['duration_ms:1000..2000', true],
    ['duration_ms:..1s', false],
    ['duration_ms:1500', true],
    ['duration:2s..', false],
    ['http.status:502', true],
    ['http.status>=500', true],
    ['http.status:5*', true],
    ['attributes.http.status:502', true],
    ['k8s.pod:p-1', true],
    ['tags:b', true],
    ['tags:c', false],
    ['ok:true', true],
    ['timestamp>=2026-01-31', true],
    ['timestamp<2026-01-31T12:00:00Z', false],
    ['__proto__:*', false],
    ['constructor:*', false],
  ];
  for (const [text, expected] of cases) {
    it(`${expected ? 'matches' : 'does not match'} ${text === '' ? 'anything with nothing' : text}`, () => {
      assert.equal(matches(text), expected);
    });
  }

  it('shows the column with a caret and the likely spelling', () => {
    assert.equal(
      problem('declined servce:payment'),
      'Column 10 of the filter: There is no field "servce". Did you mean "service"? ' +
        'An attribute of that name is "attributes.servce".\n' +
        '  declined servce:payment\n' +
        '           ^',
    );
    assert.equal(problem('attributes.servce:payment'), 'none');
  });

  it('says what is wrong with each kind of mistake, and where', () => {
    const table: readonly (readonly [string, RegExp])[] = [
      ['level>=EROR', /^Column 8 .*There is no level "EROR"/],
      ['duration_ms>fast', /^Column 13 .*duration such as 500/],
      ['service>a', /^Column 1 .*is text/],
      ['a (b', /^Column 3 .*not closed/],
      ['a)', /^Column 2 .*no opening/],
      ['a OR', /^Column 5 .*got the end/],
      ['OR a', /^Column 1 .*got "OR"/],
      ['()', /^Column 2 .*got "\)"/],
      ['a "b', /^Column 3 .*quote is not closed/],
      ['a"b"', /^Column 2 .*blank before this quote/],
      ['service:', /^Column 9 .*value after "service:"/],
      ['duration_ms:9..1', /^Column 13 .*ends before it begins/],
      ['rssi:a..b', /^Column 6 .*both sides/],
      ['('.repeat(40), /^Column 33 .*deeper than 32/],
      ['a '.repeat(300), /^Column 513 .*at most 256 terms/],
      ['a'.repeat(9000), /^Column 8193 .*at most 8192/],
    ];
    for (const [text, expected] of table) assert.match(problem(text), expected, text.slice(0, 40));
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        assert.deepEqual(parseFilter(formatFilter(filter)), filter);
      }),
      { numRuns: 2000 },
    );
  });

  it('throws nothing but its own error, whatever the text, and what it takes it can write', () => {
    const noise = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(...'ab:=<>!()"*\\- .ORANDT1[]_@'), maxLength: 80 }),
    );
    fc.assert(
      fc.property(noise, (text) => {
        if (problem(text) !== 'none') return;
        const filter = parseFilter(text);
        assert.deepEqual(parseFilter(formatFilter(filter)), filter);
      }),
      { numRuns: 5000 },
    );
  });

  it('is done with 64 KiB of anything within 50 ms', () => {
    for (const piece of ['(', 'a ', '-', '"', '*', 'a:', '\\', 'NOT ', 'a*', 'service:a*b* ']) {
      const start = process.hrtime.bigint();
      problem(piece.repeat(65_536 / piece.length));
      assert.ok(Number(process.hrtime.bigint() - start) / 1e6 < 50, piece);
    }
  });

  it('gives a frozen tree', () => {
    const visit = (filter: Filter): void => {
      assert.ok(Object.isFrozen(filter));
      if (filter.kind === 'not') visit(filter.of);
      if (filter.kind === 'and' || filter.kind === 'or') filter.of.forEach(visit);
    };
    fc.assert(fc.property(filters, visit), { numRuns: 200 });
  });
});

describe('compileFilter', (it) => {
  const fields = fc.record(
    {
      service: fc.constantFrom('payment', 'pay', 'cart'),
      message: fc.constantFrom('Card declined by issuer', 'x-y a b', '-a', 'q"uote', '*x', ''),
      user_id: fc.constantFrom('u42', 'u1'),
      duration_ms: fc.constantFrom(0, 3, 5, 1500),
      rssi: fc.constantFrom(-60, -4, 7),
      level: fc.constantFrom('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'),
      path: fc.constantFrom('/health', 'a b', '5', '*x', true, 5),
      status: fc.constantFrom(502, '502', 7),
    },
    { requiredKeys: ['service', 'message', 'level'] },
  );

  it('agrees with the plainest evaluation, over both forms of a record', () => {
    fc.assert(
      fc.property(filters, fields, (filter, given) => {
        const { path, status, level, ...rest } = given;
        const attributes = {
          ...(path === undefined ? {} : { path }),
          ...(status === undefined ? {} : { http: { status } }),
        };
        const record = { timestamp: 0, level, ...rest, attributes } as unknown as WireRecord;
        const flat = {
          ...rest,
          level: LEVEL_BY_NAME[level as 'INFO'],
          path,
          'http.status': status,
        };
        const expected = naive(filter, flat);
        assert.equal(compileFilter(filter, readWireRecord)(record), expected);
        const log = {
          timestamp: 0,
          level: LEVEL_BY_NAME[level as 'INFO'],
          service: rest.service,
          message: rest.message,
          userId: rest.user_id,
          durationMs: rest.duration_ms,
          attributes,
          vitals: { rssi: rest.rssi },
        } as unknown as LogRecord;
        assert.equal(compileFilter(filter, readLogRecord)(log), expected);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('pushdownOf', (it) => {
  it('takes what every match must meet', () => {
    assert.deepEqual(
      pushdownOf(
        parseFilter(
          'service:a user:u level>=WARN level>ERROR card "was declined" subject:device:w1 path:/x',
        ),
      ),
      { service: 'a', user: 'u', level: 'CRITICAL', text: 'was declined', subject: 'device:w1' },
    );
    assert.deepEqual(pushdownOf(parseFilter('service:a OR level:ERROR')), {});
    assert.deepEqual(pushdownOf(parseFilter('-service:a -level:ERROR level<ERROR')), {});
    assert.deepEqual(pushdownOf(parseFilter('level:WARNING')), { level: 'WARNING' });
  });

  it('takes times of events', () => {
    const times = (text: string): unknown => pushdownOf(parseFilter(text));
    assert.deepEqual(times('timestamp>=100 timestamp<200 timestamp>50'), { from: 100, until: 200 });
    assert.deepEqual(times('timestamp:100..200'), { from: 100, until: 200 });
    assert.deepEqual(times('timestamp>=100 OR a'), {});
    assert.deepEqual(times('observed_at>=100'), {});
  });

  it('never excludes a match', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        const record = wire();
        if (!compileFilter(filter, readWireRecord)(record)) return;
        const { service, user, level, text } = pushdownOf(filter);
        assert.ok(service === undefined || service === record.service);
        assert.ok(user === undefined || user === record.user_id);
        assert.ok(level === undefined || LEVEL_BY_NAME[level] <= LEVEL_BY_NAME[record.level]);
        assert.ok(text === undefined || record.message.toLowerCase().includes(text.toLowerCase()));
      }),
      { numRuns: 1000 },
    );
  });
});
