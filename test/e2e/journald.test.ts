import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { StoredRecord } from '../../src/store/store.ts';
import { chunks, fakeTerminal, runIn } from '../cli/fake-terminal.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { describe } from '../support/suite.ts';

const DAEMON = ['/lib/systemd/systemd-journald', '/usr/lib/systemd/systemd-journald'].find(
  existsSync,
);
const NAMESPACE = `wk${process.pid}`;

/** Why the journal of systemd cannot be tried here; a namespace of its own needs root. */
function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, for a journal namespace of its own';
  const lacks = ['journalctl', 'logger'].filter(
    (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status !== 0,
  );
  if (DAEMON === undefined) lacks.push('systemd-journald');
  return lacks.length === 0 ? undefined : `needs ${lacks.join(', ')}`;
}

async function importInto(site: E2eSite, text: string): Promise<readonly StoredRecord[]> {
  const halves = [text.slice(0, text.length >> 1), text.slice(text.length >> 1)];
  const terminal = fakeTerminal({ stdin: chunks(...halves) });
  const where = ['--url', site.handle.url, '--token', site.token];
  const { code, out, err } = await runIn(terminal, ['import', '-', '--as', 'journald', ...where]);
  assert.equal(code, 0, `${out}${err}`);
  for (let turn = 0; turn < 200 && site.api.ledger().pending > 0; turn += 1) await delay(25);
  const all = { from: 0, to: 8e15, order: 'asc', limit: 1_000 } as const;
  return (await site.handle.parts.store.records.query(all)).records;
}

async function withSite(body: (site: E2eSite) => Promise<void>): Promise<void> {
  const site = await E2eSite.start({ withNats: false });
  try {
    await body(site);
  } finally {
    await site.close();
  }
}

const bytes = (text: string, ...more: readonly number[]): readonly number[] => [
  ...Buffer.from(text),
  ...more,
];
const LEVELS = ['CRITICAL', 'CRITICAL', 'CRITICAL', 'ERROR', 'WARNING', 'INFO', 'INFO', 'DEBUG'];

describe('the journal of systemd', (it) => {
  it('reads entries as journalctl -o json writes them', () =>
    withSite(async (site) => {
      const start = Date.UTC(2024, 4, 1);
      const entries: Record<string, unknown>[] = LEVELS.map((_, priority) => ({
        MESSAGE: `priority ${priority}`,
        PRIORITY: String(priority),
      }));
      entries.push(
        { MESSAGE: 'first line\n  second line\n\nfourth' },
        { MESSAGE: bytes('half a character ', 0xc3) },
        { MESSAGE: bytes('colour \u001b[31mred\u001b[0m') },
        { MESSAGE: null },
        { MESSAGE: ['one', 'two'], TAG: ['a', 'b'] },
        { PRIORITY: '9', MESSAGE: 'no such priority' },
        { MESSAGE: 'ümlaut 日本', SYSLOG_IDENTIFIER: bytes('sh', 0xff) },
      );
      const lines = entries.map((entry, index) =>
        JSON.stringify({
          __CURSOR: `s=x;i=${index}`,
          __REALTIME_TIMESTAMP: String((start + index) * 1_000 + 7),
          __MONOTONIC_TIMESTAMP: '1',
          _HOSTNAME: 'h1',
          _PID: '42',
          _SYSTEMD_UNIT: 'shop.service',
          SYSLOG_IDENTIFIER: 'shop',
          ...entry,
        }),
      );
      const stored = await importInto(site, `${lines.join('\n')}\n`);
      assert.equal(stored.length, entries.length);
      assert.deepEqual(
        stored.map(({ timestamp }) => timestamp - start),
        entries.map((_, index) => index),
      );
      const [levels, rest] = [stored.slice(0, 8), stored.slice(8)];
      assert.deepEqual(
        levels.map(({ level }) => level),
        LEVELS,
      );
      assert.deepEqual(
        rest.map(({ message }) => message),
        [
          'first line\n  second line\n\nfourth',
          'half a character \ufffd',
          'colour \u001b[31mred\u001b[0m',
          '',
          'one',
          'no such priority',
          'ümlaut 日本',
        ],
      );
      assert.ok(stored.slice(0, -1).every(({ service }) => service === 'shop'));
      assert.equal(stored[0]?.attributes?.['pid'], 42);
      assert.equal(rest[3]?.attributes?.['message_left_out'], true);
      assert.deepEqual(rest[4]?.attributes?.['TAG'], ['a', 'b']);
    }));

  const lack = missing();
  const behaviour = 'reads what a real journal holds: lines, several lines, bytes, priorities';
  if (lack !== undefined) {
    if (process.env['CI'] === 'true' && !lack.includes('root')) throw new Error(lack);
    it.skip(behaviour, lack);
    return;
  }
  it(
    behaviour,
    async () => {
      const daemon = spawn(DAEMON ?? '', [NAMESPACE], { stdio: 'ignore' });
      try {
        const socket = `/run/systemd/journal.${NAMESPACE}/dev-log`;
        for (let turn = 0; turn < 100 && !existsSync(socket); turn += 1) await delay(50);
        const log = (priority: string, message: string | Buffer): void => {
          const args = ['-u', socket, '-d', '-t', 'wkshop', '-p', `user.${priority}`];
          execFileSync('logger', typeof message === 'string' ? [...args, '--', message] : args, {
            input: typeof message === 'string' ? '' : message,
          });
        };
        log('err', 'the oven is cold');
        log('debug', 'first\n  second');
        log('notice', Buffer.from([...bytes('half '), 0xc3, 0x28]));
        const text = await journalOf('wkshop', 3);
        await withSite(async (site) => {
          const stored = await importInto(site, text);
          assert.equal(stored.length, text.trim().split('\n').length);
          const own = stored.filter(({ service }) => service === 'wkshop');
          assert.deepEqual(
            own.map(({ level, message }) => [level, message]),
            [
              ['ERROR', 'the oven is cold'],
              ['DEBUG', 'first\n  second'],
              ['INFO', 'half \ufffd('],
            ],
          );
          assert.ok(own.every(({ timestamp }) => Math.abs(timestamp - Date.now()) < 60_000));
        });
      } finally {
        await ended(daemon);
        const machine = readFileSync('/etc/machine-id', 'utf8').trim();
        for (const folder of ['/run/log/journal', '/var/log/journal']) {
          rmSync(`${folder}/${machine}.${NAMESPACE}`, { recursive: true, force: true });
        }
        rmSync(`/run/systemd/journal.${NAMESPACE}`, { recursive: true, force: true });
      }
    },
    { deadlineMs: 60_000 },
  );
});

async function journalOf(identifier: string, count: number): Promise<string> {
  for (let turn = 0; turn < 100; turn += 1) {
    const args = ['--namespace', NAMESPACE, '-o', 'json', '--no-pager'];
    const { stdout } = spawnSync('journalctl', args, { encoding: 'utf8' });
    if (stdout.split(`"SYSLOG_IDENTIFIER":"${identifier}"`).length > count) return stdout;
    await delay(50);
  }
  return assert.fail('The journal did not take the messages.');
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}
