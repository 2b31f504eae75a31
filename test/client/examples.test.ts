import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { projectRoot } from '../../src/core/root.ts';
import { generateDeviceKey } from '../../src/security/device-key.ts';
import { hex } from '../../src/security/bytes.ts';
import { itInBrowser, launchChromium } from '../support/dashboard-browser.ts';
import { buildFaultSite } from '../support/fault/build-site.ts';
import { SiteRun } from '../support/fault/site.ts';
import { describe } from '../support/suite.ts';

const TOKEN = `wk_fault_${'A'.repeat(43)}`;
const EXAMPLES = join(projectRoot(), 'examples');

/** A real site that can be killed and started again. */
class ExampleSite {
  readonly folder = mkdtempSync(join(tmpdir(), 'wk-examples-'));
  #run: SiteRun | undefined;
  url = '';

  async start(): Promise<void> {
    const program = await buildFaultSite('examples');
    this.#run = new SiteRun(program, {
      dataFolder: join(this.folder, 'data'),
      configFolder: join(projectRoot(), 'config'),
      port: this.url === '' ? 0 : Number(new URL(this.url).port),
      token: TOKEN,
      sink: { file: join(this.folder, 'sink'), replyLoss: 0, refusal: 0, slowMs: 0, seed: 1 },
      snapshotEveryMs: 300,
    });
    this.url = (await this.#run.ready).url;
  }

  get deviceUrl(): string {
    return `${this.url.replace(/^http/, 'ws')}/v1/device`;
  }

  async enroll(id: string, publicKey: Uint8Array): Promise<void> {
    const body = JSON.stringify({ id, publicKey: Buffer.from(publicKey).toString('base64url') });
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const response = await fetch(`${this.url}/v1/devices`, { method: 'POST', headers, body });
    assert.equal(response.status, 201);
  }

  /** Stored times of the watch's vitals. */
  async times(device: string): Promise<number[]> {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const answer = await fetch(`${this.url}/v1/records/query?subject=device:${device}&limit=1000`, {
      headers,
    });
    assert.equal(answer.status, 200, await answer.clone().text());
    const { records } = (await answer.json()) as { records: { timestamp: number }[] };
    return records.map(({ timestamp }) => timestamp);
  }

  async kill(): Promise<void> {
    await this.#run?.kill();
  }
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** The example's page and its bundle, as its comment says to make it. */
async function servePage(): Promise<Server> {
  const { outputFiles } = await build({
    entryPoints: [join(projectRoot(), 'src/client/browser.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'warning',
  });
  const script = outputFiles[0]?.text ?? '';
  const page = readFileSync(join(EXAMPLES, 'watch-browser.html'));
  const server = createServer((request, response) => {
    const isScript = request.url === '/watch-browser.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : page);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('the examples', (it) => {
  const site = new ExampleSite();
  let server: Server | undefined;

  it.before(() => site.start());
  it.after(async () => {
    server?.closeAllConnections();
    server?.close();
    await site.kill();
    rmSync(site.folder, { recursive: true, force: true });
  });

  it(
    'on Node delivers, is killed, and goes on where it was',
    async () => {
      const { privateKey, publicKey } = generateDeviceKey();
      await site.enroll('watch-0001', publicKey);
      const start = (): ChildProcess =>
        spawn(
          process.execPath,
          [
            '--import',
            'tsx',
            '--no-warnings',
            join(EXAMPLES, 'watch-node.ts'),
            'watch-0001',
            site.folder,
          ],
          {
            stdio: 'ignore',
            env: {
              ...process.env,
              WATCHKEEPER_URL: site.deviceUrl,
              WATCHKEEPER_DEVICE_KEY: hex(privateKey),
            },
          },
        );
      for (let life = 1; life <= 2; life += 1) {
        const before = (await site.times('watch-0001')).length;
        const watch = start();
        await until(async () => (await site.times('watch-0001')).length >= before + 2);
        watch.kill('SIGKILL');
        await once(watch, 'close');
      }
      assert.deepEqual(readdirSync(join(site.folder, 'watch-0001.buffer')).length > 0, true);
      const times = await site.times('watch-0001');
      assert.equal(new Set(times).size, times.length);
    },
    { deadlineMs: 60_000 },
  );

  itInBrowser(
    it,
    'in a browser delivers, also what was sent before a reload while the site was down',
    async () => {
      server = await servePage();
      const browser = await launchChromium();
      try {
        const page = await browser.newPage();
        const complaints: string[] = [];
        page.on('pageerror', (error) => complaints.push(String(error)));
        const { port } = server.address() as AddressInfo;
        await page.goto(`http://127.0.0.1:${port}/#url=${encodeURIComponent(site.deviceUrl)}`);
        await page.waitForFunction(
          () => document.getElementById('key')?.textContent?.length === 64,
        );
        const key = await textOf(page, 'key');
        await site.enroll('browser-1', Buffer.from(key, 'hex'));
        await page.click('#connect');
        await until(async () => (await site.times('browser-1')).length > 0);
        await site.kill();
        await until(async () => Number(await textOf(page, 'buffered')) >= 2);
        await page.reload();
        await site.start();
        const before = (await site.times('browser-1')).length;
        assert.equal(await textOf(page, 'key'), key);
        await page.click('#connect');
        await until(async () => (await site.times('browser-1')).length >= before + 3);
        const times = await site.times('browser-1');
        assert.equal(new Set(times).size, times.length);
        assert.match(await textOf(page, 'state'), /^ready/);
        assert.deepEqual(complaints, []);
      } finally {
        await browser.close();
      }
    },
  );
});

async function textOf(page: Page, id: string): Promise<string> {
  return (await page.textContent(`#${id}`)) ?? '';
}
