import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { projectRoot } from '../../src/core/root.ts';
import { itInBrowser, launchChromium } from '../support/dashboard-browser.ts';
import { describe } from '../support/suite.ts';
import { bufferContract } from './buffer-contract.ts';

/** A page with the contract in it; IndexedDB and Web Crypto need an origin, so it is served. */
class BufferPage {
  readonly #server: Server;
  readonly #browser: Browser;
  readonly page: Page;

  private constructor(server: Server, browser: Browser, page: Page) {
    this.#server = server;
    this.#browser = browser;
    this.page = page;
  }

  static async open(): Promise<BufferPage> {
    const { outputFiles } = await build({
      entryPoints: [join(projectRoot(), 'test/support/client-buffer-page.ts')],
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
      logLevel: 'warning',
    });
    const script = outputFiles[0]?.text ?? '';
    const server = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : '<!doctype html><script src="/page.js"></script>');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const browser = await launchChromium();
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return new BufferPage(server, browser, page);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

describe('buffer in IndexedDB', (it) => {
  let opened: BufferPage | undefined;
  const thePage = async (): Promise<Page> => {
    opened ??= await BufferPage.open();
    return opened.page;
  };
  it.after(async () => {
    await opened?.close();
  });

  for (const durability of ['fsync', 'os'] as const) {
    for (const [index, { name }] of bufferContract.entries()) {
      itInBrowser(it, `${name} (${durability})`, async () => {
        const page = await thePage();
        const complaint = await page.evaluate(([at, how]) => window.runCase(at, how), [
          index,
          durability,
        ] as const);
        assert.equal(complaint, '');
      });
    }
  }

  itInBrowser(it, 'is for one page at a time', async () => {
    const page = await thePage();
    assert.equal(await page.evaluate(() => window.openTwice()), 'DATA_DIR_LOCKED');
  });

  itInBrowser(
    it,
    'outlives the page, which need not close it, and so does the device key',
    async () => {
      const page = await thePage();
      const key = await page.evaluate(() => window.deviceKey());
      assert.equal(key.split(',').length, 32);
      for (let count = 0; count < 3; count += 1) {
        assert.equal(await page.evaluate(() => window.leaveOne()), count);
        await page.reload();
      }
      assert.equal(await page.evaluate(() => window.deviceKey()), key);
    },
  );
});
