import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../../src/core/root.ts';
import { E2eSite } from '../../support/e2e/e2e-site.ts';
import { freePort, until } from '../../support/nats-server.ts';
import { describe } from '../../support/suite.ts';
import { Daemon, findDaemon } from '../../support/syslog-daemon.ts';

const MESSAGES = 1_000;
const CONFIG = `
inputs:
  - { type: syslog, port: 0 }
`;

/** Replaces what the example takes from its machine; fails when the example has changed. */
function adapt(file: string, edits: readonly (readonly [string, string])[]): string {
  let text = readFileSync(join(projectRoot(), 'deploy', file), 'utf8');
  for (const [before, after] of edits) {
    assert.ok(text.includes(before), `${file} lacks ${before}`);
    text = text.replace(before, after);
  }
  return text;
}

const rsyslog = (folder: string, ports: { in: number; out: number }): readonly string[] => {
  const file = join(folder, 'rsyslog.conf');
  const text = adapt('rsyslog.conf', [
    ['/var/spool/rsyslog', folder],
    [
      'module(load="imuxsock")',
      `module(load="imptcp")\ninput(type="imptcp" address="127.0.0.1" port="${ports.in}")`,
    ],
    ['port="5514"', `port="${ports.out}"`],
  ]);
  writeFileSync(file, text);
  return ['-n', '-f', file, '-i', join(folder, 'pid')];
};

const syslogNg = (folder: string, ports: { in: number; out: number }): readonly string[] => {
  const file = join(folder, 'syslog-ng.conf');
  const text = adapt('syslog-ng.conf', [
    [
      'unix-dgram("/dev/log");\n  internal();',
      `network(ip("127.0.0.1") port(${ports.in}) transport("tcp") flags(syslog-protocol));`,
    ],
    ['port(5514)', `port(${ports.out})`],
    ['disk-buffer(', `disk-buffer(dir("${folder}") `],
  ]);
  writeFileSync(file, text);
  const state = ['persist', 'pid', 'ctl'].map((name) => join(folder, name));
  const [persist = '', pid = '', control = ''] = state;
  return ['-F', '-f', file, '-R', persist, '-p', pid, '-c', control, '--no-caps'];
};

/** Sends messages to the daemon once it listens. */
async function feed(port: number): Promise<void> {
  for (;;) {
    const isSent = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', () => resolve(false));
      socket.once('connect', () => {
        for (let index = 0; index < MESSAGES; index += 1) {
          const level = index % 100 === 0 ? 11 : 14;
          const data = `[exampleSDID@32473 n="${index}"]`;
          socket.write(
            `<${level}>1 ${new Date().toISOString()} box daemon 42 ID ${data} n${index}\n`,
          );
        }
        socket.end(() => resolve(true));
      });
    });
    if (isSent) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('syslog daemons', (it) => {
  for (const [name, configure] of [
    ['rsyslogd', rsyslog],
    ['syslog-ng', syslogNg],
  ] as const) {
    const { program, reason } = findDaemon(name);
    const behaviour = `send ${MESSAGES} messages through ${name} with its example, and none is lost`;
    if (program === undefined) {
      it.skip(behaviour, reason);
      continue;
    }
    it(
      behaviour,
      async () => {
        const site = E2eSite.prepare({ withNats: false });
        const folder = mkdtempSync(join(tmpdir(), 'wk-syslog-'));
        writeFileSync(join(site.configFolder, 'inputs.yaml'), CONFIG);
        await site.up();
        const input = () => site.api.inputs()[0];
        const ports = { in: await freePort(), out: input()?.port ?? 0 };
        const daemon = new Daemon(program, configure(folder, ports));
        try {
          await feed(ports.in);
          await until('all messages taken', () => (input()?.accepted ?? 0) >= MESSAGES);
          await site.settled();
          const { records } = await site.api.records({
            ...{ from: 0, to: 2 ** 45, service: 'daemon', limit: 2_000 },
          });
          const numbers = records.map(({ message }) => Number(message.slice(1)));
          assert.deepEqual(
            numbers.sort((one, other) => one - other),
            [...Array(MESSAGES).keys()],
          );
          const errors = records.filter(({ level }) => level === 'ERROR').length;
          assert.equal(errors, MESSAGES / 100);
          const { accepted, stored, storedRecords, pending, quarantined } = site.api.ledger();
          assert.deepEqual([accepted - stored, pending, quarantined], [0, 0, 0]);
          assert.equal(storedRecords, input()?.accepted);
          assert.equal(input()?.raw, 0);
        } catch (error) {
          throw new Error(`${String(error)}\n${daemon.log}`, { cause: error });
        } finally {
          await daemon.stop();
          await site.close();
          rmSync(folder, { recursive: true, force: true });
        }
      },
      { deadlineMs: 60_000 },
    );
  }
});
