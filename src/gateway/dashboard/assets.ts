import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { WatchkeeperError, messageOf } from '../../core/errors.ts';
import { projectRoot } from '../../core/root.ts';

/** A file of the dashboard, ready to be sent. */
interface DashboardAsset {
  readonly body: Buffer;
  /** Content type. */
  readonly type: string;
  /** Strong entity tag, with its quotes. */
  readonly etag: string;
}

export interface DashboardAssets {
  /** The file at a URL path such as `/` or `/assets/app.js`; undefined when there is none. */
  get(path: string): DashboardAsset | undefined;
}

/**
 * Bundles the dashboard's sources in memory, once. Works from the sources and
 * from dist/ alike: the sources are found from the project's root.
 * @throws WatchkeeperError CONFIG_MISSING when the sources are not there or do not build
 */
export async function createDashboardAssets(): Promise<DashboardAssets> {
  const folder = join(projectRoot(), 'src', 'gateway', 'dashboard');
  const [bundles, statics] = await Promise.all([bundle(folder), readStatics(folder)]);
  const files = new Map([...bundles, ...statics]);
  return { get: (path) => files.get(path) };
}

type Entry = readonly [path: string, asset: DashboardAsset];

/** Every browser of the last two years. */
const TARGET = ['es2022', 'chrome110', 'firefox115', 'safari16.4'];

async function bundle(folder: string): Promise<readonly Entry[]> {
  const result = await build({
    entryPoints: { app: join(folder, 'main.tsx'), style: join(folder, 'style', 'main.css') },
    outdir: '/assets',
    absWorkingDir: folder,
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    splitting: true,
    chunkNames: '[name]-[hash]',
    platform: 'browser',
    target: TARGET,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'silent',
  }).catch((error: unknown) => {
    throw new WatchkeeperError(
      'CONFIG_MISSING',
      `The dashboard did not build: ${messageOf(error)}`,
      {
        fix: 'Check that src/gateway/dashboard is complete, or start without the dashboard.',
        cause: error,
      },
    );
  });
  return result.outputFiles.map(({ path, contents }) => {
    const kind = path.endsWith('.css') ? 'css' : 'javascript';
    const body = Buffer.from(contents);
    return [`/assets/${basename(path)}`, asset(body, `text/${kind}; charset=utf-8`)];
  });
}

const STATICS: readonly (readonly [url: string, file: string, type: string])[] = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/index.html', 'index.html', 'text/html; charset=utf-8'],
  ['/favicon.svg', 'favicon.svg', 'image/svg+xml'],
  ['/manifest.webmanifest', 'manifest.webmanifest', 'application/manifest+json'],
];

async function readStatics(folder: string): Promise<readonly Entry[]> {
  return Promise.all(
    STATICS.map(async ([url, file, type]): Promise<Entry> => {
      return [url, asset(await readFile(join(folder, 'public', file)), type)];
    }),
  );
}

function asset(body: Buffer, type: string): DashboardAsset {
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  return { body, type, etag: `"${hash}"` };
}
