import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { endLeftover } from '../../src/federation/leftover.ts';
import { OwnServer } from '../../src/federation/own-server.ts';
import { serverConfig, subscriberPermissions } from '../../src/federation/server-config.ts';
import { loadInstanceId, loadServerSecrets } from '../../src/federation/server-secrets.ts';
import { isAlive, until } from '../support/nats-server.ts';
import { describe, type It } from '../support/suite.ts';

const closers: (() => Promise<void> | void)[] = [];

function cleaning(it: It): void {
  it.afterEach(async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  });
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wk-own-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A program that says it is nats-server and then does what `body` (sh) says. */
function fakeServer(folder: string, body: string): string {
  const program = join(folder, 'fake-nats-server');
  const script = `#!/bin/sh\ncase "$1" in --version) echo "nats-server: v2.10.1"; exit 0;; esac\n${body}\n`;
  writeFileSync(program, script);
  chmodSync(program, 0o755);
  return program;
}

async function openServer(folder: string, program: string): Promise<OwnServer> {
  const server = await OwnServer.open({
    site: 'local',
    clock: systemClock,
    logger: silentLogger,
    folder,
    program,
    random: () => 0.5,
  });
  closers.push(() => server.close());
  return server;
}

describe('configuration of the own nats-server', (it) => {
  cleaning(it);
  const secrets = { internal: 'iii', subscriber: 'sss', system: 'yyy' };
  const base = { site: 'Lab 2', port: 4222, storeFolder: '/d/"js"', pidFile: '/d/pid', secrets };

  it('asks for a sync of every write from nats-server 2.10 on', () => {
    const versions: [readonly [number, number], boolean][] = [
      [[2, 9], false],
      [[1, 99], false],
      [[2, 10], true],
      [[2, 12], true],
      [[3, 0], true],
    ];
    for (const [version, expected] of versions) {
      const has = serverConfig({ ...base, version }).includes('sync_interval: always');
      assert.equal(has, expected, version.join('.'));
    }
  });

  it('listens on loopback only and quotes what it is given', () => {
    const text = serverConfig({ ...base, version: [2, 9] });
    assert.match(text, /^listen: "127\.0\.0\.1:4222"$/m);
    assert.match(text, /store_dir: "\/d\/\\"js\\""/);
    assert.match(text, /domain: "_4cab_202"/);
  });

  it('names only the one stream and the one site in what a subscriber may publish', () => {
    const { publish, subscribe } = subscriberPermissions('Lab 2');
    for (const subject of publish.filter((each) => !/INFO$|NAMES$/.test(each))) {
      assert.match(subject, /WK_ALERTS__4CAB_202|^acks\.v1\._4cab_202\.>$/);
    }
    assert.deepEqual(subscribe, ['alerts.v1.>', 'incidents.v1.>', '_INBOX.>']);
  });

  it('keeps its passwords and its identity, and makes new ones when a file is damaged', async () => {
    const folder = newFolder();
    const first = await loadServerSecrets(folder);
    const id = await loadInstanceId(folder);
    assert.deepEqual(await loadServerSecrets(folder), first);
    assert.equal(await loadInstanceId(folder), id);
    for (const damage of ['', '{', '{"internal":"short"}', '{"internal":1,"subscriber":2}']) {
      writeFileSync(join(folder, 'secrets.json'), damage);
      const next = await loadServerSecrets(folder);
      assert.notEqual(next.internal, first.internal, damage);
      assert.deepEqual(await loadServerSecrets(folder), next);
    }
    writeFileSync(join(folder, 'instance'), 'x');
    assert.notEqual(await loadInstanceId(folder), id);
  });
});

describe('own nats-server that does not behave', (it) => {
  cleaning(it);

  it('does not keep the site from starting; its own words say why, and it is tried again', async () => {
    const folder = newFolder();
    const tries = join(folder, 'tries');
    const body = `echo x >> '${tries}'\necho '[1] [FTL] no space left on device' >&2\nexit 1`;
    const server = await openServer(folder, fakeServer(folder, body));
    assert.match(server.problem() ?? '', /no space left on device/);
    await until('more tries', () => readFileSync(tries, 'utf8').length >= 3 * 2);
  });

  it('is killed when it does not stop', async () => {
    const folder = newFolder();
    const pidFile = join(folder, 'pid');
    const body = `trap '' TERM
      echo "[1] [INF] Listening for client connections on 127.0.0.1:1" >&2
      echo "[1] [INF] Server is ready" >&2
      echo $$ > '${pidFile}'
      while true; do read -r line < /dev/null; /bin/sleep 0.05; done`;
    const server = await openServer(folder, fakeServer(folder, body));
    assert.equal(server.problem(), undefined);
    const pid = await until('its pid', () => Number(readFileSync(pidFile, 'utf8')) || undefined);
    await server.close();
    assert.equal(isAlive(pid), false);
  });
});

describe('a server that was left behind', (it) => {
  cleaning(it);

  interface Sleeper {
    readonly pid: number;
    readonly ready: Promise<void>;
    readonly ended: Promise<void>;
  }

  function startSleeper(marker: string, trap: string): Sleeper {
    const body = `${trap}; echo ready; while true; do /bin/sleep 0.05; done`;
    const child = spawn('/bin/sh', ['-c', body, marker], { stdio: ['ignore', 'pipe', 'ignore'] });
    closers.push(() => void child.kill('SIGKILL'));
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const ready = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
    return { pid: child.pid ?? 0, ready, ended };
  }

  async function endWith(pidText: string, configFile: string): Promise<void> {
    const pidFile = join(newFolder(), 'pid');
    writeFileSync(pidFile, pidText);
    await endLeftover({ pidFile, configFile, clock: systemClock, patienceMs: 300 });
  }

  it('is ended when its command line names our configuration, by force if it must be', async () => {
    for (const trap of ['true', "trap '' TERM"]) {
      const configFile = join(newFolder(), 'nats.conf');
      const sleeper = startSleeper(configFile, trap);
      await sleeper.ready;
      await endWith(`${sleeper.pid}\n`, configFile);
      await sleeper.ended;
    }
  });

  it('is let alone when the number is now that of another process', async () => {
    const sleeper = startSleeper('/elsewhere/nats.conf', 'true');
    await endWith(`${sleeper.pid}\n`, '/ours/nats.conf');
    assert.equal(isAlive(sleeper.pid), true);
  });

  it('is not looked for when the file makes no sense', async () => {
    for (const text of ['', 'x', '0', '-1', '1', '1.5', '999999999'])
      await endWith(text, 'nats.conf');
    const pidFile = join(newFolder(), 'none');
    await endLeftover({ pidFile, configFile: 'x', clock: systemClock, patienceMs: 0 });
  });
});
