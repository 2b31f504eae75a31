import assert from 'node:assert/strict';

import { compileFilter, readWireRecord } from '../../../src/core/filter/compile-filter.ts';
import { createScope } from '../../../src/gateway/scope/scope.ts';
import { keptPage } from '../../../src/gateway/scope/kept-page.ts';
import { SealedCursors } from '../../../src/gateway/scope/sealed-cursors.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import type { EvidenceSample } from '../../../src/model/finding.ts';
import { subjectId, type SubjectId } from '../../../src/model/subject.ts';
import { anAlert } from '../../support/fake-site.ts';
import { describe } from '../../support/suite.ts';

const PAYMENT = subjectId('service', 'payment');
const AUTH = subjectId('service', 'auth');
const WATCH = subjectId('device', 'w-1');
const USER = subjectId('user', 'u42');

const sample = (fields: Partial<EvidenceSample>): EvidenceSample => ({
  timestamp: 1,
  level: 17,
  service: 'payment',
  message: 'x',
  requestId: undefined,
  errorCode: undefined,
  durationMs: undefined,
  userId: undefined,
  ...fields,
});

const SUBJECTS: readonly (readonly [string, SubjectId, boolean])[] = [
  ['service:payment*', PAYMENT, true],
  ['service:payment*', AUTH, false],
  // A watch and a user may have records of any service.
  ['service:payment*', WATCH, false],
  ['service:payment*', USER, false],
  ['-service:auth', PAYMENT, true],
  ['-service:auth', AUTH, false],
  ['-service:auth', WATCH, false],
  // Its records are of all levels and users.
  ['service:payment level>=ERROR', PAYMENT, false],
  ['service:payment -user_id:u42', PAYMENT, false],
  ['service:payment declined', PAYMENT, false],
  ['service:payment OR level>=ERROR', PAYMENT, true],
  ['device:w-1', WATCH, true],
  ['user:u42', USER, true],
  ['-subject:user:u42', PAYMENT, false],
  ['owner:ops', WATCH, false],
  // Shared by many.
  ['service:*', subjectId('service', 'watchkeeper:overflow'), false],
  ['service:*', subjectId('service', 'watchkeeper:import'), false],
  // No filter at all, or none that can be read, shows nothing.
  ['', PAYMENT, false],
  ['service:(', PAYMENT, false],
];

describe('scope of a token', (it) => {
  for (const [filter, subject, expected] of SUBJECTS) {
    it(`"${filter}" ${expected ? 'shows' : 'hides'} ${subject}`, () => {
      assert.equal(createScope(filter).seesSubject(subject), expected);
    });
  }

  it('lets no record through when it cannot be read', () => {
    for (const text of ['', 'service:(', ' ']) {
      const matches = compileFilter(createScope(text).filter, readWireRecord);
      assert.equal(matches({ timestamp: 1, level: 'ERROR', service: 'a', message: 'm' }), false);
    }
  });

  it('shows alerts of subjects that are seen as they are', () => {
    const alert = anAlert({ subject: PAYMENT });
    assert.equal(createScope('service:payment').alert(alert), alert);
    assert.equal(createScope('service:auth').alert(alert), undefined);
    assert.equal(createScope('service:payment declined').alert(alert), undefined);
    const shared = anAlert({ subject: subjectId('service', 'watchkeeper:overflow') });
    assert.equal(createScope('level>=DEBUG').alert(shared), undefined);
  });

  it('takes severities for levels, and then shows only evidence that matches', () => {
    const samples = [
      sample({ message: 'mine' }),
      sample({ level: 9, message: 'of another level' }),
    ];
    const evidence = { ...anAlert().evidence, samples, facts: { top_messages: ['secret'] } };
    const { alert } = createScope('service:payment level>=ERROR');
    const high = alert(anAlert({ severity: 'high', evidence }));
    assert.deepEqual(
      high?.evidence.samples.map(({ message }) => message),
      ['mine'],
    );
    assert.deepEqual(high?.evidence.facts, {});
    assert.equal(alert(anAlert({ severity: 'medium', evidence })), undefined);
    assert.ok(alert(anAlert({ severity: 'critical', evidence })));
    assert.ok(createScope('level>=INFO').alert(anAlert({ severity: 'low', evidence })));
  });
});

describe('sealed cursors', (it) => {
  const cursors = new SealedCursors();

  it('open for their owner and nobody else', () => {
    const sealed = cursors.seal('["alerts",5,"secret"]', 'a/alerts');
    assert.equal(cursors.open(sealed, 'a/alerts'), '["alerts",5,"secret"]');
    assert.ok(!Buffer.from(sealed, 'base64url').toString('latin1').includes('secret'));
    const last = sealed.at(-2) === 'A' ? 'B' : 'A';
    const wrong: readonly (readonly [string, string])[] = [
      [sealed, 'b/alerts'],
      [sealed, 'a/records'],
      [`${sealed.slice(0, -2)}${last}${sealed.slice(-1)}`, 'a/alerts'],
      [Buffer.from('["alerts",5,"x"]').toString('base64url'), 'a/alerts'],
      ['', 'a/alerts'],
      ['!', 'a/alerts'],
    ];
    for (const [cursor, owner] of wrong) {
      assert.throws(
        () => cursors.open(cursor, owner),
        (error) => isWatchkeeperError(error, 'QUERY_INVALID'),
      );
    }
    assert.throws(() => new SealedCursors().open(sealed, 'a/alerts'));
  });
});

describe('kept page', (it) => {
  const ALL = Array.from({ length: 1_000 }, (_, index) => index);
  const pages = async (limit: number, every: number): Promise<readonly number[][]> => {
    const found: number[][] = [];
    let cursor: string | undefined;
    do {
      const page = await keptPage({
        limit,
        cursor,
        fetch: (most, from) => {
          const start = Number(from ?? 0);
          const end = start + most;
          const items = ALL.slice(start, end);
          return Promise.resolve({ items, cursor: end < ALL.length ? String(end) : undefined });
        },
        keep: (item) => (item % every === 0 ? item : undefined),
      });
      found.push([...page.items]);
      ({ cursor } = page);
    } while (cursor !== undefined);
    return found;
  };

  for (const [limit, every] of [
    [10, 1],
    [10, 3],
    [7, 400],
    [1, 999],
    [1000, 2],
  ] as const) {
    it(`gives each of every ${every}th once, at most ${limit} at a time`, async () => {
      const found = await pages(limit, every);
      assert.deepEqual(
        found.flat(),
        ALL.filter((item) => item % every === 0),
      );
      assert.ok(found.every((page) => page.length <= limit));
    });
  }
});
