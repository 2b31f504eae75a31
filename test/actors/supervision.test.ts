import assert from 'node:assert/strict';
import { describe } from '../support/suite.ts';
import { subjectId } from '../../src/model/subject.ts';
import type { DetectorInput } from '../../src/streams/detector.ts';
import { countingDetector, detectorSet, type CountState } from '../support/counting-detector.ts';
import { EngineHarness } from '../support/engine-harness.ts';

const payment = subjectId('service', 'payment');

/** Fails whenever a record's message is `poison`. */
function failOnPoison(input: DetectorInput): void {
  if (input.type === 'records' && input.records.some(({ message }) => message === 'poison')) {
    throw new Error('Cannot digest this.');
  }
}

describe('Supervision of detectors', (it) => {
  let site: EngineHarness;
  it.beforeEach(() => {
    const detectors = [
      countingDetector({ id: 'fragile', before: failOnPoison }),
      countingDetector({ id: 'sturdy' }),
    ];
    site = new EngineHarness(() => detectorSet(detectors as never[]));
  });
  it.afterEach(async () => {
    await site.stop();
    site.remove();
  });

  async function counts(): Promise<Record<string, number | undefined>> {
    const state = await site.engine.subject(payment);
    const of = (id: string) => (state?.detectors[id] as CountState | undefined)?.count;
    return { fragile: of('fragile'), sturdy: of('sturdy') };
  }

  it('sets the one bad record aside and processes the rest', async () => {
    await site.open();
    await site.post('payment', [{}, { message: 'poison' }, {}]);
    await site.settle();
    assert.deepEqual(await counts(), { fragile: 2, sturdy: 3 });
    await site.engine.archivist.flushed();
    const { letters } = await site.store.deadLetters.list({ limit: 10 });
    assert.deepEqual(
      letters.map(({ stage, ordinal }) => ({ stage, ordinal })),
      [{ stage: 'fragile', ordinal: 1 }],
    );
  });

  it('restarts the failing detector alone', async () => {
    await site.open();
    await site.post('payment', [{ message: 'poison' }]);
    await site.settle();
    const restarted = new Set(
      site.events
        .filter(({ type }) => type === 'restarted')
        .map(({ path }) => path.split('/').at(-1)),
    );
    assert.deepEqual([...restarted], ['fragile']);
  });

  it('keeps the records that were skipped skipped after a crash', async () => {
    await site.open();
    await site.post('payment', [{ message: 'poison' }, {}]);
    await site.settle();
    const before = await counts();
    await site.crash();
    site.events.length = 0;
    await site.open();
    assert.deepEqual(await counts(), before);
    assert.equal(site.events.filter(({ type }) => type === 'crashed').length, 0);
  });

  it('quarantines a detector that fails on three records within a minute, and says so', async () => {
    await site.open();
    for (let index = 0; index < 4; index += 1)
      await site.post('payment', [{ message: 'poison' }, {}]);
    await site.settle();
    const types = site.engine.state.book.active().map(({ type }) => type);
    assert.deepEqual(types, ['detector_quarantined']);
    assert.deepEqual((await counts())['sturdy'], 8);
    assert.deepEqual((await counts())['fragile'], 2);
  });

  it('ends a quarantine after ten minutes of site time', async () => {
    await site.open();
    for (let index = 0; index < 3; index += 1) await site.post('payment', [{ message: 'poison' }]);
    await site.settle();
    await site.post('payment', [{}]);
    await site.settle();
    assert.equal((await counts())['fragile'], 0);
    await site.pass(601_000);
    await site.post('payment', [{}]);
    await site.settle();
    assert.equal((await counts())['fragile'], 1);
  });

  it('comes to the same quarantine when the journal is folded again', async () => {
    await site.open();
    for (let index = 0; index < 4; index += 1)
      await site.post('payment', [{ message: 'poison' }, {}]);
    await site.settle();
    const before = await site.engine.subject(payment);
    const alerts = site.engine.state.book.active().map(({ id }) => id);
    await site.crash();
    await site.open();
    assert.deepEqual(await site.engine.subject(payment), before);
    assert.deepEqual(
      site.engine.state.book.active().map(({ id }) => id),
      alerts,
    );
  });

  for (const [how, interrupt] of [
    ['a crash', () => site.crash()],
    ['a stop', () => site.stop()],
  ] as const) {
    it(`counts records set aside before ${how} towards the quarantine after it`, async () => {
      await site.open();
      await site.post('payment', [{ message: 'poison' }, {}]);
      await site.post('payment', [{}, { message: 'poison' }]);
      await site.settle();
      await interrupt();
      await site.open();
      assert.deepEqual(site.engine.state.book.active(), [], 'two are no reason yet');
      const third = await site.post('payment', [{}, { message: 'poison' }, {}]);
      await site.settle();
      const [alert, ...more] = site.engine.state.book.active();
      assert.equal(alert?.type, 'detector_quarantined');
      assert.equal(alert.trigger, `quarantine:${third}.1`);
      assert.deepEqual(more, []);
      assert.equal((await counts())['fragile'], 3);
    });
  }

  it('forgets records that were set aside more than a minute ago', async () => {
    await site.open();
    for (let index = 0; index < 5; index += 1) {
      await site.post('payment', [{ message: 'poison' }]);
      await site.settle();
      await site.pass(31_000);
    }
    assert.deepEqual(site.engine.state.book.active(), []);
    assert.equal((await site.engine.subject(payment))?.incidents['fragile']?.length, 2);
  });
});

describe('Users and sleeping subjects', (it) => {
  let site: EngineHarness;
  it.beforeEach(() => {
    site = new EngineHarness(() =>
      detectorSet([
        countingDetector({ subjects: ['user'] }),
        countingDetector({ id: 'own' }),
      ] as never[]),
    );
  });
  it.afterEach(async () => {
    await site.stop();
    site.remove();
  });

  it('hands a user the records of many services in the order of the journal', async () => {
    await site.open();
    const expected: string[] = [];
    for (let index = 0; index < 40; index += 1) {
      const lsn = await site.post(`service-${index % 7}`, [{ user_id: 'u1' }]);
      expected.push(`${lsn}.0`);
    }
    await site.settle();
    const user = await site.engine.subject(subjectId('user', 'u1'));
    assert.deepEqual((user?.detectors['counter'] as CountState).order, expected);
  });

  it('starts no actor for a user whose records interest nobody', async () => {
    await site.open();
    await site.post('payment', [{ user_id: 'u2', level: 'INFO' }]);
    await site.settle();
    assert.equal(await site.engine.subject(subjectId('user', 'u2')), undefined);
  });

  it('puts an idle subject to sleep after a snapshot and wakes it with its state', async () => {
    site.overrides = { timing: { snapshotEveryMs: 0, passivateAfterMs: 0 } };
    await site.open();
    await site.post('payment', [{}, {}]);
    // A tick that meets a snapshot being written begins none.
    for (let tick = 0; tick < 5; tick += 1) {
      await site.pass(1000);
      await site.snapshotted();
    }
    assert.equal(site.engine.directory.get(payment), undefined);
    await site.post('payment', [{}]);
    await site.settle();
    const state = await site.engine.subject(payment);
    assert.equal((state?.detectors['own'] as CountState).count, 3);
  });
});
