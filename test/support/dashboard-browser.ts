import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { createDashboardAssets } from '../../src/gateway/dashboard/assets.ts';
import { DashboardServer, TOKEN } from './dashboard-server.ts';
import type { It, TestBody } from './suite.ts';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where Chromium is, or undefined. */
function chromiumPath(): string | undefined {
  const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const named = process.env['WATCHKEEPER_CHROMIUM'];
  return (named === undefined ? places : [named]).find((path) => existsSync(path));
}

/** Starts a Chromium with a profile of its own. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('Chromium is not installed.');
  return chromium.launch({ executablePath, args: FLAGS });
}

export interface OpenOptions {
  /** @default 1280 */
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  /** @default true */
  readonly signedIn?: boolean;
}

/** A fake site and a browser that looks at it. */
export class DashboardBrowser {
  readonly server: DashboardServer;
  /** What the page's console complained about. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;

  private constructor(server: DashboardServer, browser: Browser) {
    this.server = server;
    this.#browser = browser;
  }

  static async start(): Promise<DashboardBrowser> {
    const server = new DashboardServer(await createDashboardAssets());
    await server.start();
    return new DashboardBrowser(server, await launchChromium());
  }

  /** Opens `#hash` in a fresh profile. */
  async open(hash: string, options: OpenOptions = {}): Promise<Page> {
    const { width = 1280, scheme = 'light', signedIn = true } = options;
    const context = await this.#browser.newContext({
      viewport: { width, height: 860 },
      colorScheme: scheme,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    const to = encodeURIComponent(hash);
    await page.goto(`${this.server.url}/${signedIn ? `#token=${TOKEN}&to=${to}` : `#${hash}`}`);
    return page;
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.server.stop();
  }
}

/** Declares a test that needs Chromium; without it the test is skipped, and with CI=true it fails. */
export function itInBrowser(it: It, behaviour: string, body: TestBody): void {
  if (chromiumPath() !== undefined) {
    it(behaviour, body, { deadlineMs: 60_000 });
  } else if (process.env['CI'] === 'true') {
    it(behaviour, () => {
      throw new Error('Chromium is not installed.');
    });
  } else {
    it.skip(behaviour, 'Chromium is not installed');
  }
}

/** Rules of axe-core that the page breaks, with the elements. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: AxeApi }).axe;
    const { violations } = await axe.run(document);
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`,
    );
  });
}

interface AxeApi {
  run(root: Document): Promise<{
    violations: readonly {
      readonly id: string;
      readonly nodes: readonly { readonly html: string }[];
    }[];
  }>;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
