import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { postExchange } from '../../src/client/post-exchange.ts';
import { systemClock } from '../../src/core/clock.ts';
import { openSiteCertificates } from '../../src/security/certificates.ts';
import { describe } from '../support/suite.ts';

describe('POST under TLS', (it) => {
  it('trusts the authority that it is given, shows its certificate, and trusts no other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wk-post-'));
    const site = { folder, site: 'local', clock: systemClock, names: ['127.0.0.1'] };
    const certificates = await openSiteCertificates(site);
    const { ca } = certificates;
    const { cert, key } = await certificates.server();
    const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: false });
    server.on('request', (request, response) => {
      const { subjectaltname: name = 'none' } = (request.socket as TLSSocket).getPeerCertificate();
      request.resume();
      request.once('end', () => {
        const headers = { 'content-type': 'application/octet-stream', 'retry-after': '2' };
        response.writeHead(200, headers).end(name);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    try {
      await assert.rejects(postExchange(url)(Uint8Array.of(1)));
      const anonymous = await postExchange(url, { ca })(Uint8Array.of(1));
      assert.deepEqual([anonymous.status, anonymous.retryAfterMs], [200, 2_000]);
      const own = await certificates.device('watch-1');
      const known = await postExchange(url, { ca, ...own })(Uint8Array.of(1));
      assert.match(Buffer.from(known.body).toString(), /urn:device:watch-1/);
    } finally {
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
