import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { openTokenStore } from '../../src/security/tokens.ts';
import { SiteClient } from '../../src/cli/http/site-client.ts';
import { describe } from '../support/suite.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { line } from '../support/e2e/records.ts';

/** Every file below a folder. */
function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('tokens of a site', (it) => {
  let site: E2eSite;
  it.beforeEach(() => {
    site = E2eSite.prepare({ withNats: false });
  });
  it.afterEach(() => site.close());

  it('gives an admin token at the first start only, and keeps nothing but its hash', async () => {
    await site.up();
    const { token } = site.handle;
    assert.match(token ?? '', /^wk_/);
    // The secret is base64url and may hold underscores itself.
    const secret = /^wk_[a-z0-9]+_(.+)$/.exec(token ?? '')?.[1] ?? '';
    assert.ok(secret.length >= 43);
    await site.logs([line()]);
    await site.down();
    for (const file of filesOf(site.dataFolder)) {
      assert.equal(readFileSync(file).includes(secret), false, file);
    }
    assert.equal(statSync(join(site.dataFolder, 'tokens.json')).mode & 0o777, 0o600);
    await site.up();
    assert.equal(site.handle.token, undefined);
    assert.equal((await site.http.get<{ alerts: unknown[] }>('/v1/alerts')).alerts.length, 0);
  });

  it('holds a service’s token to its service, and lets nobody in without one', async () => {
    const tokens = await openTokenStore({ folder: site.dataFolder, clock: systemClock }).catch(
      async () => {
        // The data folder comes to be with the first start.
        await site.up();
        await site.down();
        return openTokenStore({ folder: site.dataFolder, clock: systemClock });
      },
    );
    const { token } = await tokens.issue({
      role: 'service',
      name: 'pay',
      service: 'payment-service',
    });
    await site.up();
    const { url } = site.handle;
    const service = new SiteClient({ url, token });
    const nobody = new SiteClient({ url });
    site.onClose(() => {
      service.close();
      nobody.close();
    });
    const post = (client: SiteClient, records: unknown) =>
      client.request({ method: 'POST', path: '/v1/logs', body: records });
    assert.deepEqual((await post(service, [line()])).body, { accepted: 1 });
    const mixed = await post(service, [line(), line({ service: 'auth' })]);
    assert.equal(mixed.status, 207);
    assert.equal(
      (mixed.body as { rejected: { pointer: string }[] }).rejected[0]?.pointer,
      '/service',
    );
    assert.equal((await post(service, [line({ service: 'auth' })])).status, 400);
    assert.equal((await service.request({ method: 'GET', path: '/v1/alerts' })).status, 403);
    for (const path of ['/v1/alerts', '/v1/actors', '/v1/devices', '/v1/overview']) {
      assert.equal((await nobody.request({ method: 'GET', path })).status, 401, path);
    }
    assert.equal((await post(nobody, [line()])).status, 401);
  });
});
