import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '../support/suite.ts';
import { fakeSite, problem, type FakeSite, type Reply, type Seen } from './fake-site.ts';
import { chunks, fakeTerminal, runIn } from './fake-terminal.ts';

const ID = '3f2a9c01d4e5f60718293a4b5c6d7e8f';
const alert = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: ID,
  site: 'local',
  type: 'error_spike',
  severity: 'high',
  subject: 'service:payment-service',
  state: 'open',
  summary: '150 errors in 5 minutes',
  actionRequired: 'Investigate immediately',
  openedAt: Date.UTC(2024, 1, 16, 14, 30),
  updatedAt: Date.UTC(2024, 1, 16, 14, 31),
  count: 1,
  revision: 1,
  evidence: {
    value: 150,
    threshold: 100,
    unit: 'errors',
    samples: [{ timestamp: 0, message: 'boom\u001b[31m' }],
  },
  ...changes,
});

const sites: FakeSite[] = [];
const folders: string[] = [];

async function site(routes: Readonly<Record<string, (seen: Seen) => Reply>>): Promise<FakeSite> {
  const made = await fakeSite(routes);
  sites.push(made);
  return made;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'watchkeeper-cli-'));
  folders.push(made);
  return made;
}

async function cleanUp(): Promise<void> {
  for (const made of sites.splice(0)) await made.close();
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
}

describe('alerts', (it) => {
  it.after(cleanUp);

  it('asks for open and acknowledged ones and prints a table', async () => {
    const { url, seen } = await site({ 'GET /v1/alerts': () => ({ body: { alerts: [alert()] } }) });
    const { code, out } = await runIn(fakeTerminal(), [
      'alerts',
      'list',
      '--url',
      url,
      '--token',
      't',
    ]);
    assert.equal(code, 0);
    assert.match(
      out,
      /^id +opened \(UTC\).*\n3f2a9c01d4e5 +2024-02-16 14:30:00 +HIGH +error_spike/,
    );
    assert.equal(seen[0]?.query.get('state'), 'open,acknowledged');
    assert.equal(seen[0]?.headers.authorization, 'Bearer t');
  });

  it('gives programs the page as JSON, and asks for every state with "all"', async () => {
    const { url, seen } = await site({ 'GET /v1/alerts': () => ({ body: { alerts: [alert()] } }) });
    const args = ['alerts', 'list', '--url', url, '--state', 'all', '--severity', 'high', '--json'];
    const { out } = await runIn(fakeTerminal(), args);
    assert.deepEqual(JSON.parse(out), { alerts: [alert()] });
    assert.equal(seen[0]?.query.get('state'), null);
    assert.equal(seen[0]?.query.get('severity'), 'high');
  });

  it('says so when nothing is open', async () => {
    const { url } = await site({ 'GET /v1/alerts': () => ({ body: { alerts: [] } }) });
    assert.match(
      (await runIn(fakeTerminal(), ['alerts', 'list', '--url', url])).out,
      /No alerts match/,
    );
  });

  it('acknowledges by the first letters of an id, once, with an idempotency key', async () => {
    const { url, seen } = await site({
      'GET /v1/alerts': () => ({ body: { alerts: [alert()] } }),
      [`POST /v1/alerts/${ID}/ack`]: () => ({ body: alert({ state: 'acknowledged' }) }),
    });
    const args = ['alerts', 'ack', ID.slice(0, 8), '--note', 'on it', '--url', url];
    assert.match((await runIn(fakeTerminal(), args)).out, /3f2a9c01d4e5 is acknowledged\./);
    const posts = seen.filter(({ route }) => route.startsWith('POST'));
    assert.equal(posts.length, 1);
    assert.deepEqual(JSON.parse(posts[0]?.body ?? ''), { note: 'on it' });
    assert.match(String(posts[0]?.headers['idempotency-key']), /^[0-9a-f-]{36}$/);
  });

  it('does not guess between two ids with the same first letters', async () => {
    const { url, seen } = await site({
      'GET /v1/alerts': () => ({
        body: { alerts: [alert(), alert({ id: `3f2a${'0'.repeat(28)}` })] },
      }),
      'GET /v1/alerts/3f2a': () => ({
        status: 404,
        body: problem('NOT_FOUND', 'There is no alert "3f2a".'),
      }),
    });
    const { code, err } = await runIn(fakeTerminal(), ['alerts', 'resolve', '3f2a', '--url', url]);
    assert.equal(code, 1);
    assert.match(err, /There is no alert "3f2a"/);
    assert.ok(seen.every(({ route }) => route.startsWith('GET')));
  });

  it('says how well each detector does, and asks for labels where there is none', async () => {
    const row = {
      ...{ id: 'error_spike', opened: 3, labelled: 2, useful: 1, false: 1, expected: 0 },
      ...{ precision: 0.5, precisionLow: 0.0945, precisionHigh: 0.9055, recall: 0.25 },
      ...{ alertsPerShift: 1.5, acknowledged: 1, ackP50Ms: 61_000, ackP95Ms: 7_200_000 },
    };
    const silent = { id: 'quiet', opened: 0, labelled: 0, useful: 0, false: 0, expected: 0 };
    const quiet = { ...silent, alertsPerShift: 0, acknowledged: 0 };
    const span = { from: Date.UTC(2024, 0, 1), at: Date.UTC(2024, 0, 31) };
    const whole = { ...span, usefulIncidents: 4, isComplete: true, detectors: [row], models: [] };
    let body: object = whole;
    const { url } = await site({ 'GET /v1/detectors/performance': () => ({ body }) });
    const run = async (...args: string[]) =>
      (await runIn(fakeTerminal(), ['alerts', 'stats', '--url', url, ...args])).out;
    const text = await run();
    assert.match(text, /^error_spike +3 +2 +1 +1 +0 +50 % \(9–91\) +25 % +1\.5 +1 min +2 h$/m);
    assert.match(text, /2024-01-01 00:00:00 to 2024-01-31 00:00:00 UTC; 4 useful incidents\./);
    assert.ok(!text.includes('No alert has a label'));
    assert.deepEqual(JSON.parse(await run('--json')), whole);
    const models = [{ ...quiet, id: 'a'.repeat(64) }];
    body = { ...whole, usefulIncidents: 1, isComplete: false, detectors: [quiet], models };
    const empty = await run();
    assert.match(empty, /^quiet +0 +0 +0 +0 +0 +– +– +0\.0 +– +–$/m);
    assert.match(empty, /^model .*\na{12} +0/m);
    assert.match(
      empty,
      /UTC, the newest alerts only; 1 useful incident\.\nNo alert has a label yet/,
    );
  });

  it('labels', async () => {
    const { url, seen } = await site({
      [`GET /v1/alerts/${ID}`]: () => ({ body: alert() }),
      [`POST /v1/alerts/${ID}/label`]: () => ({ body: alert() }),
    });
    assert.equal(
      (await runIn(fakeTerminal(), ['alerts', 'label', ID, 'useful', '--url', url])).code,
      0,
    );
    assert.deepEqual(JSON.parse(seen.at(-1)?.body ?? ''), { label: 'useful', note: '' });
  });

  it('shows one in the known block, and lets no escape sequence through', async () => {
    const { url } = await site({ [`GET /v1/alerts/${ID}`]: () => ({ body: alert() }) });
    const { out } = await runIn(fakeTerminal(), ['alerts', 'show', ID, '--url', url]);
    const block = [
      '⚠️ ANOMALY DETECTED',
      'Type: error_spike',
      'Service: payment-service',
      'Count: 150 errors in 5 minutes',
      'Severity: HIGH',
      'Time: 2024-02-16 14:30:00',
      'Action Required: Investigate immediately',
    ];
    assert.ok(out.startsWith(block.join('\n')), out);
    assert.ok(!out.includes('\u001b'));
    assert.match(out, /150 errors, threshold 100 errors/);
    assert.doesNotMatch(out, /label/);
  });

  it('shows the label of one, and who gave it', async () => {
    const labelled = alert({ label: 'false', labelledBy: 'mara\u001b' });
    const { url } = await site({ [`GET /v1/alerts/${ID}`]: () => ({ body: labelled }) });
    const { out } = await runIn(fakeTerminal(), ['alerts', 'show', ID, '--url', url]);
    assert.match(out, /^label {5}false by mara·$/m);
  });

  const refusals: readonly (readonly [
    status: number,
    body: unknown,
    code: number,
    text: RegExp,
  ])[] = [
    [
      401,
      problem('UNAUTHENTICATED', 'No token.'),
      77,
      /No token\.\n {2}fix: Give a token with --token/,
    ],
    [403, problem('FORBIDDEN', 'Not for viewers.'), 77, /Not for viewers/],
    [429, problem('RATE_LIMITED', 'Slower.', 'Wait.'), 75, /Slower\.\n {2}fix: Wait\./],
    [503, 'not json', 75, /The site answered 503/],
    [400, problem('QUERY_INVALID', 'Bad state.'), 2, /Bad state/],
    [418, {}, 1, /The site answered 418/],
  ];
  for (const [status, body, code, text] of refusals) {
    it(`exits with ${code} when the site answers ${status}`, async () => {
      const { url } = await site({ 'GET /v1/alerts': () => ({ status, body }) });
      const result = await runIn(fakeTerminal(), ['alerts', 'list', '--url', url]);
      assert.equal(result.code, code);
      assert.match(result.err, text);
    });
  }
});

describe('which site', (it) => {
  it.after(cleanUp);

  const routes = { 'GET /v1/devices': () => ({ body: { devices: [] } }) };
  const write = (data: string, url: string): void => {
    mkdirSync(data, { recursive: true });
    writeFileSync(
      join(data, 'site.json'),
      JSON.stringify({ url, token: 'of-the-folder', site: 's', pid: process.pid }),
    );
  };
  const list = ['device', 'list'];

  it('is the one that runs in the data folder, with its token', async () => {
    const { url, seen } = await site(routes);
    const data = folder();
    write(data, url);
    assert.equal((await runIn(fakeTerminal(), [...list, '--data', data])).code, 0);
    assert.equal(seen[0]?.headers.authorization, 'Bearer of-the-folder');
  });

  it('is the demo below the default data folder when no other is there', async () => {
    const { url, seen } = await site(routes);
    const cwd = folder();
    write(join(cwd, 'data', 'demo'), url);
    assert.equal((await runIn(fakeTerminal({ cwd }), list)).code, 0);
    assert.equal(seen.length, 1);
  });

  it('is named by the environment before the folder, and by the option before both', async () => {
    const [a, b] = [await site(routes), await site(routes)];
    const data = folder();
    write(data, 'http://127.0.0.1:1');
    const env = { WATCHKEEPER_URL: `${a.url}/`, WATCHKEEPER_TOKEN: 'of-the-env' };
    await runIn(fakeTerminal({ env }), [...list, '--data', data]);
    await runIn(fakeTerminal({ env }), [
      ...list,
      '--data',
      data,
      '--url',
      b.url,
      '--token',
      'mine',
    ]);
    assert.equal(a.seen[0]?.headers.authorization, 'Bearer of-the-env');
    assert.equal(b.seen[0]?.headers.authorization, 'Bearer mine');
  });

  it('never gets the token of another site', async () => {
    const { url, seen } = await site(routes);
    const data = folder();
    write(data, 'http://127.0.0.1:1');
    await runIn(fakeTerminal(), [...list, '--data', data, '--url', url]);
    assert.equal(seen[0]?.headers.authorization, undefined);
  });
});

describe('device', (it) => {
  it.after(cleanUp);

  const enrolled = (seen: Seen): Reply => {
    const { id, publicKey } = JSON.parse(seen.body) as { id: string; publicKey: string };
    return { status: 201, body: { id, publicKey, revoked: false, enrolledAt: 0, online: false } };
  };

  const siteKey = { site: 'lab', key_id: 'ab'.repeat(16), public_key: 'c2l0ZS1rZXk' };
  const answering = { 'POST /v1/devices': enrolled, 'GET /v1/site': () => ({ body: siteKey }) };

  it('hands over the key of the site to pin, in the file, as text and as JSON', async () => {
    const { url } = await site(answering);
    const data = folder();
    const args = ['device', 'enroll', 'w-1', '--url', url, '--data', data];
    const { out } = await runIn(fakeTerminal(), args);
    assert.ok(out.includes(siteKey.key_id) && out.includes(siteKey.public_key), out);
    const path = join(data, 'watches', 'w-1.json');
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(Buffer.from(kept['private_key'] ?? '', 'base64url').length, 32);
    assert.deepEqual(
      [kept['site'], kept['site_key_id'], kept['site_public_key']],
      ['lab', siteKey.key_id, siteKey.public_key],
    );
    const again = await runIn(fakeTerminal(), [...args, '--json']);
    const shown = JSON.parse(again.out) as Record<string, unknown>;
    assert.deepEqual(shown['siteKey'], { id: siteKey.key_id, publicKey: siteKey.public_key });
    assert.equal(shown['site'], 'lab');
  });

  it('enrols with a key that is made once and kept for its owner only', async () => {
    const { url, seen } = await site(answering);
    const data = folder();
    const args = ['device', 'enroll', 'watch:17', '--url', url, '--data', data];
    const { code, out } = await runIn(fakeTerminal(), args);
    assert.equal(code, 0, out);
    await runIn(fakeTerminal(), args);
    const posted = seen.filter(({ route }) => route === 'POST /v1/devices');
    const [first, second] = posted.map(({ body }) => JSON.parse(body) as { publicKey: string });
    assert.equal(second?.publicKey, first?.publicKey);
    assert.equal(Buffer.from(first?.publicKey ?? '', 'base64url').length, 32);
    const file = join(data, 'watches', 'watch%3A17.json');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { private_key: string };
    assert.ok(
      !seen.some(({ body }) => body.includes(kept.private_key)),
      'the private key stays here',
    );
    assert.ok(!out.includes(kept.private_key));
  });

  it('enrols a key that the watch made, and writes no file', async () => {
    const { url, seen } = await site(answering);
    const data = folder();
    const publicKey = Buffer.alloc(32, 7).toString('base64url');
    const args = [
      'device',
      'enroll',
      'w',
      '--public-key',
      publicKey,
      '--url',
      url,
      '--data',
      data,
      '--json',
    ];
    const { out } = await runIn(fakeTerminal(), args);
    assert.equal((JSON.parse(seen[0]?.body ?? '') as { publicKey: string }).publicKey, publicKey);
    assert.ok(!('keyFile' in (JSON.parse(out) as object)));
  });

  it('does not quote a damaged key file', async () => {
    const { url } = await site(answering);
    const data = folder();
    mkdirSync(join(data, 'watches'));
    writeFileSync(join(data, 'watches', 'w.json'), '{"private_key":"secret-but-short"}');
    const { code, err } = await runIn(fakeTerminal(), [
      'device',
      'enroll',
      'w',
      '--url',
      url,
      '--data',
      data,
    ]);
    assert.equal(code, 78);
    assert.ok(!err.includes('secret'));
  });

  it('lists and revokes', async () => {
    const { url, seen } = await site({
      'GET /v1/devices': () => ({
        body: {
          devices: [{ id: 'w-1', publicKey: 'k', revoked: true, enrolledAt: 0, online: false }],
        },
      }),
      'POST /v1/devices/w-1/revoke': () => ({ status: 204 }),
    });
    assert.match(
      (await runIn(fakeTerminal(), ['device', 'list', '--url', url])).out,
      /w-1 +revoked +1970/,
    );
    const revoke = ['device', 'revoke', 'w-1', '--reason', 'lost', '--url', url];
    assert.match((await runIn(fakeTerminal(), revoke)).out, /Revoked w-1/);
    assert.deepEqual(JSON.parse(seen.at(-1)?.body ?? ''), { reason: 'lost' });
  });
});

describe('query', (it) => {
  it.after(cleanUp);

  const record = (n: number): Record<string, unknown> => ({
    timestamp: n,
    level: 'ERROR',
    service: 'shop',
    message: `m${n}`,
    subject: 'service:shop',
    observed_at: n,
    lsn: n,
    ordinal: 0,
  });

  it('takes a level in any case, and no other word', async () => {
    const { url, seen } = await site({
      'POST /v1/records/query': () => ({ body: { records: [] } }),
    });
    const asking = (level: string) => ['query', '--level', level, '--url', url];
    assert.equal((await runIn(fakeTerminal(), asking('error'))).code, 0);
    assert.equal((JSON.parse(seen[0]?.body ?? '') as { level: string }).level, 'ERROR');
    const wrong = await runIn(fakeTerminal(), asking('loud'));
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /Expected one of DEBUG, INFO/);
    assert.equal(seen.length, 1);
  });

  it('names the watch of a record that has no user', async () => {
    const records = [{ ...record(1), service: 'watch', subject: 'device:w-17' }, record(2)];
    const { url } = await site({ 'POST /v1/records/query': () => ({ body: { records } }) });
    const { out } = await runIn(fakeTerminal(), ['query', '--url', url]);
    const [head, first, second] = out.split('\n');
    assert.match(head ?? '', /service +who +message/);
    assert.match(first ?? '', /watch +w-17 +m1$/);
    assert.match(second ?? '', /shop +m2$/);
  });

  it('follows pages up to the limit, one JSON line per record', async () => {
    const { url, seen } = await site({
      'POST /v1/records/query': ({ body }) => {
        const { cursor, limit } = JSON.parse(body) as { cursor?: string; limit: number };
        const from = Number(cursor ?? 0);
        const records = Array.from({ length: Math.min(limit, 1_000) }, (_, i) => record(from + i));
        return { body: { records, cursor: String(from + records.length) } };
      },
    });
    const args = [
      'query',
      'service:shop',
      'level>=ERROR',
      'no',
      'stock',
      '--limit',
      '1500',
      '--url',
      url,
      '--json',
    ];
    const lines = (await runIn(fakeTerminal(), args)).out.trim().split('\n');
    assert.equal(lines.length, 1_500);
    assert.deepEqual(JSON.parse(lines[1_499] ?? ''), record(1_499));
    assert.deepEqual(JSON.parse(seen[0]?.body ?? ''), {
      filter: 'service:shop level>=ERROR no stock',
      from: '-15m',
      axis: 'event',
      order: 'desc',
      limit: 1_000,
    });
    assert.deepEqual(
      seen.map(({ body }) => (JSON.parse(body) as { limit: number }).limit),
      [1_000, 500],
    );
  });

  it('prints a table, says that there is more, and explains on stderr', async () => {
    const plan = { indexes: ['service'], blocksConsidered: 2, blocksRead: 1, recordsScanned: 9 };
    const { url } = await site({
      'POST /v1/records/query': () => ({ body: { records: [record(1)], cursor: 'c', plan } }),
    });
    const args = ['query', '--service', 'shop', '--limit', '1', '--explain', '--url', url];
    const { out, err } = await runIn(fakeTerminal(), args);
    assert.match(out, /1970-01-01 00:00:00 +ERROR +shop +m1/);
    assert.match(err, /plan: .*"blocksRead":1/);
    assert.match(err, /There is more/);
  });

  it('says so when nothing matches', async () => {
    const { url } = await site({ 'POST /v1/records/query': () => ({ body: { records: [] } }) });
    assert.match((await runIn(fakeTerminal(), ['query', '--url', url])).out, /No record matches/);
  });
});

describe('send', (it) => {
  it.after(cleanUp);

  const accept = ({ body }: Seen): Reply => ({
    body: { accepted: body.trim().split('\n').length },
  });

  it('posts NDJSON from stdin as it is', async () => {
    const { url, seen } = await site({ 'POST /v1/logs': accept });
    const stdin = chunks('{"a":1}\n{"b"', ':"é"}\r\n\n', '{"c":3}');
    const { code, out } = await runIn(fakeTerminal({ stdin }), ['send', '-', '--url', url]);
    assert.equal(code, 0);
    assert.match(out, /3 accepted, 0 rejected/);
    assert.equal(seen[0]?.body, '{"a":1}\n{"b":"é"}\n{"c":3}\n');
    assert.equal(seen[0]?.headers['content-type'], 'application/x-ndjson');
  });

  it('takes a JSON array from a file', async () => {
    const { url, seen } = await site({ 'POST /v1/logs': accept });
    const file = join(folder(), 'records.json');
    writeFileSync(file, '[\n {"a":1},\n {"b":2}\n]\n');
    assert.equal((await runIn(fakeTerminal(), ['send', file, '--url', url])).code, 0);
    assert.equal(seen[0]?.body, '{"a":1}\n{"b":2}\n');
  });

  it('exits with 1 and names the record when some are rejected', async () => {
    const rejected = [{ index: 1, pointer: '/level', reason: 'Expected a level.' }];
    const { url } = await site({
      'POST /v1/logs': () => ({ status: 207, body: { accepted: 1, rejected } }),
    });
    const { code, out } = await runIn(fakeTerminal({ stdin: chunks('{}\n{}') }), [
      'send',
      '-',
      '--url',
      url,
    ]);
    assert.equal(code, 1);
    assert.match(out, /1 accepted, 1 rejected[^]*2 +\/level +Expected a level/);
  });

  it('counts a body of which nothing is valid as rejected', async () => {
    const body = {
      ...problem('RECORD_INVALID', 'None is valid.'),
      rejected: [{ index: 0, pointer: '', reason: 'r' }],
    };
    const { url } = await site({ 'POST /v1/logs': () => ({ status: 400, body }) });
    const { code, out } = await runIn(fakeTerminal({ stdin: chunks('{}') }), [
      'send',
      '-',
      '--url',
      url,
      '--json',
    ]);
    assert.equal(code, 1);
    assert.equal((JSON.parse(out) as { accepted: number }).accepted, 0);
  });

  it('waits as a busy site asks, and sends the same body again', async () => {
    let tries = 0;
    const { url, seen } = await site({
      'POST /v1/logs': (request) => {
        tries += 1;
        if (tries < 3)
          return {
            status: 429,
            headers: { 'retry-after': '0' },
            body: problem('RATE_LIMITED', 'Busy.'),
          };
        return accept(request);
      },
    });
    const { code } = await runIn(fakeTerminal({ stdin: chunks('{"a":1}') }), [
      'send',
      '-',
      '--url',
      url,
    ]);
    assert.equal(code, 0);
    assert.deepEqual(
      seen.map(({ body }) => body),
      Array(3).fill('{"a":1}\n'),
    );
  });

  it('says that a file is not there', async () => {
    const { code, err } = await runIn(fakeTerminal(), [
      'send',
      '/nowhere/x',
      '--url',
      'http://127.0.0.1:1',
    ]);
    assert.equal(code, 2);
    assert.match(err, /There is no file "\/nowhere\/x"/);
  });

  it('does not quote what is wrong with an array', async () => {
    const { code, err } = await runIn(fakeTerminal({ stdin: chunks('[{"secret": tru') }), [
      'send',
      '-',
      '--url',
      'http://127.0.0.1:1',
    ]);
    assert.equal(code, 2);
    assert.match(err, /not valid JSON/);
    assert.ok(!err.includes('secret'));
  });
});

describe('replay', (it) => {
  it.after(cleanUp);

  const routes = (now: number) => ({
    'GET /v1/overview': () => ({ body: { now, rate: 1 } }),
    'POST /v1/logs': ({ body }: Seen) => ({ body: { accepted: body.trim().split('\n').length } }),
  });
  const log = [
    'Dec 10 06:55:46 lab sshd[1]: Failed password for root from 10.0.0.1 port 1 ssh2',
    'garbage',
    'Dec 10 06:56:46 lab sshd[1]: Connection closed by 10.0.0.1 [preauth]',
    '',
  ];
  const records = (
    seen: readonly Seen[],
  ): { timestamp: number; message: string; service: string }[] =>
    seen
      .filter(({ route }) => route === 'POST /v1/logs')
      .flatMap(({ body }) => body.trim().split('\n'))
      .map((line) => JSON.parse(line) as { timestamp: number; message: string; service: string });

  it('moves a log so that its last line happens now by the site’s clock', async () => {
    const now = Date.UTC(2030, 5, 1);
    const { url, seen } = await site(routes(now));
    const file = join(folder(), 'auth.log');
    writeFileSync(file, log.join('\r\n'));
    const args = ['replay', file, '--as', 'openssh', '--url', url, '--json'];
    const { code, out } = await runIn(fakeTerminal(), args);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(out), {
      lines: 3,
      parsed: 2,
      unparsed: 1,
      shortenedGaps: 0,
      accepted: 3,
      rejected: 0,
    });
    const sent = records(seen);
    assert.ok(Math.abs((sent.at(-1)?.timestamp ?? 0) - now) < 5_000);
    assert.deepEqual(
      sent.map(({ timestamp }) => timestamp - (sent.at(-1)?.timestamp ?? 0)),
      [-60_000, -60_000, 0],
    );
    assert.equal(sent[1]?.message, 'garbage');
  });

  it('streams at a multiple of its pace, each line at the site’s present', async () => {
    const now = Date.UTC(2030, 5, 1);
    const { url, seen } = await site(routes(now));
    const file = join(folder(), 'auth.log');
    writeFileSync(file, log.join('\n'));
    const args = [
      'replay',
      file,
      '--as',
      'openssh',
      '--speed',
      '200',
      '--service',
      'edge',
      '--url',
      url,
    ];
    const { code, out } = await runIn(fakeTerminal(), args);
    assert.equal(code, 0);
    assert.match(out, /3 lines: 2 parsed, 1 kept whole/);
    const sent = records(seen);
    assert.deepEqual(new Set(sent.map(({ service }) => service)), new Set(['edge']));
    const spread = (sent.at(-1)?.timestamp ?? 0) - (sent[0]?.timestamp ?? 0);
    assert.ok(spread >= 200 && spread < 10_000, `${spread} ms`);
    assert.ok((sent[0]?.timestamp ?? 0) >= now);
  });

  it('says which file cannot be read', async () => {
    const { url } = await site(routes(0));
    const { code, err } = await runIn(fakeTerminal(), [
      'replay',
      '/nowhere/x',
      '--as',
      'text',
      '--url',
      url,
    ]);
    assert.equal(code, 2);
    assert.match(err, /Cannot read the log "\/nowhere\/x"/);
  });
});

describe('actors and dlq', (it) => {
  it.after(cleanUp);

  const actor = (path: string, parent?: string): Record<string, unknown> => ({
    path,
    name: path.split('/').at(-1),
    kind: 'device',
    parent,
    mailbox: 1,
    processed: 2,
    failures: 0,
    restarts: 3,
    state: 'busy',
    lastMessageAt: 0,
  });

  it('draws the tree', async () => {
    const actors = [
      actor('site'),
      actor('site/a', 'site'),
      actor('site/a/x', 'site/a'),
      actor('site/b', 'site'),
    ];
    const { url } = await site({ 'GET /v1/actors': () => ({ body: { actors } }) });
    const { out } = await runIn(fakeTerminal(), ['actors', 'tree', '--url', url]);
    const names = out
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(/ {2,}(?=device)/)[0]?.trimEnd());
    assert.deepEqual(names, ['site', '├─ a', '│  └─ x', '└─ b']);
    const upper = await runIn(fakeTerminal(), ['actors', 'tree', '--depth', '1', '--url', url]);
    assert.equal(upper.out.trim().split('\n').length, 2);
  });

  it('shows one actor by its path', async () => {
    const detail = {
      info: actor('/site/device-a'),
      state: { n: 1 },
      capturedAt: 0,
      recentErrors: ['boom'],
    };
    const { url } = await site({ 'GET /v1/actors/site/device-a': () => ({ body: detail }) });
    const { out } = await runIn(fakeTerminal(), ['actors', 'show', '/site/device-a', '--url', url]);
    assert.match(out, /device, busy, 3 restarts\n\{\n {2}"n": 1\n\}\nerror: boom/);
  });

  it('lists dead letters and finds one across pages', async () => {
    const letter = (id: string): Record<string, unknown> => ({
      id,
      lsn: 1,
      ordinal: 0,
      subject: 'device:w',
      stage: 'decode',
      reason: 'No map.',
      pointer: '/0',
      at: 0,
      body: Buffer.from('\u001bhi').toString('base64'),
    });
    const { url } = await site({
      'GET /v1/dlq': ({ query }) =>
        query.get('cursor') === 'c'
          ? { body: { letters: [letter('2.0.decode')] } }
          : { body: { letters: [letter('1.0.decode')], cursor: 'c' } },
    });
    assert.match(
      (await runIn(fakeTerminal(), ['dlq', 'list', '--url', url])).out,
      /1\.0\.decode .*\/0 No map\./,
    );
    assert.match(
      (await runIn(fakeTerminal(), ['dlq', 'show', '2.0.decode', '--url', url])).out,
      /3 bytes: ·hi/,
    );
    assert.equal((await runIn(fakeTerminal(), ['dlq', 'show', '9', '--url', url])).code, 1);
  });
});
