import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TemplateBook, type TemplateCut } from '../../../src/actors/subject/template-book.ts';
import { compileFilter, readLogRecord } from '../../../src/core/filter/compile-filter.ts';
import { parseFilter } from '../../../src/core/filter/parse-filter.ts';
import type { LogRecord } from '../../../src/model/record.ts';
import { subjectId } from '../../../src/model/subject.ts';
import { createTemplateMiners } from '../../../src/wire/templates/template-miners.ts';
import { describe } from '../../support/suite.ts';

const miners = createTemplateMiners();
const WATCH = subjectId('device', 'w-1');

function record(message: string): LogRecord {
  return {
    timestamp: 0,
    level: 9,
    service: 'watch',
    message,
    userId: undefined,
    requestId: undefined,
    errorCode: undefined,
    durationMs: undefined,
    deviceId: undefined,
    attributes: undefined,
    vitals: undefined,
  };
}

const message = fc.oneof(
  fc.constant(''),
  fc
    .tuple(fc.constantFrom('sync', 'pair', 'boot'), fc.nat(30))
    .map(([w, n]) => `${w} took ${n} ms`),
  fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f').map((user) => `user ${user} logged in`),
  fc.nat(300).map((n) => `${'#'.repeat(n % 17)} ${'('.repeat(n % 13)} odd`),
);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.array(message, { maxLength: 5 }).map((batch) => ({ batch })) },
  { weight: 1, arbitrary: fc.constantFrom('cut', 'write', 'wake') },
);

describe('template book', (it) => {
  it('holds in each cut what it held when it was cut, and goes on from it in the same way', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let book = TemplateBook.create(miners, WATCH);
        const told: (readonly string[] | undefined)[] = [];
        const batches: (readonly string[])[] = [];
        const cuts: { readonly cut: TemplateCut; readonly at: number }[] = [];
        for (const each of steps) {
          if (typeof each === 'object') {
            batches.push(each.batch);
            told.push(book.learn(each.batch.map(record)));
          } else if (each === 'cut') cuts.push({ cut: book.cut(), at: batches.length });
          else if (each === 'write') cuts.at(-1)?.cut.bytes();
          else book = TemplateBook.restore(miners, WATCH, book.cut().bytes());
        }
        const end = book.cut().bytes();
        for (const { cut, at } of cuts) {
          const again = TemplateBook.restore(miners, WATCH, cut.bytes());
          const retold = batches.slice(at).map((batch) => again.learn(batch.map(record)));
          assert.deepEqual(retold, told.slice(at));
          assert.ok(Buffer.from(again.cut().bytes()).equals(end));
          assert.deepEqual(again.reader.templates(), book.reader.templates());
        }
      }),
      { numRuns: 300 },
    );
  });

  it('puts onto records what it found, and nothing onto those without a message', () => {
    const book = TemplateBook.create(miners, WATCH);
    const records = [record('sync took 3 ms'), record(''), record('sync took 4 ms')];
    const ids = book.learn(records);
    const [first, none, second] = records;
    assert.match(first?.templateId ?? '', /^t[0-9a-f]{12}$/);
    assert.deepEqual(ids, [first?.templateId, '', first?.templateId]);
    assert.deepEqual([first?.isNewTemplate, second?.isNewTemplate], [true, false]);
    assert.equal(second?.templateRarity, 0);
    assert.equal(none?.templateId, undefined);
    const where = compileFilter(
      parseFilter(`template_id:${first?.templateId ?? ''}`),
      readLogRecord,
    );
    assert.deepEqual(records.map(where), [true, false, true]);
    assert.equal(book.learn([record('')]), undefined);
  });

  it('gives one cut until it learns, and keeps nothing of it after', () => {
    const book = TemplateBook.create(miners, WATCH);
    book.learn([record('sync took 3 ms')]);
    const cut = book.cut();
    assert.equal(book.cut(), cut);
    book.learn([record('')]);
    assert.equal(book.cut(), cut);
    book.learn([record('sync took 4 ms')]);
    assert.notEqual(book.cut(), cut);
    const before = TemplateBook.restore(miners, WATCH, cut.bytes()).reader.templates();
    assert.equal(before[0]?.count, 1);
  });
});
