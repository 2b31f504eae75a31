import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BacktestReport } from '../../src/cli/backtest/report.ts';
import type { Alert } from '../../src/model/alert.ts';
import { registryOf, REASON, trainForest } from '../support/e2e/trained-model.ts';
import { everyDetector, playSite, type PlayedSite } from '../support/played-site.ts';
import { describe } from '../support/suite.ts';
import { fakeTerminal, runIn } from './fake-terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'wk-backtest-cli-'));
const rulesFile = join(folder, 'rules.yaml');
writeFileSync(rulesFile, everyDetector());

/** A site that ran for a while, in a folder as `up` leaves it; made once. */
let made: Promise<PlayedSite> | undefined;
const site = (): Promise<PlayedSite> =>
  (made ??= playSite({ seed: 4, minutes: 12, rules: everyDetector() }));

async function run(...args: readonly string[]) {
  const { harness, from, to } = await site();
  const range = ['--from', String(from), '--to', String(to + 1), '--site', 'test'];
  return runIn(fakeTerminal({ cwd: harness.folder }), [
    ...['backtest', '--data', harness.folder, '--rules', rulesFile, ...range],
    ...args,
  ]);
}

async function report(...args: readonly string[]): Promise<BacktestReport> {
  const { out, err, code } = await run('--json', ...args);
  assert.equal(code, 0, err);
  return JSON.parse(out) as BacktestReport;
}

/** Every file below a folder, by its content; LMDB's readers register in its lock file. */
function digest(of: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(of, { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || file.name === 'lock.mdb') continue;
    const path = join(file.parentPath, file.name);
    hash.update(path).update(readFileSync(path));
  }
  return hash.digest('hex');
}

describe('watchkeeper backtest', (it) => {
  it(
    'reads the data of a site that is open elsewhere, changes none of it, and finds its alerts again',
    async () => {
      const { harness, alerts } = await site();
      const before = digest(harness.folder);
      const out = join(folder, 'alerts.ndjson');
      const found = await report('--out', out, '--fail-on-diff');
      assert.equal(digest(harness.folder), before);
      assert.ok(alerts.length > 2);
      const { live, matched, identical, onlyLive, onlyBacktest } = found.diff;
      assert.deepEqual([live, matched, identical], [alerts.length, alerts.length, alerts.length]);
      assert.deepEqual([onlyLive, onlyBacktest], [0, 0]);
      const lines = readFileSync(out, 'utf8').trim().split('\n');
      const written = lines.map((line) => (JSON.parse(line) as Alert).id).sort();
      assert.deepEqual(written, alerts.map(({ id }) => id).sort());
      assert.deepEqual(found.missingModels, ['log_session', 'service_windows']);
      assert.equal((await report()).hash, found.hash);
    },
    { deadlineMs: 120_000 },
  );

  it('says for people what differs, and ends with 1 where it is asked to', async () => {
    const quiet = join(folder, 'quiet.yaml');
    writeFileSync(quiet, everyDetector().replace('threshold: 100\n', 'threshold: 5000\n'));
    const { code, out } = await run('--rules', quiet, '--fail-on-diff');
    assert.equal(code, 1);
    assert.match(out, /Only live:\n.*\n.*error_spike/);
    assert.match(out, /1 only live, 0 only in the backtest/);
    assert.match(out, /Hash of all alerts: [0-9a-f]{64}/);
    assert.equal((await run('--rules', quiet)).code, 0);
  });

  it('plays a part of the records, and compares with the alerts of their subjects', async () => {
    const all = await report();
    const part = await report('--service', 'payment-service');
    assert.ok(part.records > 0 && part.records < all.records);
    assert.ok(part.diff.live < all.diff.live);
    const filtered = await report('--filter', 'service:payment-service level>=ERROR');
    assert.ok(filtered.records < part.records);
    const watch = await report('--device', 'watch-001', '--axis', 'event');
    assert.equal(watch.subjects, 1);
  });

  it('asks the live models of the folder, or those that are named', async () => {
    const { harness } = await site();
    const registry = await registryOf(harness.folder);
    const first = await registry.put(trainForest(1), REASON);
    const second = await registry.put(trainForest(2), REASON);
    await registry.move('service_windows', { id: first.id, to: 'live', ...REASON });
    const live = await report();
    assert.deepEqual(
      live.models.map(({ model }) => model),
      [first.id],
    );
    assert.deepEqual(live.missingModels, ['log_session']);
    const named = await report('--model', `service_windows@${second.id.slice(0, 12)}`);
    assert.deepEqual(
      named.models.map(({ model }) => model),
      [second.id],
    );
    assert.equal(named.models[0]?.rows, live.models[0]?.rows);
    assert.equal((await report('--batch', '3')).hash, live.hash);
    const other = await run('--model', 'service_windows', '--rules', plainRules());
    assert.equal(other.code, 2);
    assert.match(other.err, /No detector of these rules asks a model "service_windows"/);
    assert.match((await run('--model', 'nobody')).err, /no model "nobody"/i);
  });

  it('says what is wrong with a file of rules, a folder, a time or a broken model', async () => {
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, 'anomalies:\n  - { id: error_spike, treshold: 3 }\n');
    const wrong = await run('--rules', bad);
    assert.equal(wrong.code, 78);
    assert.match(wrong.err, /bad\.yaml:2:\d+.*treshold/s);
    assert.equal((await run('--rules', 'none.yaml')).code, 78);
    assert.match((await run('--data', folder)).err, /holds no records of a site "test"/);
    assert.match((await run('--from', '2020-01-01', '--to', '2020-01-02')).err, /no records from/);
    assert.match((await run('--from', '2030-01-01')).err, /ends before it begins/);
    assert.equal((await run('--out', join(folder, 'no', 'where'))).code, 2);
    assert.equal((await run('--device', 'a b')).code, 2);
    const { harness } = await site();
    const blobs = readdirSync(join(harness.folder, 'models'), {
      recursive: true,
      withFileTypes: true,
    });
    for (const each of blobs) {
      if (each.isFile() && /^[0-9a-f]{64}/.test(each.name)) {
        writeFileSync(join(each.parentPath, each.name), 'not a model');
      }
    }
    assert.match((await run('--model', 'service_windows', '--json')).err, /"code":"MODEL_INVALID"/);
  });

  it('plays a log file by its own times', async () => {
    const file = join(folder, 'app.ndjson');
    const lines = Array.from({ length: 120 }, (_, index) =>
      JSON.stringify({
        timestamp: Date.UTC(2024, 0, 1) + index * 1000,
        level: 'ERROR',
        service: 'till',
        message: `went wrong ${index}`,
      }),
    );
    writeFileSync(file, lines.join('\n'));
    const terminal = fakeTerminal({ cwd: folder });
    const args = ['backtest', '--file', 'app.ndjson', '--rules', plainRules(), '--json'];
    const { code, out, err } = await runIn(terminal, args);
    assert.equal(code, 0, err);
    const found = JSON.parse(out) as BacktestReport;
    assert.equal(found.records, 120);
    const [alert] = found.diff.examples.onlyBacktest;
    assert.equal(alert?.openedAt, Date.UTC(2024, 0, 1) + 100_000);
    await (await site()).close();
  });
});

function plainRules(): string {
  const file = join(folder, 'plain.yaml');
  writeFileSync(file, 'anomalies:\n  - { id: error_spike, type: error_spike, threshold: 100 }\n');
  return file;
}
