import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { E2eSite } from '../../support/e2e/e2e-site.ts';
import {
  assertHeld,
  corpus,
  heldOf,
  runClient,
  writeEvents,
  type Outcome,
  type Sent,
} from '../../support/outsiders.ts';
import { describe } from '../../support/suite.ts';

const program = process.env['WATCHKEEPER_GO_CLIENTS'];
const EVENTS = 2_000;
const CONFIG = `
inputs:
  - { type: lumberjack, port: 0 }
  - { type: lumberjack, name: lumberjack-tls, port: 0, tls: true }
  - { type: forward, port: 0 }
`;

describe('clients in Go', (it) => {
  let site: E2eSite;
  let sent: readonly Sent[];
  let file: string;
  it.before(async () => {
    site = E2eSite.prepare({ withNats: false });
    writeFileSync(join(site.configFolder, 'inputs.yaml'), CONFIG);
    await site.up();
    sent = corpus(EVENTS, Date.now() - 60_000);
    file = writeEvents(site.folder, sent);
  });
  it.after(() => site.close());

  const address = (name: string): string => {
    const input = site.api.inputs().find((each) => each.name === name);
    return `127.0.0.1:${input?.port ?? 0}`;
  };
  const run = (
    client: string,
    target: string,
    options: Readonly<Record<string, string>>,
  ): Promise<Outcome> => {
    const pairs = Object.entries(options).map(([name, value]) => `${name}=${value}`);
    return runClient(program ?? '', [client, target, file, ...pairs]);
  };
  const withClients = (behaviour: string, body: () => Promise<void>): void => {
    if (program === undefined) it.skip(behaviour, 'Go 1.22 or newer did not build the clients');
    else it(behaviour, body, { deadlineMs: 120_000 });
  };

  for (const [client, options, name] of [
    ['lumberjack', { compression: '0' }, 'lumberjack'],
    ['lumberjack', { compression: '9' }, 'lumberjack'],
    ['lumberjack', { ca: 'tls/ca.crt' }, 'lumberjack-tls'],
    ['lumberjack-async', { inflight: '4' }, 'lumberjack'],
    ['fluent', { count: '300' }, 'forward'],
  ] as const) {
    const [option = ''] = Object.entries(options).map(([key, value]) => `${key} ${value}`);
    withClients(
      `${client} with ${option}: every event is confirmed and lands as sent`,
      async () => {
        const service = `${client}-${option.replace(/[^a-z0-9]/g, '-')}`;
        const given = { ...options, service };
        if ('ca' in given) given.ca = join(site.dataFolder, given.ca) as 'tls/ca.crt';
        assert.deepEqual(await run(client, address(name), given), { code: 0, errors: '' });
        const expected = 'count' in options ? sent.slice(0, Number(options.count)) : sent;
        assertHeld(await heldOf(site, service, expected.length), expected);
        const info = site.api.inputs().find((each) => each.name === name);
        assert.deepEqual([info?.raw, info?.unacked, info?.rejected], [0, 0, {}]);
      },
    );
  }

  withClients('elasticsearch: bulks from three workers land as sent', async () => {
    const options = { token: site.token, service: 'elastic' };
    const url = `${site.handle.url}/elastic`;
    assert.deepEqual(await run('elasticsearch', url, options), { code: 0, errors: '' });
    const held = await heldOf(site, 'elastic', EVENTS);
    assertHeld(
      held.map((each) => {
        const { _index, ...attributes } = each.attributes;
        assert.equal(_index, 'outsiders');
        return { ...each, attributes };
      }),
      sent,
    );
  });

  withClients('otlp: batches of the SDK land as sent', async () => {
    const options = { token: site.token, service: 'otlp' };
    assert.deepEqual(await run('otlp', site.handle.url, options), { code: 0, errors: '' });
    const held = await heldOf(site, 'otlp', EVENTS);
    assertHeld(
      held.map((each) => {
        const { resource, scope, severity_number: number, ...attributes } = each.attributes;
        // Fatal, of which our level has no number of its own.
        assert.equal(number, each.level === 'CRITICAL' ? 21 : undefined);
        assert.deepEqual(resource, { 'process.command_args': ['a', 'b'] });
        assert.deepEqual(scope, { name: 'outsiders' });
        return { ...each, attributes };
      }),
      sent,
    );
  });

  withClients('elasticsearch: says that a token is wrong', async () => {
    const options = { token: `wk_0123456789_${'a'.repeat(43)}`, service: 'nobody' };
    const { code, errors } = await run('elasticsearch', `${site.handle.url}/elastic`, options);
    assert.equal(code, 1);
    assert.match(errors, /security_exception/);
    assert.deepEqual(await heldOf(site, 'nobody', 0), []);
  });
});
