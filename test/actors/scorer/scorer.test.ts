import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { readScores, unpackPart } from '../../../src/actors/entry-codec.ts';
import { encodeSubject } from '../../../src/actors/subject/subject-codec.ts';
import { noMetrics, type Metrics } from '../../../src/core/metrics.ts';
import type { Logger } from '../../../src/core/logger.ts';
import { ENTRY, type Scores } from '../../../src/model/journal-entry.ts';
import type { SubjectId } from '../../../src/model/subject.ts';
import {
  askingDetector,
  FakeModel,
  FakeModels,
  type AskingOptions,
  type AskingState,
} from '../../support/asking-detector.ts';
import { countingDetector, detectorSet } from '../../support/counting-detector.ts';
import { EngineHarness } from '../../support/engine-harness.ts';
import { canonical } from '../../support/fault/canonical.ts';
import { describe } from '../../support/suite.ts';

const AUTH = 'service:auth' as SubjectId;

interface Site {
  readonly site: EngineHarness;
  readonly models: FakeModels;
  readonly lines: string[];
  readonly counts: Map<string, number>;
}

function newSite(models: FakeModels, options: AskingOptions = {}): Site {
  const site = new EngineHarness(() =>
    detectorSet([askingDetector(options) as never, countingDetector({ at: 1000 }) as never]),
  );
  const lines: string[] = [];
  const counts = new Map<string, number>();
  const line =
    (level: string) =>
    (message: string, fields?: object): void => {
      lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
    };
  const logger: Logger = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
  };
  const add = (key: string, by: number): void => {
    counts.set(key, (counts.get(key) ?? 0) + by);
  };
  const metrics: Metrics = {
    ...noMetrics,
    counter: (name, _, labels = {}) => ({
      inc: (by = 1) => {
        add([name, ...Object.values(labels)].join(' '), by);
      },
    }),
    histogram: (name) => ({
      observe: () => {
        add(name, 1);
      },
    }),
  };
  site.overrides = { models, logger, metrics };
  return { site, models, lines, counts };
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    assert.ok(turn < 20_000, 'it never came about');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets the batch that waits go out, and its answers be folded. */
async function answered({ site }: Site, ms = 20): Promise<void> {
  site.clock.advance(ms);
  await until(() => site.engine.state.asking.size === 0);
  await site.settle();
}

async function stateOf(site: EngineHarness, id = AUTH): Promise<AskingState> {
  const state = await site.engine.subject(id);
  return (state?.detectors['asker'] ?? { asked: [], answers: [] }) as AskingState;
}

async function scoresIn(site: EngineHarness): Promise<Scores[]> {
  await site.settle();
  const found: Scores[] = [];
  for await (const entries of site.journal.read(1)) {
    for (const { kind, body } of entries) if (kind === ENTRY.scores) found.push(readScores(body));
  }
  return found;
}

const errors = (count: number, durationMs = 1) =>
  Array.from({ length: count }, () => ({ duration_ms: durationMs }));

async function post(site: EngineHarness, count: number, durationMs = 1): Promise<void> {
  await site.post('auth', errors(count, durationMs));
  await site.settle();
}

/** What is known of a subject, as text. */
async function picture(site: EngineHarness): Promise<string> {
  const state = await site.engine.subject(AUTH);
  const bytes = state && encodeSubject(state, site.engine.detectors.detectors);
  const alerts = site.engine.state.book.active().map(({ id }) => id);
  return canonical([bytes && unpackPart(bytes), alerts.sort()]);
}

/** The same journal folded once, by a site without any model. */
async function oracleOf(site: EngineHarness, options: AskingOptions = {}): Promise<string> {
  const { site: oracle } = newSite(new FakeModels(), options);
  cpSync(site.folder, oracle.folder, {
    recursive: true,
    filter: (path) => !path.startsWith(`${site.folder}/store`),
  });
  oracle.clock.jump(site.clock.now() - oracle.clock.now());
  await oracle.open();
  const seen = await picture(oracle);
  await oracle.crash();
  oracle.remove();
  return seen;
}

async function end(site: EngineHarness): Promise<void> {
  await site.crash();
  site.remove();
}

describe('the scorer', (it) => {
  it('waits 10 ms for more rows, then scores them as one batch', async () => {
    const model = new FakeModel();
    const all = newSite(new FakeModels(model));
    const { site } = all;
    await site.open();
    await post(site, 3);
    site.clock.advance(9);
    await site.settle();
    await post(site, 2);
    assert.equal(model.calls.length, 0);
    await answered(all, 1);
    assert.deepEqual(
      model.calls.map(({ length }) => length),
      [5],
    );
    const [scores, ...more] = await scoresIn(site);
    assert.equal(more.length, 0);
    assert.equal(scores?.model, 'artefact-1');
    assert.equal(scores?.rows.length, 5);
    assert.deepEqual(scores?.rows[0]?.answer, {
      surprise: 1,
      contributions: [{ name: 'duration', share: 1 }],
    });
    await end(site);
  });

  it('scores 256 rows without waiting', async () => {
    const model = new FakeModel();
    const { site } = newSite(new FakeModels(model), { subjects: ['service'] });
    await site.open();
    await site.post('auth', errors(200));
    await site.post('payment', errors(100));
    await site.settle();
    await until(() => model.calls.length === 1);
    assert.equal(model.calls[0]?.length, 256);
    site.clock.advance(20);
    await until(() => site.engine.state.asking.size === 0);
    assert.deepEqual(
      model.calls.map(({ length }) => length),
      [256, 44],
    );
    await end(site);
  });

  it('hands answers to the detectors, whose alerts name the model', async () => {
    const all = newSite(new FakeModels(new FakeModel()));
    const { site } = all;
    await site.open();
    await post(site, 1, 4);
    assert.equal(site.changes.length, 0);
    await answered(all);
    const { answers, asked } = await stateOf(site);
    assert.deepEqual(answers, [[asked[0], 'artefact-1', 4]]);
    assert.deepEqual(site.changes[0]?.alert.evidence.facts, { model: 'artefact-1' });
    await end(site);
  });

  it('replays what models said without asking one', async () => {
    const model = new FakeModel();
    const all = newSite(new FakeModels(model));
    const { site } = all;
    await site.open();
    for (let round = 0; round < 4; round += 1) {
      await post(site, 2, round);
      await answered(all);
      await site.pass(1000);
    }
    await post(site, 1, 9);
    await answered(all);
    const own = await picture(site);
    const calls = model.calls.length;
    assert.equal(await oracleOf(site), own);
    await site.crash();
    await site.open();
    assert.equal(await picture(site), own);
    assert.equal(model.calls.length, calls);
    await end(site);
  });

  it('asks again after a crash for what had no answer, and only for that', async () => {
    for (const hasSnapshot of [false, true]) {
      const model = new FakeModel();
      const all = newSite(new FakeModels(model));
      const { site } = all;
      if (hasSnapshot)
        site.overrides = {
          ...site.overrides,
          timing: { snapshotEveryMs: 500, passivateAfterMs: 0 },
        };
      await site.open();
      await post(site, 2);
      await answered(all);
      // A site that is busy: the answer does not come before the snapshot does.
      model.gate = new Promise(() => undefined);
      await post(site, 1, 5);
      if (hasSnapshot) {
        site.clock.advance(1000);
        await site.settle();
        await site.snapshotted();
      }
      await site.crash();
      model.gate = undefined;
      const calls = model.calls.length;
      await site.open();
      assert.deepEqual([...site.engine.state.asking], [AUTH]);
      await until(() => site.engine.scorer.queued === 1);
      await answered(all);
      assert.equal(model.calls.length, calls + 1);
      const { answers, asked } = await stateOf(site);
      assert.deepEqual(
        answers.map(([key]) => key),
        asked,
      );
      assert.equal(answers.at(-1)?.[2], 5);
      assert.equal(site.engine.state.book.active().length, 1);
      await end(site);
    }
  });

  it('folds after a crash an answer that was journalled and not folded, once', async () => {
    const model = new FakeModel();
    const all = newSite(new FakeModels(model));
    const { site } = all;
    await site.open();
    await post(site, 1, 5);
    // The answer becomes durable, and the process ends before the fold comes to it.
    site.clock.advance(20);
    await until(() => model.calls.length === 1);
    await site.journal.durable(site.journal.nextLsn - 1);
    await site.crash();
    await site.open();
    await site.settle();
    assert.equal((await scoresIn(site)).length, 1);
    assert.equal((await stateOf(site)).answers.length, 1);
    assert.equal(site.engine.state.asking.size, 0);
    assert.equal(site.engine.scorer.queued, 0);
    assert.equal(await picture(site), await oracleOf(site));
    await end(site);
  });

  it('ignores an answer to what was answered', async () => {
    const all = newSite(new FakeModels(new FakeModel()));
    const { site } = all;
    await site.open();
    await post(site, 1, 5);
    await answered(all);
    const before = await picture(site);
    const [scores] = await scoresIn(site);
    assert.ok(scores !== undefined);
    for await (const entries of site.journal.read(1)) {
      const entry = entries.find(({ kind }) => kind === ENTRY.scores);
      if (entry === undefined) continue;
      const { kind, subject, observedAt, body } = entry;
      site.journal.append({ kind, subject, observedAt, body });
      break;
    }
    await site.settle();
    assert.equal((await scoresIn(site)).length, 2);
    assert.equal(await picture(site), before);
    await end(site);
  });

  it('takes a request for late by site time, and ignores what comes then', async () => {
    const model = new FakeModel();
    let release = (): void => undefined;
    model.gate = new Promise((resolve) => (release = resolve));
    const all = newSite(new FakeModels(model));
    const { site, counts } = all;
    await site.open();
    await post(site, 1, 5);
    site.clock.advance(20);
    await until(() => model.calls.length === 1);
    // Real time stands still for the model: only site time passes.
    site.clock.jump(4000);
    await site.pass(1000);
    const { answers } = await stateOf(site);
    assert.deepEqual(
      answers.map(([, by, said]) => [by, said]),
      [['', 'late']],
    );
    assert.equal(counts.get('watchkeeper_ml_fallback_total late'), 1);
    release();
    await site.pass(1000);
    assert.equal((await stateOf(site)).answers.length, 1);
    assert.equal(await picture(site), await oracleOf(site));
    await end(site);
  });

  it('gives up on a model that does not answer within a second', async () => {
    const model = new FakeModel();
    model.gate = new Promise(() => undefined);
    const all = newSite(new FakeModels(model), { timeoutMs: 60_000 });
    const { site, lines } = all;
    await site.open();
    await post(site, 1);
    site.clock.advance(20);
    await until(() => model.calls.length === 1);
    site.clock.advance(1000);
    await until(() => site.engine.state.asking.size === 0);
    assert.equal((await stateOf(site)).answers[0]?.[2], 'late');
    model.gate = undefined;
    await post(site, 1);
    await answered(all);
    assert.equal((await stateOf(site)).answers[1]?.[2], 1);
    assert.equal(lines.filter((text) => text.includes('too late')).length, 1);
    await end(site);
  });

  it('says why there is no score, once, and once that there is again', async () => {
    const model = new FakeModel();
    const all = newSite(new FakeModels(), { features: 'f1' });
    const { site, models, lines, counts } = all;
    await site.open();
    const ask = async (): Promise<unknown> => {
      await post(site, 1, 2);
      await answered(all);
      return (await stateOf(site)).answers.at(-1)?.[2];
    };
    assert.equal(await ask(), 'missing');
    assert.equal(await ask(), 'missing');
    models.set('fake', { live: model, shadows: [] });
    assert.equal(await ask(), 2);
    model.rule = () => Number.NaN;
    assert.equal(await ask(), 'nan');
    model.rule = () => {
      throw new Error('It is broken.');
    };
    assert.equal(await ask(), 'broken');
    model.rule = (value) => value;
    model.features = 'f2';
    assert.equal(await ask(), 'features');
    model.features = 'f1';
    assert.equal(await ask(), 2);
    const told = lines.filter((text) => text.includes('A model'));
    assert.deepEqual(
      told.map((text) => text.replace(/ \{.*?"reason":|\}.*/g, ' ').trim()),
      [
        'warn A model gives no scores; detectors go by their rules. "no model of that name is live"',
        'info A model gives scores again. {"model":"fake"',
        'warn A model gives no scores; detectors go by their rules. "its scores are no numbers"',
        'warn A model gives no scores; detectors go by their rules. "it fails"',
        'warn A model gives no scores; detectors go by their rules. "it was trained on other features"',
        'info A model gives scores again. {"model":"fake"',
      ],
    );
    assert.equal(counts.get('watchkeeper_ml_fallback_total missing'), 2);
    await end(site);
  });

  it('parts rows that a model cannot score from the others', async () => {
    const model = new FakeModel();
    model.rule = (value) => {
      if (value === 13) throw new Error('Not this one.');
      return value;
    };
    const all = newSite(new FakeModels(model));
    const { site } = all;
    await site.open();
    await site.post(
      'auth',
      Array.from({ length: 100 }, (_, index) => ({ duration_ms: index === 57 ? 13 : 1 })),
    );
    await site.settle();
    await answered(all);
    const { answers } = await stateOf(site);
    assert.equal(answers.length, 100);
    assert.deepEqual(
      answers.flatMap(([, , said], index) => (said === 1 ? [] : [[index, said]])),
      [[57, 'broken']],
    );
    await end(site);
  });

  it('refuses what its queue has no room for, and tells who asked', async () => {
    const model = new FakeModel();
    let release = (): void => undefined;
    model.gate = new Promise((resolve) => (release = resolve));
    const all = newSite(new FakeModels(model), { timeoutMs: 600_000 });
    const { site, counts } = all;
    await site.open();
    // 256 under way, 8,192 waiting, and 152 more; at most 256 of one subject.
    for (let service = 0; service < 43; service += 1) await site.post(`s${service}`, errors(200));
    await site.settle();
    await until(() => model.calls.length === 1);
    assert.equal(site.engine.scorer.queued, 8192);
    release();
    model.gate = undefined;
    for (let turn = 0; site.engine.state.asking.size > 0; turn += 1) {
      assert.ok(turn < 400);
      site.clock.advance(20);
      await site.settle();
    }
    assert.equal(counts.get('watchkeeper_ml_fallback_total unavailable'), 8600 - 8192 - 256);
    await end(site);
  });

  it('lets 256 requests of one detector on one subject wait, and counts the others', async () => {
    const all = newSite(new FakeModels(new FakeModel()));
    const { site, counts } = all;
    await site.open();
    await site.post('auth', errors(300));
    await site.settle();
    await answered(all);
    assert.equal((await stateOf(site)).answers.length, 256);
    assert.equal(counts.get('watchkeeper_ml_requests_dropped_total'), 44);
    await end(site);
  });

  it('swaps models between two batches and loses no window', async () => {
    const [first, second] = [new FakeModel('one'), new FakeModel('two')];
    const all = newSite(new FakeModels(first));
    const { site, models } = all;
    await site.open();
    await post(site, 3);
    models.set('fake', { live: second, shadows: [] });
    await post(site, 3);
    await answered(all);
    models.set('fake', { live: first, shadows: [] });
    await post(site, 2);
    await answered(all);
    const { asked, answers } = await stateOf(site);
    assert.deepEqual(
      answers.map(([key]) => key),
      asked,
    );
    assert.deepEqual(
      answers.map(([, by]) => by),
      ['two', 'two', 'two', 'two', 'two', 'two', 'one', 'one'],
    );
    await end(site);
  });

  it('gives the canary its share of the subjects, and the live model what the canary cannot', async () => {
    const [live, canary] = [new FakeModel('live'), new FakeModel('canary')];
    const models = new FakeModels();
    models.set('fake', { live, canary: { model: canary, share: 0.5 }, shadows: [] });
    const all = newSite(models);
    const { site } = all;
    await site.open();
    const services = Array.from({ length: 40 }, (_, index) => `s${index}`);
    const round = async (): Promise<string[]> => {
      for (const service of services) await site.post(service, errors(1));
      await site.settle();
      await answered(all);
      const states = await Promise.all(
        services.map((service) => stateOf(site, `service:${service}` as SubjectId)),
      );
      return states.map(({ answers }) => answers.at(-1)?.[1] ?? 'none');
    };
    const first = await round();
    const share = first.filter((by) => by === 'canary').length;
    assert.ok(share > 8 && share < 32, `${share} of 40`);
    assert.deepEqual(await round(), first);
    canary.rule = () => Number.NaN;
    assert.deepEqual([...new Set(await round())], ['live']);
    await end(site);
  });

  it('only compares what shadows say', async () => {
    const [live, shadow] = [new FakeModel('live'), new FakeModel('shadow')];
    shadow.rule = (value) => (value === 2 ? Number.NaN : 9);
    const models = new FakeModels();
    models.set('fake', { live, shadows: [shadow] });
    const all = newSite(models);
    const { site, counts } = all;
    await site.open();
    await post(site, 2, 1);
    await post(site, 1, 2);
    await answered(all);
    await until(() => shadow.calls.length === 1);
    await until(() => counts.get('watchkeeper_ml_shadow_rows_total fake') === 3);
    assert.equal(counts.get('watchkeeper_ml_shadow_failures_total fake'), 1);
    assert.equal(counts.get('watchkeeper_ml_shadow_difference'), 2);
    assert.deepEqual([...new Set((await stateOf(site)).answers.map(([, by]) => by))], ['live']);
    assert.equal(site.changes.length, 0);
    await end(site);
  });

  it('sets aside an answer on which a detector fails, the same in a replay', async () => {
    const before = (input: { answer: object }): void => {
      if ('surprise' in input.answer && input.answer.surprise === 7) throw new Error('Poison.');
    };
    const all = newSite(new FakeModels(new FakeModel()), { before });
    const { site } = all;
    await site.open();
    await site.post('auth', [{ duration_ms: 1 }, { duration_ms: 7 }, { duration_ms: 2 }]);
    await site.settle();
    site.clock.advance(20);
    for (let turn = 0; site.engine.state.asking.size > 0; turn += 1) {
      assert.ok(turn < 100);
      await new Promise((resolve) => setImmediate(resolve));
      await site.settle();
    }
    const { answers } = await stateOf(site);
    assert.deepEqual(
      answers.map(([, , said]) => said),
      [1, 2],
    );
    assert.equal(await picture(site), await oracleOf(site));
    await end(site);
  });

  it('shows queue, batches and model in the tree', async () => {
    const all = newSite(new FakeModels(new FakeModel()));
    const { site } = all;
    await site.open();
    await post(site, 2);
    await answered(all);
    const cells = [...site.engine.system.cells()].filter(({ path }) => path.includes('/scorer'));
    assert.deepEqual(
      cells.map(({ path, kind }) => [path.slice(path.indexOf('/scorer')), kind]),
      [
        ['/scorer', 'scorer'],
        ['/scorer/model-fake', 'model'],
      ],
    );
    const seen = cells[1]?.describe?.() as Record<string, unknown>;
    assert.equal(seen['model'], 'artefact-1');
    assert.equal(seen['rows'], 2);
    await end(site);
  });
});
