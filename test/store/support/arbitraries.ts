import fc from 'fast-check';
import { LEVEL_NAMES } from '../../../src/model/level.ts';
import { subjectId } from '../../../src/model/subject.ts';
import type { Block, RecordQuery, WireRecord } from '../../../src/store/store.ts';
import { block, DAY_MS, device, entry, NOON } from './builders.ts';

const SERVICES = ['api', 'auth', 'billing'];
const USERS = ['u1', 'u2', 'u3'];

const wireRecord: fc.Arbitrary<Omit<WireRecord, 'timestamp'> & { offset: number }> = fc.record(
  {
    // Few distinct times, so that ties are common; some records are days late.
    offset: fc.oneof(
      fc.integer({ min: -20, max: 0 }),
      fc.integer({ min: -3 * DAY_MS, max: 300_000 }),
    ),
    level: fc.constantFrom(...LEVEL_NAMES),
    service: fc.constantFrom(...SERVICES),
    message: fc.constantFrom('Timeout', 'time is up', 'ok', 'TIMED out'),
    user_id: fc.constantFrom(...USERS),
    attributes: fc.constantFrom({ 'http.status': 500 }, { $a: [1, 'x'] }, { plain: true }),
  },
  { requiredKeys: ['offset', 'level', 'service', 'message'] },
);

const entrySeed = fc.record({
  records: fc.array(wireRecord, { minLength: 1, maxLength: 6 }),
  step: fc.integer({ min: 0, max: 50 }),
  device: fc.constantFrom('w1', 'w2', 'w3', 'w4'),
  // A store keeps one for each record, however many records there are, or none for the entry.
  templates: fc.option(
    fc.array(fc.constantFrom('', 't1', 't2', 'api'), { minLength: 6, maxLength: 6 }),
  ),
});

/** Blocks as the archivist makes them: lsns ascend, one subject's partition and one day each. */
export const blocks: fc.Arbitrary<readonly Block[]> = fc
  .tuple(
    fc.array(fc.array(entrySeed, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 }),
    fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 6, maxLength: 6 }),
  )
  .map(([seeds, days]) => {
    let lsn = 1;
    let observedAt = NOON;
    return seeds.map((entries, index) => {
      observedAt += (days[index] ?? 0) * DAY_MS;
      return block(
        entries.map((seed) => {
          observedAt += seed.step;
          const records = seed.records.map(({ offset, ...fields }) => ({
            timestamp: observedAt + offset,
            ...fields,
          }));
          return entry(lsn++, records, {
            ...(seed.templates !== null && { templates: seed.templates.slice(0, records.length) }),
            subject: device(seed.device),
            observedAt,
          });
        }),
        { partition: index % 3 },
      );
    });
  });

const time = fc.oneof(
  fc.integer({ min: NOON - 3 * DAY_MS, max: NOON + 3 * DAY_MS }),
  fc.integer({ min: NOON - 30, max: NOON + 30 }),
);

export const queries: fc.Arbitrary<RecordQuery> = fc
  .record(
    {
      range: fc.oneof(
        fc.constant([0, NOON + 30 * DAY_MS] as const),
        fc.tuple(time, time).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
      ),
      subject: fc.constantFrom(device('w1'), device('none'), subjectId('user', 'u1')),
      service: fc.constantFrom(...SERVICES, 'none'),
      level: fc.constantFrom(...LEVEL_NAMES),
      user: fc.constantFrom(...USERS),
      text: fc.constantFrom('TIME', 'ok', ' ', ''),
      axis: fc.constantFrom('event' as const, 'ingest' as const),
      order: fc.constantFrom('asc' as const, 'desc' as const),
      limit: fc.integer({ min: 1, max: 9 }),
    },
    { requiredKeys: ['range', 'limit'] },
  )
  .map(({ range: [from, to], ...query }) => ({ from, to, ...query }));
