import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../../src/core/root.ts';
import { E2eSite } from '../../support/e2e/e2e-site.ts';
import { freePort } from '../../support/nats-server.ts';
import { assertHeld, corpus, heldOf, type Sent } from '../../support/outsiders.ts';
import { describe } from '../../support/suite.ts';
import { Daemon, findDaemon } from '../../support/syslog-daemon.ts';

const EVENTS = 1_000;
const PRIORITIES = [15, 14, 12, 11, 10];

interface Ports {
  readonly in: number;
  readonly site: number;
  readonly token: string;
}

/** Replaces what the example takes from its machine; fails when the example has changed. */
function adapt(file: string, edits: readonly (readonly [string, string])[]): string {
  let text = readFileSync(join(projectRoot(), 'deploy', file), 'utf8');
  for (const [before, after] of edits) {
    assert.ok(text.includes(before), `${file} lacks ${before}`);
    text = text.replaceAll(before, after);
  }
  return text;
}

const rsyslog = (folder: string, ports: Ports): readonly string[] => {
  const file = join(folder, 'rsyslog.conf');
  const input = `input(type="imtcp" address="127.0.0.1" port="${ports.in}")`;
  const text = adapt('rsyslog-elasticsearch.conf', [
    ['/var/spool/rsyslog', folder],
    ['module(load="imuxsock")', `module(load="imtcp")\n${input}`],
    ['serverport="7180"', `serverport="${ports.site}"`],
    ['wk_token', ports.token],
  ]);
  // Line ends within messages stay as they are.
  const kept = 'global(parser.escapeControlCharactersOnReceive="off")';
  writeFileSync(file, `${kept}\n${text}`);
  return ['-n', '-f', file, '-i', join(folder, 'pid')];
};

const syslogNg = (folder: string, ports: Ports): readonly string[] => {
  const file = join(folder, 'syslog-ng.conf');
  const text = adapt('syslog-ng-http.conf', [
    [
      'unix-dgram("/dev/log");\n  internal();',
      `syslog(ip("127.0.0.1") port(${ports.in}) transport("tcp"));`,
    ],
    ['127.0.0.1:7180', `127.0.0.1:${ports.site}`],
    ['wk_token', ports.token],
    ['disk-buffer(', `disk-buffer(dir("${folder}") `],
  ]);
  writeFileSync(file, text);
  const [persist = '', pid = '', control = ''] = ['persist', 'pid', 'ctl'].map((name) =>
    join(folder, name),
  );
  return ['-F', '-f', file, '-R', persist, '-p', pid, '-c', control, '--no-caps'];
};

/** Sends events as counted messages of RFC 5424 once the daemon listens. */
async function feed(port: number, events: readonly Sent[]): Promise<void> {
  const frames = events.map(({ n, ms, message }) => {
    const head = `<${PRIORITIES[n % 5] ?? 14}>1 ${new Date(ms).toISOString()} box daemon 42 - -`;
    const frame = Buffer.from(`${head} ${message}`);
    return Buffer.concat([Buffer.from(`${frame.length} `), frame]);
  });
  for (;;) {
    const isSent = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', () => {
        resolve(false);
      });
      socket.once('connect', () => {
        socket.end(Buffer.concat(frames), () => {
          resolve(true);
        });
      });
    });
    if (isSent) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The daemons' word where it is none of ours. */
function severityOf({ level }: Sent): Readonly<Record<string, unknown>> {
  if (level === 'ERROR') return { severity_text: 'err' };
  return level === 'CRITICAL' ? { severity_text: 'crit' } : {};
}

describe('syslog daemons over HTTP', (it) => {
  const host = { host: 'box', facility: 'user' };
  for (const [name, configure, attributes] of [
    ['rsyslogd-http', rsyslog, { ...host, _index: 'syslog' }],
    ['syslog-ng-http', syslogNg, host],
  ] as const) {
    const { program, reason } = findDaemon(name);
    const behaviour = `${name} sends with its example, waits for a site that restarts, and loses nothing`;
    if (program === undefined) {
      it.skip(behaviour, reason);
      continue;
    }
    it(
      behaviour,
      async () => {
        const site = E2eSite.prepare({ withNats: false });
        const folder = mkdtempSync(join(tmpdir(), 'wk-daemon-'));
        const port = await freePort();
        await site.up({ options: { port } });
        const ports = { in: await freePort(), site: port, token: site.token };
        const daemon = new Daemon(program, configure(folder, ports));
        try {
          const sent = corpus(EVENTS, Date.now() - 60_000);
          const half = EVENTS / 2;
          await feed(ports.in, sent.slice(0, half));
          await heldOf(site, 'daemon', half);
          await site.down();
          await feed(ports.in, sent.slice(half));
          await site.up({ options: { port } });
          const held = await heldOf(site, 'daemon', EVENTS);
          const byTime = held.toSorted((one, other) => one.ms - other.ms);
          assertHeld(
            byTime.map((each, n) => ({ ...each, n })),
            sent.map((each) => ({ ...each, attributes: { ...attributes, ...severityOf(each) } })),
          );
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
