import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Alert } from '../../src/model/alert.ts';
import { SiteClient } from '../../src/cli/http/site-client.ts';
import { sleep } from '../../src/cli/within.ts';
import { systemClock } from '../../src/core/clock.ts';
import { projectRoot } from '../../src/core/root.ts';
import { describe } from '../support/suite.ts';
import { fakeTerminal, runIn } from './fake-terminal.ts';

interface Ready {
  readonly url: string;
  readonly token: string;
  readonly nats: string | null;
  readonly site: string;
}

const children: ChildProcess[] = [];

function start(...args: readonly string[]): ChildProcess {
  const env = { ...process.env };
  for (const name of Object.keys(env)) if (name.startsWith('WATCHKEEPER_')) delete env[name];
  const main = join(projectRoot(), 'src', 'cli', 'main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', '--no-warnings', main, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

/** The first line on stdout; fails with what the process said when it ends before. */
async function ready(child: ChildProcess): Promise<Ready> {
  let out = '';
  let err = '';
  child.stderr?.on('data', (chunk) => (err += chunk));
  const line = new Promise<string>((resolve) => {
    child.stdout?.on('data', (chunk) => {
      out += chunk;
      if (out.includes('\n')) resolve(out.slice(0, out.indexOf('\n')));
    });
  });
  const ended = once(child, 'close').then(() => Promise.reject(new Error(`It ended: ${err}`)));
  return JSON.parse(await Promise.race([line, ended])) as Ready;
}

async function stop(
  child: ChildProcess,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const closed = once(child, 'close');
  child.kill(signal);
  const [code] = (await closed) as [number | null];
  return code;
}

describe('up and demo', (it) => {
  let data = '';
  it.beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'watchkeeper-serve-'));
  });
  it.afterEach(async () => {
    for (const child of children.splice(0)) await stop(child, 'SIGKILL');
    rmSync(data, { recursive: true, force: true });
  });

  const up = ['up', '--json', '--port', '0', '--data'];

  it(
    'serve the other commands, keep the token, and stop on SIGTERM',
    async () => {
      const child = start(...up, data);
      const { url, token, site } = await ready(child);
      assert.equal(site, 'local');
      assert.match(token, /^wk_/);
      assert.equal(statSync(join(data, 'site.json')).mode & 0o777, 0o600);

      const simulated = await runIn(fakeTerminal(), [
        ...['sim', '--devices', '2', '--rate', '40', '--duration', '3s', '--data', data, '--json'],
      ]);
      assert.equal(simulated.code, 0, simulated.err);
      const sent = JSON.parse(simulated.out) as Record<string, number>;
      assert.ok((sent['serviceRecords'] ?? 0) > 40, simulated.out);
      assert.equal(sent['failed'], 0);
      const devices = JSON.parse(
        (await runIn(fakeTerminal(), ['device', 'list', '--data', data, '--json'])).out,
      ) as { devices: { id: string }[] };
      assert.deepEqual(
        devices.devices.map(({ id }) => id),
        ['watch-001', 'watch-002'],
      );

      const second = await runIn(fakeTerminal(), [...up, data]);
      assert.equal(second.code, 69);
      assert.match(second.err, /already runs/);

      assert.equal(await stop(child), 0);
      const again = start(...up, data);
      const after = await ready(again);
      assert.equal(after.token, token);
      assert.notEqual(after.url, '');
      const health = await runIn(fakeTerminal(), ['device', 'list', '--data', data]);
      assert.match(health.out, /watch-002/);
      assert.equal(await stop(again, 'SIGINT'), 0);
      assert.equal(
        (JSON.parse(readFileSync(join(data, 'site.json'), 'utf8')) as { pid: number }).pid,
        0,
      );
      assert.ok(url.startsWith('http://127.0.0.1:'));
    },
    { deadlineMs: 90_000 },
  );

  it(
    'let the first alert fire within 20 s of the start of the demo',
    async () => {
      const child = start('demo', '--json', '--port', '0', '--data', data);
      const { url, token } = await ready(child);
      const client = new SiteClient({ url, token });
      const startedAt = performance.now();
      let alerts: readonly Alert[] = [];
      while (alerts.length === 0 && performance.now() - startedAt < 20_000) {
        await sleep(systemClock, 250);
        ({ alerts } = await client.get<{ alerts: readonly Alert[] }>('/v1/alerts'));
      }
      client.close();
      assert.equal(alerts[0]?.type, 'slow_response');
      assert.equal(alerts[0]?.subject, 'service:api-gateway');
      assert.equal(await stop(child), 0);
    },
    { deadlineMs: 90_000 },
  );

  it(
    'show people what runs, the replayed log and the alerts',
    async () => {
      const file = join(data, 'auth.log');
      const line =
        'Dec 10 06:55:46 lab sshd[1]: Failed password for root from 10.0.0.1 port 1 ssh2\n';
      writeFileSync(file, line.repeat(60));
      const site = join(data, 'site');
      const child = start(
        'demo',
        file,
        '--as',
        'openssh',
        '--port',
        '0',
        '--data',
        site,
        '--duration',
        '8s',
      );
      let out = '';
      child.stdout?.on('data', (chunk) => (out += chunk));
      const [code] = (await once(child, 'close')) as [number | null];
      assert.equal(code, 0, out);
      assert.match(out, /Dashboard +http:\/\/127\.0\.0\.1:\d+\/#token=wk_/);
      assert.match(out, /Replayed 60 lines of real logs \(0 kept whole\)/);
      assert.match(out, /ANOMALY DETECTED\nType: suspicious_user_activity\nUser: root\n/);
      assert.match(out, /receiving from 5 watches, 4 services/);
    },
    { deadlineMs: 60_000 },
  );

  it(
    'show the token at the first start that succeeds, also after one that failed',
    async () => {
      const other = createServer();
      await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
      const port = String((other.address() as AddressInfo).port);
      const refused = start('up', '--json', '--port', port, '--data', data);
      const [code] = (await once(refused, 'close')) as [number | null];
      other.close();
      assert.equal(code, 69);
      const { url, token } = await ready(start(...up, data));
      assert.match(token, /^wk_/);
      const { status } = await fetch(`${url}/v1/alerts`, {
        headers: { authorization: `Bearer ${token}` },
      });
      assert.equal(status, 200);
    },
    { deadlineMs: 60_000 },
  );

  it(
    'start although the process named by a crashed site is another program now',
    async () => {
      const left = { url: 'http://127.0.0.1:9', site: 'local', pid: process.pid };
      writeFileSync(join(data, 'site.json'), JSON.stringify(left));
      const { token } = await ready(start(...up, data));
      assert.match(token, /^wk_/);
    },
    { deadlineMs: 60_000 },
  );

  it('say that the configuration cannot be read, and exit with 78', async () => {
    const { code, err } = await runIn(fakeTerminal(), [...up, data, '--config', '/nowhere']);
    assert.equal(code, 78);
    assert.match(err, /"code":"CONFIG_MISSING"[^]*--config/);
  });

  it('refuse a name of the site that watches would refuse', async () => {
    for (const name of ['Lab 2', 'a/b', '']) {
      const { code, err } = await runIn(fakeTerminal(), [...up, data, '--site', name]);
      assert.equal(code, 2);
      assert.match(err, /"error":\{"code":"USAGE","message":"[^]* cannot be the name of a site\."/);
    }
  });

  it(
    'print for people where the dashboard is',
    async () => {
      const child = start('up', '--port', '0', '--data', data);
      let out = '';
      child.stdout?.on('data', (chunk) => (out += chunk));
      while (!out.includes('Ctrl-C')) await once(child.stdout!, 'data');
      assert.match(out, /site "local"[^]*Dashboard +http[^]*Token +wk_/);
      assert.equal(await stop(child), 0);
    },
    { deadlineMs: 60_000 },
  );

  it(
    'stop by themselves after --duration',
    async () => {
      const child = start('demo', '--json', '--port', '0', '--data', data, '--duration', '1s');
      await ready(child);
      const [code] = (await once(child, 'close')) as [number | null];
      assert.equal(code, 0);
    },
    { deadlineMs: 60_000 },
  );
});
