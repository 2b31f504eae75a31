import assert from 'node:assert/strict';
import { isSameOrigin } from '../../../src/gateway/http/origin.ts';
import { securityHeaders } from '../../../src/gateway/http/security-headers.ts';
import { describe } from '../../support/suite.ts';

describe('isSameOrigin', (it) => {
  for (const [origin, host, expected] of [
    [undefined, 'a:1', true],
    ['http://a:1', 'a:1', true],
    ['http://a:1', 'A:1', true],
    ['https://a', 'a', true],
    ['https://a', 'a:443', true],
    ['http://a', 'a:80', true],
    ['https://a', 'a:80', false],
    ['http://a:2', 'a:1', false],
    ['http://b:1', 'a:1', false],
    ['http://a:1.evil.example', 'a:1', false],
    ['null', 'a:1', false],
    ['', 'a:1', false],
    ['http://a:1', undefined, false],
  ] as const) {
    it(`says ${expected} for a page of ${String(origin)} at ${String(host)}`, () => {
      const headers = {
        ...(origin === undefined ? {} : { origin }),
        ...(host === undefined ? {} : { host }),
      };
      assert.equal(isSameOrigin({ headers }), expected);
    });
  }

  it('believes a browser that says cross-site', () => {
    assert.equal(isSameOrigin({ headers: { 'sec-fetch-site': 'cross-site', host: 'a' } }), false);
  });
});

describe('securityHeaders', (it) => {
  it('never lets a strange Host into the content policy', () => {
    for (const host of ["a; script-src 'unsafe-inline'", 'a b', undefined]) {
      const policy = securityHeaders(host, false)['content-security-policy'] ?? '';
      assert.match(policy, /connect-src 'self'; base-uri/);
    }
  });
});
