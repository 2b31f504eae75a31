import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { restoreScoring } from '../../src/app/models/scoring.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Random } from '../../src/core/random.ts';
import { decodeArtefact, encodeArtefact } from '../../src/ml/registry/artefact.ts';
import { createTrainer } from '../../src/ml/neural/trainer.ts';
import { MODEL_KINDS, type AnyKind } from '../../src/ml/registry/model-kinds.ts';
import { ModelRegistry } from '../../src/ml/registry/model-registry.ts';
import { matrixOf } from '../../src/ml/matrix.ts';
import { WINDOW_FEATURES } from '../../src/streams/detectors/feature-windows.ts';
import { openModelSigner } from '../../src/security/model-signer.ts';
import { openFileShelf } from '../../src/store/models/file-shelf.ts';
import { anArtefact } from '../ml/registry/registry-contract.ts';
import { describe } from '../support/suite.ts';
import { fakeSite, problem } from './fake-site.ts';
import { fakeTerminal, runIn } from './fake-terminal.ts';

/** Normal rows around 0 and 5, anomalies far off; every tenth row of a labelled table is one. */
function table(rows: number, seed: number, isLabelled: boolean): string {
  const random = new Random(seed);
  const lines = [`time,pulse,steps${isLabelled ? ',is_anomaly' : ''}`];
  for (let row = 0; row < rows; row += 1) {
    const isOff = isLabelled && row % 10 === 9;
    const off = isOff ? 15 : 0;
    const values = [row, random.normal(off, 1), random.normal(5 + off, 2)];
    lines.push([...values, ...(isLabelled ? [Number(isOff)] : [])].join(','));
  }
  return `${lines.join('\n')}\n`;
}

interface TrainAnswer {
  readonly id: string;
  readonly kind: string;
  readonly parent?: string;
  readonly dataHash: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly skipped: number;
  readonly left_out: number;
  readonly warnings: readonly {
    readonly what: string;
    readonly why: string;
    readonly fix: string;
  }[];
}

describe('watchkeeper models train', (it) => {
  let data = '';
  it.beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'wk-models-train-'));
    writeFileSync(join(data, 'normal.csv'), table(600, 1, false));
    writeFileSync(join(data, 'labelled.csv'), table(400, 2, true));
  });
  it.afterEach(() => {
    rmSync(data, { recursive: true });
  });
  const run = (...args: readonly string[]) =>
    runIn(fakeTerminal({ cwd: data, env: { USER: 'ana' } }), ['models', ...args, '--data', data]);
  const train = async (...args: readonly string[]): Promise<TrainAnswer> => {
    const { code, out, err } = await run('train', ...args, '--json');
    assert.equal(code, 0, err);
    return JSON.parse(out) as TrainAnswer;
  };
  const artefact = async (id: string) => {
    const shelf = await openFileShelf({ folder: join(data, 'models'), clock: systemClock });
    const signer = await openModelSigner(data);
    return new ModelRegistry({ shelf, signer, clock: systemClock }).get(id);
  };

  it('learns from a table, and what it learned tells anomalies apart', async () => {
    const made = await train(
      'vitals',
      'normal.csv',
      '--kind',
      'isolation_forest',
      '--columns',
      'pulse, steps',
    );
    assert.deepEqual([made.metrics['samples'], made.metrics['held_out']], [600, 120]);
    assert.deepEqual(made.parameters['columns'], ['pulse', 'steps']);
    const { code, out } = await run(
      'eval',
      'vitals',
      'labelled.csv',
      '--label',
      'is_anomaly',
      '--json',
    );
    assert.equal(code, 0);
    const found = JSON.parse(out) as Readonly<Record<string, number>>;
    assert.ok(Number(found['rocAuc']) > 0.99, out);
    assert.ok(Number(found['averagePrecision']) > 0.95, out);
    assert.deepEqual([found['samples'], found['anomalies']], [400, 40]);
    assert.match(
      (await run('eval', `vitals@${made.id.slice(0, 5)}`, 'labelled.csv', '--label', 'is_anomaly'))
        .out,
      /ROC AUC/,
    );
  });

  it('gives the same model for the same data, options and seed, and another for another seed', async () => {
    const args = ['vitals', 'normal.csv', '--kind', 'isolation_forest'] as const;
    const ids = [await train(...args), await train(...args), await train(...args, '--seed', '2')];
    const [one, two, three] = await Promise.all(ids.map(async ({ id }) => artefact(id)));
    assert.deepEqual(one?.model, two?.model);
    assert.deepEqual(one?.calibrator, two?.calibrator);
    assert.notDeepEqual(one?.model, three?.model);
    assert.equal(one?.metadata.dataHash, three?.metadata.dataHash);
    assert.equal(ids[1]?.parent, ids[0]?.id);
  });

  it('follows the live version, and takes options of the kind', async () => {
    const first = await train('vitals', 'normal.csv', '--kind', 'half_space_trees');
    await run('promote', 'vitals', '--to', 'live');
    await train('vitals', 'normal.csv', '--kind', 'half_space_trees');
    const third = await train(
      'vitals',
      'normal.csv',
      '--kind',
      'isolation_forest',
      '--option',
      'sample_size=64',
      '--option',
      'trees=20',
    );
    assert.equal(third.parent, first.id);
    assert.deepEqual(third.parameters['options'], { trees: 20, sampleSize: 64 });
    assert.match((await run('show', 'vitals')).out, /isolation_forest/);
  });

  it('leaves out labelled anomalies, and rows without a number', async () => {
    writeFileSync(join(data, 'holes.csv'), 'a,b,label\n1,2,0\n,3,0\n2,x,0\n3,4,1\n4,5,0\n');
    const made = await train(
      'holes',
      'holes.csv',
      '--kind',
      'nearest_neighbours',
      '--label',
      'label',
    );
    assert.deepEqual([made.metrics['samples'], made.skipped, made.left_out], [2, 2, 1]);
    assert.equal(made.metrics['held_out'], 0);
    const { out } = await run(
      'train',
      'holes',
      'holes.csv',
      '--kind',
      'nearest_neighbours',
      '--label',
      'label',
    );
    assert.match(out, /1 samples are labelled/);
    assert.match(out, /2 rows or records could not be used/);
    assert.match(out, /models promote holes/);
  });

  it('learns from records with nested values, and from lines of logs', async () => {
    const lines = Array.from({ length: 150 }, (_, index) =>
      JSON.stringify({
        timestamp: index,
        message: 'x',
        duration_ms: index % 7,
        attributes: { size: index % 5 },
      }),
    );
    writeFileSync(join(data, 'records.ndjson'), `${lines.join('\n')}\n`);
    const records = await train('pay', 'records.ndjson', '--kind', 'local_outlier_factor');
    assert.deepEqual(records.parameters['columns'], ['duration_ms', 'attributes.size']);
    const log = Array.from({ length: 300 }, (_, index) => {
      const request = `r${Math.floor(index / 3)}`;
      const message = ['job taken', `work on part ${index}`, 'job done'][index % 3];
      return `{"time":"2026-01-01T00:00:00Z","level":"info","service":"jobs","msg":"${message}","request_id":"${request}"}`;
    });
    writeFileSync(join(data, 'jobs.log'), `${log.join('\n')}\n`);
    const jobs = await train('jobs', 'jobs.log', '--kind', 'log_session');
    assert.equal(jobs.metrics['samples'], 100);
    const { model } = await artefact(jobs.id);
    assert.equal(model.kind, 'log_session');
  });

  it(
    'trains a neural kind on the backend that works here, and keeps it small',
    async () => {
      const made = await train(
        'vitals',
        'normal.csv',
        '--kind',
        'autoencoder',
        '--columns',
        'pulse,steps',
        '--option',
        'epochs=3',
        '--compress',
      );
      const kept = await artefact(made.id);
      const { metadata, model } = kept;
      assert.notEqual(metadata.backend, 'plain');
      assert.equal(metadata.kind, 'autoencoder');
      const { bits } = metadata.parameters['compressed'] as { readonly bits: number };
      assert.ok(bits >= 5 && bits <= 8, String(bits));
      assert.ok((metadata.metrics['compressed_to'] ?? 1) <= 0.3);
      assert.ok('compressed_shift' in metadata.metrics);
      assert.deepEqual([model.kind, kept.calibrator?.kind], ['compressed', 'compressed']);
      const [usual, unusual] = restoreScoring(kept).score([
        Float64Array.of(70, 5),
        Float64Array.of(900, 5),
      ]);
      assert.ok((unusual?.surprise ?? 0) > (usual?.surprise ?? 16));
      assert.equal((await run('eval', 'vitals', 'labelled.csv', '--label', 'is_anomaly')).code, 0);
    },
    { deadlineMs: 120_000 },
  );

  it('learns the windows that the detector asks about, and says by which features', async () => {
    const random = new Random(5);
    const lines = Array.from({ length: 6_000 }, (_, index) => {
      const service = index % 2 === 0 ? 'pay' : 'ship';
      const level = random.chance(0.05) ? 'ERROR' : 'INFO';
      const time = { timestamp: 1_700_000_000_000 + index * 10_000 };
      const message = `order ${index} taken`;
      return JSON.stringify({
        ...time,
        level,
        service,
        message,
        duration_ms: random.integer(1, 90),
      });
    });
    writeFileSync(join(data, 'orders.ndjson'), `${lines.join('\n')}\n{"message":"no time"}\n`);
    const args = [
      'windows',
      'orders.ndjson',
      '--kind',
      'isolation_forest',
      '--features',
      'service',
    ];
    const made = await train(...args);
    // 60,000 s are 200 windows of each service, and the first 24 are not asked about.
    assert.equal(made.metrics['samples'], 2 * (200 + 1 - 24));
    assert.equal(made.skipped, 1);
    const { metadata } = await artefact(made.id);
    const { name, version, hash } = WINDOW_FEATURES.service.set;
    assert.deepEqual(metadata.features, { name, version, hash });
    assert.equal(metadata.parameters['scale'], 'subject');
    const short = await run('train', ...args, '--window', '12h');
    assert.match(short.err, /make no window[^]*25th window/);
  });

  it('keeps the last fifth for calibration where order matters', async () => {
    const made = await train(
      'machine',
      'normal.csv',
      '--kind',
      'motion',
      '--columns',
      'pulse,steps',
    );
    assert.equal(made.metrics['held_out'], 120);
  });

  it('learns sessions from events in a table, and judges them', async () => {
    const rows = (isLabelled: boolean): string =>
      Array.from({ length: 120 }, (_, session) => {
        const isOff = isLabelled && session % 10 === 0;
        const events = isOff ? ['open', 'crash', 'crash'] : ['open', 'read', 'close'];
        return events.map((event) => `s${session},${event},${Number(isOff)}`).join('\n');
      }).join('\n');
    writeFileSync(join(data, 'train.csv'), `trace,event,label\n${rows(false)}\n`);
    writeFileSync(join(data, 'judge.csv'), `trace,event,label\n${rows(true)}\n`);
    const options = ['--session', 'trace', '--event', 'event'] as const;
    const made = await train('traces', 'train.csv', '--kind', 'event_grams', ...options);
    assert.equal(made.metrics['samples'], 120);
    const { out } = await run('eval', 'traces', 'judge.csv', '--json');
    const found = JSON.parse(out) as Readonly<Record<string, number>>;
    assert.deepEqual([found['samples'], found['anomalies'], found['rocAuc']], [120, 12, 1]);
  });

  it('learns from the records of a running site, page by page', async () => {
    let page = 0;
    const site = await fakeSite({
      'POST /v1/records/query': () => {
        page += 1;
        const records = Array.from({ length: 60 }, (_, index) => ({
          timestamp: index,
          message: 'm',
          duration_ms: index % 9,
        }));
        return { body: { records, ...(page < 3 ? { cursor: String(page) } : {}) } };
      },
    });
    const made = await train(
      'pay',
      '--kind',
      'isolation_forest',
      '--url',
      site.url,
      '--token',
      't',
      '--filter',
      'service:pay',
    );
    assert.equal(made.metrics['samples'], 180);
    const bodies = site.seen.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    assert.deepEqual(
      bodies.map(({ cursor }) => cursor),
      [undefined, '1', '2'],
    );
    assert.deepEqual(
      [bodies[0]?.['filter'], bodies[0]?.['from'], bodies[0]?.['order']],
      ['service:pay', '-7d', 'asc'],
    );
    assert.equal(site.seen[0]?.headers.authorization, 'Bearer t');
    await site.close();
  });

  it(
    'refuses what it cannot do, says why and keeps nothing',
    async () => {
      const site = await fakeSite({
        'POST /v1/records/query': () => ({
          status: 400,
          body: problem('QUERY_INVALID', 'No such field.'),
        }),
      });
      const kind = ['--kind', 'isolation_forest'] as const;
      writeFileSync(join(data, 'words.csv'), 'a,b\nx,y\n');
      writeFileSync(join(data, 'bad.ndjson'), '{"a":1}\nno json\n');
      const tries: readonly (readonly [number, RegExp, ...string[]])[] = [
        [2, /cannot be the name/, 'No Name', 'normal.csv', ...kind],
        [
          1,
          /no kind of model "isolation_forrest"[^]*Did you mean "isolation_forest"/,
          'x',
          'normal.csv',
          '--kind',
          'isolation_forrest',
        ],
        [
          2,
          /has no option "tree"[^]*Did you mean "trees"/,
          'x',
          'normal.csv',
          ...kind,
          '--option',
          'tree=1',
        ],
        [2, /Expected name=value/, 'x', 'normal.csv', ...kind, '--option', 'trees'],
        [
          1,
          /isolation_forest cannot be compressed[^]*autoencoder and lstm/,
          'x',
          'normal.csv',
          ...kind,
          '--compress',
        ],
        [1, /"trees" is outside/, 'x', 'normal.csv', ...kind, '--option', 'trees=0'],
        [2, /missing\.csv" cannot be read/, 'x', 'missing.csv', ...kind],
        [1, /no column holds numbers/, 'x', 'words.csv', ...kind],
        [1, /600 rows lack a number/, 'x', 'normal.csv', ...kind, '--columns', 'nothing'],
        [2, /Line 2 of .* is no JSON object/, 'x', 'bad.ndjson', ...kind],
        [1, /no session: 600 records/, 'x', 'normal.csv', '--kind', 'log_session'],
        [2, /No such field/, 'x', ...kind, '--url', site.url],
        [69, /Cannot reach the site/, 'x', ...kind, '--url', 'http://127.0.0.1:1'],
      ];
      for (const [code, message, ...args] of tries) {
        const answer = await run('train', ...args);
        assert.match(answer.err, message);
        assert.equal(answer.code, code, answer.err);
      }
      await site.close();
      assert.match((await run('list')).out, /no models yet/);
    },
    { deadlineMs: 60_000 },
  );

  it('warns when the calibration cannot reach what is asked for, and keeps what it reaches', async () => {
    writeFileSync(join(data, 'few.csv'), table(60, 3, false));
    const few = await train('few', 'few.csv', '--kind', 'nearest_neighbours', '--threshold', '4');
    const reach = few.metrics['highest_surprise'] ?? Infinity;
    assert.ok(reach > 1 && reach < 4, String(reach));
    assert.equal(few.metrics['asked_surprise'], 4);
    const [first, second] = few.warnings;
    assert.match(first?.what ?? '', /reaches \d\.\d at most, and 4\.0 is asked for/);
    assert.match(first?.why ?? '', /Only 60 scores/);
    assert.match(first?.fix ?? '', /500 samples or more.*alarms_per_week.*--threshold/);
    assert.match(second?.what ?? '', /samples that it learned from/);
    const { code, out } = await run('train', 'few', 'few.csv', '--kind', 'nearest_neighbours');
    assert.equal(code, 0);
    assert.match(out, /Warning: Its surprise reaches[^]*Why: Only 60[^]*Fix: Train on 500/);
    const { out: shown } = await run('show', 'few', few.id.slice(0, 8));
    assert.match(shown, /alarms +surprise up to \d\.\d; 4\.0 was asked for, so it never alarms/);
  });

  it('warns of nothing when there is enough data', async () => {
    const made = await train('enough', 'normal.csv', '--kind', 'nearest_neighbours');
    assert.deepEqual(made.warnings, []);
    assert.ok((made.metrics['highest_surprise'] ?? 0) > 3);
    const { out } = await run('show', 'enough', made.id.slice(0, 8));
    assert.match(out, /3\.0 was asked for\n/);
  });

  it('warns when scores come in lumps', async () => {
    const rows = Array.from({ length: 600 }, (_, row) => `${row % 3}`).join('\n');
    writeFileSync(join(data, 'steps.csv'), `value\n${rows}\n`);
    const made = await train('steps', 'steps.csv', '--kind', 'isolation_forest');
    const lumps = made.warnings.find(({ what }) => /only [123] different values/.test(what));
    assert.match(lumps?.fix ?? '', /models eval/);
  });

  it('asks of windows what a model_score detector would', async () => {
    const lines = Array.from({ length: 2_000 }, (_, index) =>
      JSON.stringify({
        timestamp: 1_700_000_000_000 + index * 60_000,
        service: 'pay',
        message: `order ${index} taken`,
        duration_ms: index % 7,
      }),
    );
    writeFileSync(join(data, 'orders.ndjson'), lines.join('\n'));
    const args = ['orders.ndjson', '--kind', 'isolation_forest', '--features', 'service'] as const;
    const asked = (await train('windows', ...args)).metrics['asked_surprise'] ?? 0;
    // Half an alarm a week in 2,016 windows of 5 minutes.
    assert.ok(Math.abs(asked - Math.log10(2 * 2_016)) < 1e-9, String(asked));
    const hourly = await train('windows', ...args, '--window', '10m', '--threshold', '2');
    assert.equal(hourly.metrics['asked_surprise'], 2);
  });

  it('ends at Ctrl-C within a moment, and keeps nothing', async () => {
    writeFileSync(join(data, 'large.csv'), table(60_000, 3, false));
    const terminal = fakeTerminal({ cwd: data });
    const args = [
      'models',
      'train',
      'x',
      'large.csv',
      '--kind',
      'local_outlier_factor',
      '--data',
      data,
    ];
    const running = runIn(terminal, args);
    const timer = setInterval(() => {
      terminal.interrupt();
    }, 200);
    const { code } = await running;
    clearInterval(timer);
    assert.equal(code, 130);
    assert.match((await run('list')).out, /no models yet/);
  });

  it('says in its help what kinds there are and how they are tuned', async () => {
    const { out } = await run('train', '--help');
    for (const kind of MODEL_KINDS.keys())
      assert.match(out, new RegExp(`${kind} +(?:rows|sessions)`));
    assert.match(out, /isolation_forest +rows +trees=100 sampleSize=256/);
  });
});

describe('watchkeeper models eval', (it) => {
  let data = '';
  it.before(async () => {
    data = mkdtempSync(join(tmpdir(), 'wk-models-eval-'));
    writeFileSync(join(data, 'normal.csv'), table(300, 1, false));
    await run('train', 'vitals', 'normal.csv', '--kind', 'isolation_forest');
  });
  it.after(() => {
    rmSync(data, { recursive: true });
  });
  const run = (...args: readonly string[]) =>
    runIn(fakeTerminal({ cwd: data }), ['models', ...args, '--data', data]);

  it('refuses samples that it cannot judge', async () => {
    writeFileSync(join(data, 'one.csv'), 'time,pulse,steps,label\n1,2,3,0\n');
    writeFileSync(join(data, 'narrow.csv'), 'time,pulse,label\n1,2,0\n1,2,1\n');
    const tries: readonly (readonly [number, RegExp, ...string[]])[] = [
      [1, /tells no anomalies/, 'vitals', 'one.csv'],
      [1, /2 rows lack a number/, 'vitals', 'narrow.csv'],
      [1, /no model "other"/, 'other', 'one.csv'],
      [2, /Expected a surprise/, 'vitals', 'one.csv', '--threshold', '17'],
      [2, /cannot be read/, 'vitals', 'missing.csv'],
    ];
    for (const [code, message, ...args] of tries) {
      const answer = await run('eval', ...args);
      assert.match(answer.err, message);
      assert.equal(answer.code, code);
    }
  });
});

describe('every kind of model', (it) => {
  const random = new Random(7);
  const rows = matrixOf(
    Array.from({ length: 120 }, (_, row) => [
      row * 60_000,
      random.normal(70, 5),
      random.integer(0, 30),
      random.unit(),
    ]),
  );
  const sessions = Array.from({ length: 120 }, (_, index) =>
    Uint32Array.of(1, 2, 3, 2 + (index % 2)),
  );

  async function fitted<Samples>(kind: AnyKind<Samples>, samples: Samples) {
    if (kind.train === undefined) {
      const model = kind.create({}, new Random(1));
      model.fit(samples);
      return model;
    }
    const trainer = createTrainer({ backend: 'cpu', clock: systemClock });
    const options = { epochs: 2 } as object;
    return kind.train(samples, { trainer, random: new Random(1), options }).finally(() => {
      void trainer.close();
    });
  }

  /** Scores of a model, and of what its artefact gives back. */
  async function both<Samples>(kind: AnyKind<Samples>, samples: Samples) {
    const model = await fitted(kind, samples);
    const { metadata } = decodeArtefact(anArtefact(1).bytes);
    const { bytes } = encodeArtefact({ metadata, model: model.snapshot() });
    const back = kind.restore(decodeArtefact(bytes).model);
    return [model.score(samples), back.score(samples)] as const;
  }

  for (const [name, known] of MODEL_KINDS) {
    it(
      `${name} scores the same, bit for bit, out of its artefact`,
      async () => {
        const [one, two] =
          known.takes === 'rows' ? await both(known.kind, rows) : await both(known.kind, sessions);
        assert.equal(one.length, 120);
        assert.ok(one.every(Number.isFinite));
        assert.deepEqual(Buffer.from(one.buffer), Buffer.from(two.buffer));
      },
      { deadlineMs: 120_000 },
    );
  }
});
