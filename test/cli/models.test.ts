import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { decodeArtefact } from '../../src/ml/registry/artefact.ts';
import { ServedModels } from '../../src/ml/registry/served-models.ts';
import { ModelRegistry } from '../../src/ml/registry/model-registry.ts';
import type { ModelStages } from '../../src/model/models.ts';
import { openModelSigner } from '../../src/security/model-signer.ts';
import { openFileShelf } from '../../src/store/models/file-shelf.ts';
import { anArtefact } from '../ml/registry/registry-contract.ts';
import { findNatsServer, freePort, startPlainServer, until } from '../support/nats-server.ts';
import { S3_KEYS, startS3Server } from '../support/s3-server.ts';
import { describe } from '../support/suite.ts';
import { fakeTerminal, runIn } from './fake-terminal.ts';

describe('watchkeeper models', (it) => {
  let data = '';
  it.beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'wk-models-cli-'));
  });
  it.afterEach(() => {
    rmSync(data, { recursive: true });
  });
  const runWith = (env: Record<string, string>, ...args: readonly string[]) =>
    runIn(fakeTerminal({ cwd: data, env: { USER: 'ana', ...env } }), [
      'models',
      ...args,
      '--data',
      data,
    ]);
  const run = (...args: readonly string[]) => runWith({}, ...args);
  const add = async (seed: number): Promise<string> => {
    const { id, bytes } = anArtefact(seed);
    writeFileSync(join(data, `${seed}.wkm`), bytes);
    assert.equal((await run('add', `${seed}.wkm`)).code, 0);
    return id;
  };
  const stages = async (): Promise<ModelStages> => {
    const { models } = JSON.parse((await run('list', '--json')).out) as { models: ModelStages[] };
    return models[0] as ModelStages;
  };
  const stageOf = async (id: string) =>
    (await stages()).models.find((model) => model.id === id)?.stage;

  it('says when there are none', async () => {
    assert.match((await run('list')).out, /no models yet/);
    assert.equal((await run('show', 'vitals')).code, 1);
    assert.match((await run('show', 'vitals')).err, /no model "vitals"/);
  });

  it('promotes to canary and live, and rolls back, with who and why', async () => {
    const [first, second] = [await add(1), await add(2)];
    assert.match(
      (await run('promote', 'vitals', first.slice(0, 6), '--to', 'live')).out,
      /shadow → live/,
    );
    const canary = await run('promote', 'vitals', '--share', '0.25', '--why', 'try it');
    assert.match(canary.out, new RegExp(`vitals ${second.slice(0, 12)}: shadow → canary`));
    assert.match(
      (await run('list')).out,
      new RegExp(`${first.slice(0, 12)} +${second.slice(0, 12)} 25 %`),
    );
    assert.match((await run('promote', 'vitals')).out, /canary → live/);
    assert.equal(await stageOf(first), 'retired');
    const back = await run('rollback', 'vitals', '--why', 'false alarms', '--by', 'ben');
    assert.match(back.out, new RegExp(`${first.slice(0, 12)} is live again`));
    const last = (await stages()).history.at(-1);
    assert.deepEqual([last?.by, last?.why, last?.rollback], ['ben', 'false alarms', true]);
    const show = (await run('show', 'vitals')).out;
    assert.match(show, /shadow → canary +ana +try it/);
    assert.match(show, /retired → live \(rollback\) +ben +false alarms/);
    assert.equal((await run('rollback', 'vitals')).code, 1);
  });

  it('works on models in S3, and says what is missing', async () => {
    const server = await startS3Server();
    const env = {
      WATCHKEEPER_MODELS: 's3',
      WATCHKEEPER_S3_URL: server.url,
      AWS_ACCESS_KEY_ID: S3_KEYS.accessKey,
      AWS_SECRET_ACCESS_KEY: S3_KEYS.secretKey,
    };
    const { id, bytes } = anArtefact(1);
    writeFileSync(join(data, '1.wkm'), bytes);
    assert.equal((await runWith(env, 'add', '1.wkm')).code, 0);
    assert.match((await runWith(env, 'promote', 'vitals', '--to', 'live')).out, /shadow → live/);
    assert.match((await runWith(env, 'list')).out, new RegExp(id.slice(0, 12)));
    assert.ok(server.objects.has(`site/artefacts/${id}.wkm`));
    const { code, err } = await runWith({ ...env, AWS_SECRET_ACCESS_KEY: '' }, 'list');
    assert.equal(code, 78);
    assert.match(err, /WATCHKEEPER_S3_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
    await server.close();
  });

  it('says what is wrong with an option or a word, and what would be right', async () => {
    await add(1);
    const tries: readonly (readonly [number, RegExp, ...string[]])[] = [
      [2, /shadow, canary, live, retired/, 'promote', 'vitals', '--to', 'lve'],
      [2, /above 0, at most 1/, 'promote', 'vitals', '--share', '2'],
      [2, /missing required argument 'name'/, 'rollback'],
      [1, /no version of "vitals" was live before[^]*Promote one/, 'rollback', 'vitals'],
      [1, /no version ffff[^]*models show vitals/, 'show', 'vitals', 'ffff'],
      [1, /no version ffff[^]*models show vitals/, 'export', 'vitals@ffff'],
      [1, /no model "nobody"[^]*models list/, 'export', 'nobody'],
      [2, /cannot be written/, 'export', 'vitals', '--out', 'no/such/folder/x.wkm'],
      [2, /above 0, at most 16/, 'eval', 'vitals', 'x.csv', '--threshold', '17'],
      [2, /missing required argument 'files'/, 'eval', 'vitals'],
      [1, /no model "nobody"/, 'eval', 'nobody', 'x.csv'],
      [2, /unknown option '--lable'[^]*--label/, 'eval', 'vitals', 'x.csv', '--lable', 'y'],
      [2, /unknown command 'shwo'[^]*show/, 'shwo'],
      [2, /cannot be read/, 'add', 'nothing.wkm'],
    ];
    for (const [code, message, ...args] of tries) {
      const answer = await run(...args);
      assert.match(answer.err, message, args.join(' '));
      assert.equal(answer.code, code, `${args.join(' ')}: ${answer.err}`);
    }
  });

  it('teaches each command by examples in its help', async () => {
    for (const [command, ...parts] of [
      ['list', /models list --json/],
      ['show', /models show vitals 3f9a/, /beginning of its id/],
      ['eval', /ROC AUC: how likely/, /models eval vitals@3f9a/, /--threshold <surprise>/],
      ['export', /vitals@3f9a --out model\.wkm/, /Without a version/],
      ['rollback', /--why "false alarms since noon"/, /further back/],
      ['promote', /--share 0\.25/, /retires the/],
      ['prune', /--dry-run/, /rollback would bring back/],
      ['add', /vitals-3f9a/],
    ] as const) {
      const { code, out } = await run(command, '--help');
      assert.equal(code, 0);
      for (const part of parts) assert.match(out, part, command);
    }
  });

  it('prunes what retired long ago, and says before what would go', async () => {
    const ids: string[] = [];
    for (const seed of [1, 2, 3, 4]) ids.push(await add(seed));
    for (const id of ids) await run('promote', 'vitals', id, '--to', 'live');
    const [first = '', second = ''] = ids;
    const dry = await run('prune', '--keep', '1', '--dry-run');
    assert.match(dry.out, new RegExp(`vitals +${first.slice(0, 12)} +1 KiB`));
    assert.match(dry.out, /Would remove 2 artefacts, 1 KiB\./);
    assert.equal(await stageOf(first), 'retired');
    const { out } = await run('prune', 'vitals', '--keep', '1', '--json');
    const { pruned } = JSON.parse(out) as { pruned: { id: string }[] };
    assert.deepEqual(
      pruned.map(({ id }) => id),
      [first, second],
    );
    assert.equal(await stageOf(first), undefined);
    assert.equal(existsSync(join(data, 'models', 'artefacts', `${first}.wkm`)), false);
    assert.match((await run('prune')).out, /Removed 0 artefacts/);
    assert.match((await run('rollback', 'vitals')).out, /is live again/);
    const wrong = await run('prune', '--keep', 'all');
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /whole number from 0 to 1000/);
    assert.equal((await run('prune', 'nobody')).code, 1);
  });

  it('shows one version with all that is known of it', async () => {
    const id = await add(1);
    const { out } = await run('show', 'vitals', id.slice(0, 5));
    assert.match(out, new RegExp(`id +${id}`));
    assert.match(out, /kind +stand_in/);
    assert.match(out, /parameters +\{"seed":1\}/);
    const { metadata } = JSON.parse((await run('show', 'vitals', id, '--json')).out) as {
      metadata: unknown;
    };
    assert.deepEqual(metadata, decodeArtefact(anArtefact(1).bytes).metadata);
  });

  it('exports the bytes that were added, and adds them elsewhere', async () => {
    const id = await add(1);
    assert.equal((await run('export', 'vitals')).code, 0);
    const file = join(data, `vitals-${id.slice(0, 12)}.wkm`);
    assert.deepEqual(new Uint8Array(readFileSync(file)), anArtefact(1).bytes);
    assert.equal((await run('export', `vitals@${id.slice(0, 4)}`, '--out', 'x.wkm')).code, 0);
    assert.ok(existsSync(join(data, 'x.wkm')));
    assert.equal((await run('add', 'x.wkm')).code, 0);
    assert.equal((await stages()).models.length, 1);
  });

  it('refuses what cannot be, and says what to do', async () => {
    const id = await add(1);
    await add(2);
    const table: readonly (readonly [number, RegExp, ...string[]])[] = [
      [1, /no version zzz/, 'promote', 'vitals', 'zzz'],
      [2, /Allowed choices are shadow/, 'promote', 'vitals', '--to', 'best'],
      [2, /part of the subjects/, 'promote', 'vitals', '--share', '2'],
      [2, /cannot be read/, 'add', 'missing.wkm'],
      [1, /no model of ours|no model "x"/, 'export', 'x'],
      [1, /no version was live|no version of "vitals" was live/, 'rollback', 'vitals'],
    ];
    for (const [code, message, ...args] of table) {
      const answer = await run(...args);
      assert.equal(answer.code, code, args.join(' '));
      assert.match(answer.err, message);
    }
    writeFileSync(join(data, 'bad.wkm'), 'WKMODEL');
    assert.match((await run('add', 'bad.wkm')).err, /no model of ours/);
    await run('promote', 'vitals', id, '--to', 'retired');
    assert.match(
      (await run('promote', 'vitals', id, '--to', 'live')).err,
      /From retired it may become shadow/,
    );
  });

  it('reaches a site that runs, which swaps the model and reads none for a rollback', async () => {
    const shelf = await openFileShelf({
      folder: join(data, 'models'),
      clock: systemClock,
      pollMs: 10,
    });
    const signer = await openModelSigner(data);
    const served = new ServedModels({
      registry: new ModelRegistry({ shelf, signer, clock: systemClock }),
      load: ({ metadata }) => metadata.createdAt,
      onProblem: (_, problem) => assert.fail(String(problem)),
    });
    const live = (seed: number) => () => served.get('vitals')?.live === seed;
    const [first, second] = [await add(1), await add(2)];
    await run('promote', 'vitals', first, '--to', 'live');
    await until('the first', live(1));
    await run('promote', 'vitals', second, '--to', 'live');
    await until('the second', live(2));
    const { loads } = served;
    await run('rollback', 'vitals');
    await until('the rollback', live(1));
    assert.equal(served.loads, loads);
    served.stop();
  });

  it('asks for the NATS when models are there', async () => {
    const { code, err } = await runWith({ WATCHKEEPER_MODELS: 'nats' }, 'list');
    assert.equal(code, 2);
    assert.match(err, /no NATS is named/);
    assert.equal((await run('list', '--nats', 'nats://127.0.0.1:1')).code, 69);
  });

  const { program, reason } = findNatsServer();
  if (program === undefined) {
    it.skip('works on models in NATS', reason);
    return;
  }
  it('works on models in NATS', async () => {
    const server = await startPlainServer(program, { port: await freePort(), folder: data });
    const { id, bytes } = anArtefact(1);
    writeFileSync(join(data, '1.wkm'), bytes);
    const env = { WATCHKEEPER_MODELS: 'nats', WATCHKEEPER_NATS_URL: server.url };
    assert.equal((await runWith(env, 'add', '1.wkm')).code, 0);
    assert.match((await runWith(env, 'promote', 'vitals', '--to', 'live')).out, /shadow → live/);
    assert.match((await run('list', '--nats', server.url)).out, new RegExp(id.slice(0, 12)));
    assert.ok(!existsSync(join(data, 'models')));
    await server.stop();
  });
});
