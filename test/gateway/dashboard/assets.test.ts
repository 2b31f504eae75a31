import assert from 'node:assert/strict';
import {
  createDashboardAssets,
  type DashboardAssets,
} from '../../../src/gateway/dashboard/assets.ts';
import { describe } from '../../support/suite.ts';

describe('dashboard assets', (it) => {
  let assets: DashboardAssets;
  it.before(async () => {
    assets = await createDashboardAssets();
  });

  it('has the page, its script, its style, its icon and its manifest', () => {
    const type = (path: string): string | undefined => assets.get(path)?.type;
    assert.equal(type('/'), 'text/html; charset=utf-8');
    assert.equal(type('/index.html'), 'text/html; charset=utf-8');
    assert.equal(type('/assets/app.js'), 'text/javascript; charset=utf-8');
    assert.equal(type('/assets/style.css'), 'text/css; charset=utf-8');
    assert.equal(type('/favicon.svg'), 'image/svg+xml');
    assert.equal(type('/manifest.webmanifest'), 'application/manifest+json');
    assert.equal(assets.get('/main.tsx'), undefined);
    assert.equal(assets.get('/../package.json'), undefined);
  });

  it('serves whatever the page and the script ask for', () => {
    const page = assets.get('/')?.body.toString() ?? '';
    const script = assets.get('/assets/app.js')?.body.toString() ?? '';
    const linked = [...page.matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
    const chunks = [...script.matchAll(/"\.\/([\w-]+\.js)"/g)].map(([, name]) => `/assets/${name}`);
    assert.ok(linked.length >= 4 && chunks.length >= 1);
    for (const path of [...linked, ...chunks]) assert.ok(assets.get(path), path);
  });

  it('stays small enough to load at once', () => {
    const size = assets.get('/assets/app.js')?.body.length ?? Infinity;
    assert.ok(size < 150_000, `app.js has ${size} bytes`);
    assert.ok((assets.get('/assets/style.css')?.body.length ?? Infinity) < 50_000);
  });

  it('tags a file by its content', async () => {
    const again = await createDashboardAssets();
    const tags = ['/', '/assets/app.js', '/assets/style.css'].map((path) => assets.get(path)?.etag);
    assert.deepEqual(
      tags,
      ['/', '/assets/app.js', '/assets/style.css'].map((path) => again.get(path)?.etag),
    );
    assert.equal(new Set(tags).size, 3);
    for (const tag of tags) assert.match(tag ?? '', /^"[\w-]{22}"$/);
  });
});
