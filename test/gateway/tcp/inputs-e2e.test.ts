import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { unpack } from 'msgpackr';
import { E2eSite } from '../../support/e2e/e2e-site.ts';
import { until } from '../../support/nats-server.ts';
import { describe } from '../../support/suite.ts';
import { openSiteCertificates } from '../../../src/security/certificates.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { entry, packedMode } from '../../wire/inputs/forward/messages.ts';
import {
  ack,
  compressedFrame,
  jsonFrame,
  windowFrame,
} from '../../wire/inputs/lumberjack/frames.ts';
import { NetClient } from './net-client.ts';

const CONFIG = `
inputs:
  - { type: lines, port: 0 }
  - { type: lines, name: tokens, port: 0, token: true, ack: true }
  - { type: syslog, port: 0 }
  - { type: syslog-udp, name: udp, port: 0 }
  - { type: syslog, name: tls, port: 0, tls: { client_certificates: required } }
  - { type: forward, port: 0, shared_key: hush }
  - { type: forward, name: open, port: 0 }
  - { type: lumberjack, port: 0 }
  - { type: lines, name: off, port: 0, enabled: false }
`;

describe('inputs of a site', (it) => {
  let site: E2eSite;
  const portOf = (name: string): number =>
    site.api.inputs().find((input) => input.name === name)?.port ?? 0;
  const countsOf = (name: string) => site.api.inputs().find((input) => input.name === name);
  const stored = async (service: string): Promise<readonly { message: string }[]> => {
    await site.settled();
    const { records } = await site.api.records({
      from: 0,
      to: 2 ** 45,
      service,
      limit: 1_000,
    });
    return records;
  };

  it.before(async () => {
    site = E2eSite.prepare({ withNats: false });
    writeFileSync(join(site.configFolder, 'inputs.yaml'), CONFIG);
    await site.up();
  });
  it.after(() => site.close());

  it('listen where the configuration says, and tell the ports they got', async () => {
    const { inputs } = await site.http.get<{ inputs: { name: string; port: number }[] }>(
      '/v1/inputs',
    );
    assert.deepEqual(
      inputs.map(({ name }) => name),
      ['lines', 'tokens', 'syslog', 'udp', 'tls', 'forward', 'open', 'lumberjack'],
    );
    assert.ok(inputs.every(({ port }) => port > 0));
    assert.deepEqual(
      site.handle.inputs?.map(({ url }) => url.replace(/\d+$/, 'n')),
      [
        ...['tcp', 'tcp', 'tcp', 'udp', 'tls', 'tcp', 'tcp', 'tcp'].map(
          (scheme) => `${scheme}://127.0.0.1:n`,
        ),
      ],
    );
    const { parts } = await site.api.health();
    assert.equal(parts.find(({ name }) => name === 'input syslog')?.state, 'ok');
  });

  it('take JSON lines and confirm them when asked', async () => {
    const client = await NetClient.connect(portOf('lines'));
    client.send('ACK\n{"service":"json-app","level":"error","message":"one"}\n');
    await client.untilText('OK 1\n');
    client.send('{"service":"json-app","message":"two"}\nnot json\n');
    await client.untilText('OK 3\n');
    client.close();
    const messages = (await stored('json-app')).map(({ message }) => message);
    assert.deepEqual(messages.sort(), ['one', 'two']);
    assert.equal(countsOf('lines')?.raw, 1);
    assert.equal(countsOf('lines')?.unacked, 0);
  });

  it('count what the sender hears nothing of', async () => {
    const client = await NetClient.connect(portOf('lines'));
    client.socket.end('{"service":"quiet","message":"one"}\n{"service":"quiet","message":"two"}');
    await client.closed();
    assert.equal((await stored('quiet')).length, 2);
    assert.equal(countsOf('lines')?.unacked, 2);
  });

  it('ask for a token where they are told to, and bind the sender to its service', async () => {
    const refused = await NetClient.connect(portOf('tokens'));
    refused.send('{"message":"no token"}\n');
    await refused.closed();
    assert.match(refused.received.toString(), /token/);
    const client = await NetClient.connect(portOf('tokens'));
    client.send(`{"token":"${site.token}"}\n{"service":"admitted","message":"one"}\n`);
    await client.untilText('OK 1\n');
    client.close();
    assert.equal((await stored('admitted')).length, 1);
    assert.deepEqual(countsOf('tokens')?.rejected, { unauthenticated: 1 });
  });

  it('take syslog over TCP, by octet counts and by lines', async () => {
    const client = await NetClient.connect(portOf('syslog'));
    const first = '<11>1 2026-01-01T00:00:00Z h octets 1 - - counted';
    client.socket.end(`${first.length} ${first}<14>Oct 11 22:14:15 h lines[7]: ended\n`);
    await client.closed();
    assert.deepEqual(
      (await stored('octets')).map(({ message }) => message),
      ['counted'],
    );
    assert.equal(countsOf('syslog')?.accepted, 2);
  });

  it('take syslog over UDP', async () => {
    const socket = createSocket('udp4');
    for (let index = 0; index < 50; index += 1) {
      socket.send(
        `<14>1 2026-01-01T00:00:00Z h datagrams - - - n${index}`,
        portOf('udp'),
        '127.0.0.1',
      );
    }
    await until('all datagrams taken', () => countsOf('udp')?.accepted === 50);
    socket.close();
    assert.equal((await stored('datagrams')).length, 50);
    assert.equal(site.api.ledger().rejected['datagrams_dropped'], undefined);
  });

  it("take syslog over TLS from whom the site's authority knows", async () => {
    const folder = site.dataFolder;
    const ca = readFileSync(join(folder, 'tls', 'ca.crt'), 'utf8');
    const certificates = await openSiteCertificates({
      folder,
      site: 'local',
      clock: systemClock,
      names: [],
    });
    const send = async (options: ConnectionOptions): Promise<void> => {
      const socket = connectTls({ host: '127.0.0.1', port: portOf('tls'), ca, ...options });
      const client = new NetClient(socket);
      const text = '<14>1 2026-01-01T00:00:00Z h secured - - - sealed';
      socket.end(`${text.length} ${text}`);
      await client.closed();
    };
    await send(await certificates.device('router-1'));
    await send({});
    assert.equal((await stored('secured')).length, 1);
    assert.deepEqual(countsOf('tls')?.rejected, { unauthenticated: 1 });
  });

  it('take a forward stream and confirm its chunks', async () => {
    const client = await NetClient.connect(portOf('open'));
    const entries = [1, 2, 3].map((n) => entry(Date.now(), { log: `event ${n}` }));
    client.send(packedMode('fluent.app', entries, { chunk: 'abc', isGzip: true }));
    const answer = await client.until((received) => received.length >= 9);
    assert.deepEqual(unpack(answer), { ack: 'abc' });
    assert.equal((await stored('fluent.app')).length, 3);
    client.close();
  });

  it('take no forward stream before the handshake', async () => {
    const client = await NetClient.connect(portOf('forward'));
    client.send(packedMode('sneaky', [entry(Date.now(), { log: 'x' })], { chunk: 'abc' }));
    await client.closed();
    assert.equal((unpack(client.received) as unknown[])[0], 'HELO');
    assert.deepEqual(countsOf('forward')?.rejected, { unauthenticated: 1 });
    assert.equal((await stored('sneaky')).length, 0);
  });

  it('take a window of Lumberjack and confirm it', async () => {
    const client = await NetClient.connect(portOf('lumberjack'));
    const events = Array.from({ length: 600 }, (_, index) =>
      jsonFrame(index + 1, { message: `event ${index}`, service: { name: 'beat' } }),
    );
    client.send(windowFrame(600));
    client.send(compressedFrame(events));
    await client.untilText(ack(600));
    client.close();
    assert.equal((await stored('beat')).length, 600);
  });

  it('keep an event that they cannot read raw, and a stream as a dead letter', async () => {
    const client = await NetClient.connect(portOf('lumberjack'));
    client.send(Buffer.concat([windowFrame(1), jsonFrame(1, '{"broken')]));
    await client.untilText(ack(1));
    client.send('GET / HTTP/1.1\r\n\r\n');
    await client.closed();
    await site.settled();
    const { letters } = await site.api.deadLetters({ limit: 10 });
    const bodies = letters.map(({ body }) => Buffer.from(body).toString());
    assert.equal((await stored('beats')).at(-1)?.message, '{"broken');
    assert.ok(bodies.includes('GET / HTTP/1.1\r\n\r\n'));
    const rejected = countsOf('lumberjack')?.rejected;
    assert.deepEqual(rejected, { malformed: 1 });
  });

  it('show in the metrics', async () => {
    const text = await (await fetch(`${site.handle.url}/metrics`)).text();
    assert.match(text, /watchkeeper_input_accepted_total\{input="lumberjack"\} 601/);
    assert.match(
      text,
      /watchkeeper_input_rejected_total\{input="lumberjack",reason="malformed"\} 1/,
    );
    assert.match(text, /watchkeeper_input_connections\{input="lines"\} 0/);
  });

  it('lose nothing they confirmed when the site stops', async () => {
    const client = await NetClient.connect(portOf('lumberjack'));
    client.send(
      Buffer.concat([windowFrame(1), jsonFrame(1, { message: 'x', service: { name: 'last' } })]),
    );
    await client.untilText(ack(1));
    await site.down();
    await client.closed();
    await site.up();
    assert.equal((await stored('last')).length, 1);
  });
});
