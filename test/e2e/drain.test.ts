import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileStorage, nodeCrypto, nodeTransport } from '../../src/client/node.ts';
import { liveClock } from '../../src/client/live-clock.ts';
import type { Transport } from '../../src/client/ports.ts';
import { WatchClient } from '../../src/client/watch-client.ts';
import { SiteClient } from '../../src/cli/http/site-client.ts';
import { projectRoot } from '../../src/core/root.ts';
import type { Ledger } from '../../src/model/ledger.ts';
import { generateDeviceKey } from '../../src/security/device-key.ts';
import { until } from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';
import { line } from '../support/e2e/records.ts';

const WATCHES = 4;

interface Up {
  readonly child: ChildProcess;
  readonly url: string;
  readonly token: string;
}

/** Starts `watchkeeper up` as a process and waits until it is ready. */
async function up(data: string, port: number): Promise<Up> {
  const env = { ...process.env };
  for (const name of Object.keys(env)) if (name.startsWith('WATCHKEEPER_')) delete env[name];
  const main = join(projectRoot(), 'src', 'cli', 'main.ts');
  const args = ['up', '--json', '--no-provision', '--port', String(port), '--data', data];
  const child = spawn(process.execPath, ['--import', 'tsx', '--no-warnings', main, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  await until('the ready line', () => out.includes('\n') || child.exitCode !== null, 30_000);
  const { url, token } = JSON.parse(out) as { url: string; token: string };
  return { child, url, token };
}

/** The transport, with the codes that its connections end with. */
function recordingCloses(inner: Transport, codes: number[]): Transport {
  return {
    connect: (events) =>
      inner.connect({
        message: (bytes) => {
          events.message(bytes);
        },
        closed: (code, reason) => {
          codes.push(code);
          events.closed(code, reason);
        },
      }),
  };
}

describe('SIGTERM under load', (it) => {
  it(
    'drains: exits with 0 within 5 s, tells watches to come back, loses and doubles nothing',
    async () => {
      const data = mkdtempSync(join(tmpdir(), 'wk-drain-'));
      const children: ChildProcess[] = [];
      const watches: WatchClient[] = [];
      try {
        const first = await up(data, 0);
        children.push(first.child);
        const http = new SiteClient(first);
        const codes: number[] = [];
        for (let n = 0; n < WATCHES; n += 1) {
          const { privateKey, publicKey } = generateDeviceKey();
          const device = `watch-${n}`;
          await http.post('/v1/devices', {
            id: device,
            publicKey: Buffer.from(publicKey).toString('base64url'),
          });
          const transport = nodeTransport(`${first.url.replace(/^http/, 'ws')}/v1/device`);
          const watch = new WatchClient(
            {
              ...{ device, crypto: nodeCrypto(privateKey), clock: liveClock },
              storage: fileStorage(join(data, `${device}.epoch.json`)),
            },
            recordingCloses(transport, codes),
          );
          watch.start();
          watches.push(watch);
        }
        // Each sends as fast as its frames are acked, until the site is gone and for a while after.
        let sent = 0;
        let isLoading = true;
        const load = setInterval(() => {
          if (!isLoading) return;
          for (const watch of watches) {
            for (let n = 0; n < 5 && watch.buffered < 1_000; n += 1) {
              sent += 1;
              watch.send([line({ service: 'app', level: 'INFO', message: `n ${sent}` })], 1);
            }
          }
        }, 2);
        await until(
          'load',
          () => watches.every((watch) => watch.counters.ackedFrames > 100),
          20_000,
        );
        const askedAt = performance.now();
        const exit = once(first.child, 'close');
        first.child.kill('SIGTERM');
        const [code] = (await exit) as [number | null];
        const tookMs = performance.now() - askedAt;
        assert.equal(code, 0);
        assert.ok(tookMs < 5_000, `it took ${tookMs} ms`);
        await until('all connections to close', () => codes.length >= WATCHES);
        assert.deepEqual(
          codes.slice(0, WATCHES),
          Array.from({ length: WATCHES }, () => 1012),
        );
        isLoading = false;
        clearInterval(load);
        http.close();

        const second = await up(data, Number(new URL(first.url).port));
        children.push(second.child);
        await Promise.all(watches.map((watch) => watch.flush()));
        const again = new SiteClient({ url: second.url, token: first.token });
        const ledger = await until('everything to be stored', async () => {
          const { ledger: now } = await again.get<{ ledger: Ledger }>('/v1/overview');
          return now.storedRecords >= sent && now;
        });
        assert.equal(ledger.storedRecords, sent);
        assert.equal(ledger.duplicates, 0, 'what was read before the end was acked before the end');
        assert.equal(ledger.pending, 0);
        again.close();
      } finally {
        for (const watch of watches) await watch.stop();
        for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
        rmSync(data, { recursive: true, force: true });
      }
    },
    { deadlineMs: 90_000 },
  );
});
