import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check } from '../../src/cli/doctor/check.ts';
import {
  checkClock,
  checkDataFolder,
  checkNatsServer,
  checkNode,
  checkOpenFiles,
  checkSecretFiles,
} from '../../src/cli/doctor/machine.ts';
import { checkMongo, checkPort } from '../../src/cli/doctor/network.ts';
import { checkTraining } from '../../src/cli/doctor/training.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import type { BackendCandidate } from '../../src/ml/neural/probe-backends.ts';
import { describe } from '../support/suite.ts';
import { fakeSite } from './fake-site.ts';
import { fakeTerminal, runIn } from './fake-terminal.ts';

describe('doctor', (it) => {
  let folder = '';
  it.beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'watchkeeper-doctor-'));
  });
  it.afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const january = Date.UTC(2026, 0, 1);
  const versions: readonly (readonly [version: string, now: number, state: Check['state']])[] = [
    ['18.20.0', january, 'failed'],
    ['20.18.3', january, 'failed'],
    ['20.19.0', january, 'warning'],
    ['20.19.0', Date.UTC(2026, 6, 1), 'warning'],
    ['22.12.0', january, 'ok'],
    ['24.1.0', january, 'ok'],
    ['26.0.0', january, 'ok'],
  ];
  for (const [version, now, state] of versions) {
    it(`finds Node ${version} in ${new Date(now).toISOString().slice(0, 7)} ${state}`, () => {
      const check = checkNode(version, now);
      assert.equal(check.state, state);
      assert.equal(check.fix !== '', state !== 'ok');
    });
  }

  it('measures the fsync of a folder it can write, and leaves nothing behind', () => {
    let time = 0;
    assert.equal(checkDataFolder(folder, () => (time += 2)).state, 'ok');
    const slow = checkDataFolder(folder, () => (time += 40));
    assert.deepEqual([slow.state, slow.evidence.includes('40.0 ms')], ['warning', true]);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    assert.equal(checkDataFolder(join(file, 'below'), () => 0).state, 'failed');
  });

  it('finds key files that others can read', () => {
    for (const name of ['site.json', 'site-keys.json', 'tokens.json', 'other.txt']) {
      writeFileSync(join(folder, name), '{}', { mode: 0o600 });
    }
    chmodSync(join(folder, 'other.txt'), 0o644);
    assert.equal(checkSecretFiles(folder).state, 'ok');
    chmodSync(join(folder, 'site-keys.json'), 0o640);
    const check = checkSecretFiles(folder);
    assert.equal(check.state, 'failed');
    assert.equal(check.fix, `chmod 600 ${join(folder, 'site-keys.json')}`);
  });

  it('names the process that holds the port', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const check = await checkPort(port, '127.0.0.1', undefined);
      assert.equal(check.state, 'failed');
      if (process.platform === 'linux')
        assert.match(check.evidence, new RegExp(`process ${process.pid} \\(`));
      const own = { url: `http://127.0.0.1:${port}`, site: 's', pid: process.pid };
      assert.equal((await checkPort(port, '127.0.0.1', own)).state, 'ok');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    assert.equal((await checkPort(port, '127.0.0.1', undefined)).state, 'ok');
  });

  it('tries MongoDB only when it is configured, and never shows a password', async () => {
    assert.match((await checkMongo(undefined)).evidence, /not configured/);
    assert.equal((await checkMongo('postgres://x')).state, 'failed');
    const check = await checkMongo('mongodb://me:hunter2@127.0.0.1:1/db');
    assert.equal(check.state, 'failed');
    assert.ok(!JSON.stringify(check).includes('hunter2'));
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    assert.equal((await checkMongo(`mongodb://127.0.0.1:${port}`)).state, 'ok');
    await new Promise((resolve) => server.close(resolve));
  });

  it('tells an old nats-server from a new one, a broken one and none', async () => {
    const state = async (script: string): Promise<string> => {
      const path = join(folder, 'nats');
      writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return (await checkNatsServer({ WATCHKEEPER_NATS_SERVER: path })).state;
    };
    assert.equal(await state('echo "nats-server: v2.9.10"'), 'warning');
    assert.equal(await state('echo "nats-server: v2.10.25"'), 'ok');
    assert.equal(await state('exit 3'), 'failed');
    assert.equal((await checkNatsServer({ WATCHKEEPER_NATS_URL: 'nats://x' })).state, 'ok');
  });

  it('reads the limit of open files, and doubts a clock before 2025', () => {
    const limits = join(folder, 'limits');
    writeFileSync(
      limits,
      'Max open files            1024                 4096                 files\n',
    );
    assert.equal(checkOpenFiles(limits).state, 'warning');
    assert.equal(checkOpenFiles('/nowhere').state, 'ok');
    assert.equal(checkClock(Date.UTC(1970, 0, 2)).state, 'failed');
  });

  it('says which backend trains, and how to turn a better one on', async () => {
    const clock = new SimulatedClock();
    const fix = 'npm rebuild @tensorflow/tfjs-node-gpu --ignore-scripts=false';
    const candidates: readonly BackendCandidate[] = [
      { name: 'tfjs-node-gpu', state: 'refused', reason: 'binary missing', fix },
      { name: 'wasm', state: 'chosen', reason: 'SIMD, one thread', fix: '' },
    ];
    const works = () => Promise.resolve({ chosen: 'wasm', candidates } as const);
    assert.deepEqual(await checkTraining(clock, works), {
      name: 'training',
      state: 'ok',
      evidence: 'wasm: SIMD, one thread; tfjs-node-gpu: binary missing',
      fix: `to use tfjs-node-gpu: ${fix}`,
    });
    const none = () =>
      Promise.resolve({ chosen: undefined, candidates: candidates.slice(0, 1) } as const);
    const check = await checkTraining(clock, none);
    assert.equal(check.state, 'failed');
    assert.match(check.evidence, /no backend can train: tfjs-node-gpu: binary missing/);
  });

  it('exits with 1 when a row is ✘, and shows the parts of the running site', async () => {
    const parts = [{ name: 'store', state: 'failed', evidence: 'disk full', fix: 'Free some.' }];
    const health = { state: 'failed', ready: false, site: 'local', version: '0.1.0', parts };
    const site = await fakeSite({ 'GET /v1/health': () => ({ body: health }) });
    try {
      const { code, out } = await runIn(fakeTerminal({ cwd: folder, env: process.env }), [
        'doctor',
        '--url',
        site.url,
      ]);
      assert.equal(code, 1);
      assert.match(out, /✘ site: store +disk full\n +fix: Free some\./);
      assert.match(out, /✔ data folder/);
    } finally {
      await site.close();
    }
  });

  it('does not mind that no site runs', async () => {
    const args = ['doctor', '--url', 'http://127.0.0.1:1', '--json'];
    const { out } = await runIn(fakeTerminal({ cwd: folder, env: process.env }), args);
    const checks = JSON.parse(out) as Check[];
    assert.deepEqual(checks.find(({ name }) => name === 'site')?.state, 'ok');
  });
});
