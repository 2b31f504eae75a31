import assert from 'node:assert/strict';
import { WatchkeeperError } from '../../../src/core/errors.ts';
import { ERROR_CODES, type ErrorCode } from '../../../src/core/error-codes.ts';
import { methodsOf } from '../../../src/gateway/http/methods.ts';
import { POLICY } from '../../../src/gateway/http/policy.ts';
import { startGateway, type Fixture } from '../../support/http-fixture.ts';
import { describe } from '../../support/suite.ts';

describe('methods and waiting', (it) => {
  let gateway: Fixture;
  it.before(async () => {
    gateway = await startGateway();
  });
  it.after(() => gateway.close());

  it('answers 405 with Allow for a wrong method on every route', async () => {
    for (const key of Object.keys(POLICY)) {
      const [, path = ''] = key.split(' ');
      if (path === '/*') continue;
      const url = path
        .replace(':kind', 'device')
        .replace(/:[a-z]+/g, 'x')
        .replace('*', 'x');
      for (const method of ['GET', 'DELETE', 'PUT', 'POST']) {
        if (methodsOf(url).includes(method)) continue;
        const response = await gateway.call(url, { as: 'admin', method });
        const body = (await response.json()) as {
          readonly code?: string;
          readonly status?: number;
        };
        assert.equal(response.status, 405, `${method} ${url}`);
        // Elasticsearch's errors have no code of ours.
        const isElastic = /^\/elastic(?:\/|$)/.test(url);
        assert.equal(body.code, isElastic ? undefined : 'METHOD_NOT_ALLOWED');
        assert.equal(body.status, 405);
        assert.equal(response.headers.get('allow'), methodsOf(url).join(', '));
      }
    }
  });

  it('answers 404 where there is no such path', async () => {
    for (const [method, path] of [
      ['GET', '/v1/nothing'],
      ['DELETE', '/v1/nothing'],
      ['GET', '/v1/alertsx'],
      ['POST', '/main.js'],
    ] as const) {
      const response = await gateway.call(path, { as: 'admin', method });
      assert.equal(response.status, 404, `${method} ${path}`);
      assert.equal(response.headers.get('allow'), null);
    }
    assert.deepEqual(methodsOf('/v1/records/query'), ['GET', 'HEAD', 'POST']);
  });

  it('says when to come again with every 429 and 503', async () => {
    const codes = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) =>
      [429, 503].includes(ERROR_CODES[code].status),
    );
    assert.ok(codes.length >= 5);
    for (const code of codes) {
      gateway.site.failNext(new WatchkeeperError(code, 'Not now.'));
      const response = await gateway.call('/v1/records/query', { as: 'admin' });
      assert.equal(response.status, ERROR_CODES[code].status, code);
      assert.ok(Number(response.headers.get('retry-after')) >= 1, code);
    }
    for (const status of [429, 503]) {
      gateway.devices.post = () => Promise.resolve({ status, body: Uint8Array.of(1) });
      const headers = { 'content-type': 'application/octet-stream' };
      const response = await gateway.call('/v1/device/frames', {
        as: 'none',
        method: 'POST',
        body: 'x',
        headers,
      });
      assert.equal(response.status, status);
      assert.ok(Number(response.headers.get('retry-after')) >= 1, `frames ${status}`);
    }
    gateway.site.setHealth({ ready: false });
    const ready = await gateway.call('/readyz', { as: 'none' });
    assert.equal(ready.status, 503);
    assert.ok(Number(ready.headers.get('retry-after')) >= 1);
  });
});
