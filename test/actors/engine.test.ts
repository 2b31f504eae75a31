import assert from 'node:assert/strict';
import { describe } from '../support/suite.ts';
import { WatchkeeperError } from '../../src/core/errors.ts';
import type { AlertLabel } from '../../src/model/alert.ts';
import { subjectId } from '../../src/model/subject.ts';
import { compileDetectors } from '../../src/streams/detector-set.ts';
import { countingDetector, detectorSet, type CountState } from '../support/counting-detector.ts';
import { EngineHarness } from '../support/engine-harness.ts';

const payment = subjectId('service', 'payment');

const LABEL_OF_NOTHING = {
  type: 'alert.label',
  alert: 'none',
  label: 'useful',
  by: 'ana',
} as const;

async function stateOf(site: EngineHarness): Promise<CountState> {
  const subject = await site.engine.subject(payment);
  return subject?.detectors['counter'] as CountState;
}

describe('Engine', (it) => {
  let site: EngineHarness;
  it.beforeEach(() => {
    site = new EngineHarness(() => detectorSet([countingDetector({ at: 3 }) as never]));
  });
  it.afterEach(async () => {
    await site.stop();
    site.remove();
  });

  it('folds a service group into its subject and its detector', async () => {
    await site.open();
    const lsn = await site.post('payment', [{}, { level: 'INFO' }, {}]);
    await site.settle();
    assert.deepEqual(await stateOf(site), { count: 2, order: [`${lsn}.0`, `${lsn}.2`] });
    const subject = await site.engine.subject(payment);
    assert.equal(subject?.records, 3);
    assert.equal(subject?.errors, 2);
  });

  it('raises one alert, delivers it once and stores it', async () => {
    await site.open();
    await site.post('payment', [{}, {}, {}, {}]);
    await site.settle();
    await site.engine.archivist.flushed();
    assert.equal(site.engine.state.book.size, 1);
    await site.channel.received(1);
    assert.deepEqual(
      site.channel.delivered.map(({ transition }) => transition),
      ['opened'],
    );
    const [alert] = site.engine.state.book.active();
    assert.deepEqual((await site.store.alerts.get(alert?.id ?? ''))?.id, alert?.id);
  });

  it('stores the records of a closed cell once a tick has passed', async () => {
    await site.open();
    await site.post('payment', [{ message: 'first' }, { message: 'second' }]);
    await site.pass(1000);
    await site.engine.archivist.flushed();
    const now = site.clock.now();
    const page = await site.store.records.query({ from: now - 10_000, to: now + 1, order: 'asc' });
    assert.deepEqual(
      page.records.map(({ message }) => message),
      ['first', 'second'],
    );
    assert.equal(site.engine.state.ledger.pending, 0);
    assert.equal(site.engine.state.ledger.stored, 1);
    assert.equal(site.engine.state.ledger.storedRecords, 2);
  });

  it('goes on from its snapshot after a stop, without alerting again', async () => {
    await site.open();
    await site.post('payment', [{}, {}, {}]);
    await site.settle();
    const before = await stateOf(site);
    await site.channel.received(1);
    const id = site.engine.state.book.active()[0]?.id;
    await site.stop();
    await site.open();
    await site.settle();
    assert.deepEqual(await stateOf(site), before);
    assert.equal(site.engine.state.book.active()[0]?.id, id);
    assert.equal(site.channel.delivered.length, 1);
  });

  it('is whole again after a crash, from the journal alone', async () => {
    await site.open();
    await site.post('payment', [{}, {}]);
    await site.settle();
    await site.crash();
    await site.open();
    assert.equal((await stateOf(site)).count, 2);
    await site.post('payment', [{}]);
    await site.settle();
    assert.equal(site.engine.state.book.size, 1);
    await site.channel.received(1);
    assert.equal(site.channel.delivered.length, 1);
  });

  it('gives an alert the same id when a replay raises it again', async () => {
    await site.open();
    site.channel.fails = true;
    await site.post('payment', [{}, {}, {}]);
    await site.settle();
    const id = site.engine.state.book.active()[0]?.id;
    await site.crash();
    site.channel.fails = false;
    await site.open();
    await site.settle();
    assert.equal(site.engine.state.book.active()[0]?.id, id);
    await site.channel.received(1);
    assert.deepEqual(
      site.channel.delivered.map(({ alert }) => alert.id),
      [id],
    );
  });

  it('acknowledges by command, once, and keeps it across a crash', async () => {
    await site.open();
    await site.post('payment', [{}, {}, {}]);
    await site.settle();
    const alert = site.engine.state.book.active()[0];
    const command = {
      id: 'c1',
      type: 'alert.acknowledge',
      alert: alert?.id ?? '',
      by: 'ana',
      note: 'mine',
    } as const;
    await site.engine.command(command);
    await site.engine.command({ ...command });
    await site.crash();
    await site.open();
    const after = site.engine.state.book.get(alert?.id ?? '');
    assert.equal(after?.state, 'acknowledged');
    assert.equal(after.acknowledgedBy, 'ana');
    assert.equal(after.revision, 2);
  });

  it('labels an alert that is open or resolved, and keeps the label across a crash', async () => {
    await site.open();
    await site.post('payment', [{}, {}, {}]);
    await site.settle();
    const id = site.engine.state.book.active()[0]?.id ?? '';
    const label = (name: AlertLabel, note = '') =>
      site.engine.command({
        id: name,
        type: 'alert.label',
        alert: id,
        by: 'ana',
        label: name,
        note,
      });
    await label('expected');
    assert.equal(site.engine.state.book.get(id)?.label, 'expected');
    await site.engine.command({ id: 'r', type: 'alert.resolve', alert: id, by: 'ana', note: '' });
    await label('false', 'a drill');
    await site.engine.archivist.flushed();
    const stored = await site.store.alerts.get(id);
    const { state, revision, note, labelledBy } = stored ?? {};
    assert.deepEqual(
      { state, revision, label: stored?.label, note, labelledBy },
      { state: 'resolved', revision: 4, label: 'false', note: 'a drill', labelledBy: 'ana' },
    );
    assert.equal(stored?.labelledAt, site.clock.now());
    await site.crash();
    await site.open();
    await site.settle();
    await site.engine.archivist.flushed();
    assert.deepEqual(await site.store.alerts.get(id), stored);
    await site.engine.command({ ...LABEL_OF_NOTHING, id: 'none' });
    await site.engine.archivist.flushed();
    assert.equal(await site.store.alerts.get('none'), undefined);
    assert.equal(site.channel.delivered.length, 2);
  });

  it('keeps nothing of a command that the journal refuses', async () => {
    await site.open();
    const full = new WatchkeeperError('JOURNAL_FULL', 'The disk has no room.', {
      fix: 'Make room.',
    });
    const append = site.journal.append.bind(site.journal);
    const command = { ...LABEL_OF_NOTHING, id: 'c2' };
    site.journal.append = () => {
      throw full;
    };
    await assert.rejects(site.engine.command(command), full);
    assert.equal(site.engine.waitingCommands, 0);
    site.journal.append = append;
    const answer = site.engine.command(command);
    assert.equal(site.engine.waitingCommands, 1);
    await answer;
    assert.equal(site.engine.waitingCommands, 0);
  });

  it('reports every entry it folded, so that the intake gets its budget back', async () => {
    await site.open();
    await site.settle();
    const before = site.folded;
    await site.post('payment', [{}]);
    await site.post('auth', [{}]);
    await site.settle();
    assert.equal(site.folded - before, 2);
  });
});

describe('Engine time', (it) => {
  let site: EngineHarness;
  it.beforeEach(() => {
    site = new EngineHarness(() =>
      detectorSet([countingDetector({ silenceMs: 600_000 }) as never], ['expected']),
    );
  });
  it.afterEach(async () => {
    await site.stop();
    site.remove();
  });

  it('fires an absence at its deadline and not a tick before', async () => {
    await site.open();
    await site.post('payment', [{}]);
    const heardAt = site.clock.now();
    await site.settle();
    await site.pass(599_000);
    assert.equal(site.changes.filter(({ alert }) => alert.subject === payment).length, 0);
    await site.pass(1000);
    const fired = site.changes.filter(({ alert }) => alert.subject === payment);
    assert.deepEqual(
      fired.map(({ alert }) => alert.openedAt),
      [heardAt + 600_000],
    );
  });

  it('expects configured services from the moment they are configured', async () => {
    await site.open();
    const since = site.clock.now();
    await site.pass(600_000);
    const fired = site.changes.filter(({ alert }) => alert.subject === 'service:expected');
    assert.deepEqual(
      fired.map(({ alert }) => alert.openedAt),
      [since + 600_000],
    );
  });

  it('takes a service seen in passing for none that can fall silent', async () => {
    const text = 'anomalies: [{ id: service_down }]\nexpected_services: [auth]';
    site.detectors = () => compileDetectors(text, 'anomaly_schema.yaml');
    await site.open();
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => site.post(`made-up-${index}`, [{}])),
    );
    await site.post('auth', [{}]);
    await site.post('payment', Array(9).fill({}));
    await site.pass(700_000);
    const silent = (): string[] => site.engine.state.book.active().map(({ subject }) => subject);
    assert.deepEqual(silent(), ['service:auth']);
    await site.post('payment', [{}]);
    await site.pass(700_000);
    assert.deepEqual(silent().sort(), ['service:auth', payment]);
  });

  it('does not take its own downtime for silence', async () => {
    await site.open();
    await site.post('payment', [{}]);
    await site.settle();
    await site.pass(60_000);
    await site.crash();
    site.clock.advance(900_000);
    await site.open();
    await site.settle();
    await site.pass(530_000);
    assert.equal(site.changes.filter(({ alert }) => alert.subject === payment).length, 0);
    await site.pass(12_000);
    assert.equal(site.changes.filter(({ alert }) => alert.subject === payment).length, 1);
  });
});
