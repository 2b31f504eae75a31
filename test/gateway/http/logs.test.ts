import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { WatchkeeperError } from '../../../src/core/errors.ts';
import { ENTRY } from '../../../src/model/journal-entry.ts';
import { aRecord, startGateway, type Fixture } from '../../support/http-fixture.ts';
import { describe } from '../../support/suite.ts';

type Json = Readonly<Record<string, unknown>>;

describe('POST /v1/logs', (it) => {
  let gateway: Fixture;
  it.beforeEach(async () => {
    gateway = await startGateway({ limits: { logsBodyBytes: 4096, durableMs: 200 } });
  });
  it.afterEach(() => gateway.close());

  const post = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    gateway.call('/v1/logs', { as: 'service', method: 'POST', body, headers });

  it('takes a JSON array and journals one sealed group per service', async () => {
    const response = await post([aRecord(), aRecord({ service: 'auth' }), aRecord()]);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { accepted: 3 });
    assert.deepEqual(
      gateway.intake.entries.map(({ kind, subject }) => [kind, subject]),
      [
        [ENTRY.group, 'payment'],
        [ENTRY.group, 'auth'],
      ],
    );
    assert.equal(
      Buffer.from(gateway.intake.entries[0]!.body).subarray(0, 8).toString(),
      'payment|',
    );
  });

  it('takes NDJSON', async () => {
    const lines = `${JSON.stringify(aRecord())}\n\n${JSON.stringify(aRecord())}\n`;
    const response = await post(lines, { 'content-type': 'application/x-ndjson' });
    assert.deepEqual([response.status, await response.json()], [200, { accepted: 2 }]);
  });

  it('answers only after the groups are durable', async () => {
    gateway.intake.isHeld = true;
    let isAnswered = false;
    const answer = post([aRecord()]).then((response) => {
      isAnswered = true;
      return response;
    });
    while (gateway.intake.waiting === 0) await new Promise(setImmediate);
    await gateway.call('/healthz');
    assert.equal(isAnswered, false);
    gateway.intake.release(true);
    assert.equal((await answer).status, 200);
  });

  it('answers 503 when the journal fails before they are', async () => {
    gateway.intake.isHeld = true;
    const answer = post([aRecord()]);
    while (gateway.intake.waiting === 0) await new Promise(setImmediate);
    gateway.intake.release(false);
    const response = await answer;
    assert.equal(response.status, 503);
    assert.equal(((await response.json()) as Json)['code'], 'JOURNAL_FAILED');
  });

  it('answers 503 when the journal does not confirm in time', async () => {
    gateway.intake.isHeld = true;
    const response = await post([aRecord()]);
    assert.equal(response.status, 503);
    assert.equal(((await response.json()) as Json)['code'], 'OVERLOADED');
  });

  it('lists what it rejected, and hands it over as it came', async () => {
    const bad = aRecord({ level: 'LOUD' });
    const response = await post([aRecord(), bad]);
    assert.equal(response.status, 207);
    const body = (await response.json()) as { accepted: number; rejected: Json[] };
    assert.equal(body.accepted, 1);
    assert.equal(body.rejected.length, 1);
    assert.equal(body.rejected[0]!['index'], 1);
    assert.equal(body.rejected[0]!['pointer'], '/level');
    assert.equal(gateway.rejected.length, 1);
    assert.equal(Buffer.from(gateway.rejected[0]!.body).toString(), JSON.stringify(bad));
  });

  it('hands over rejected lines of NDJSON', async () => {
    const lines = `${JSON.stringify(aRecord())}\n\nnot json\n`;
    const response = await post(lines, { 'content-type': 'application/x-ndjson' });
    assert.equal(response.status, 207);
    assert.equal(Buffer.from(gateway.rejected[0]!.body).toString(), 'not json');
  });

  it('answers 400 with the reasons when no record is valid, and journals nothing', async () => {
    const response = await post([aRecord({ level: 'LOUD' })]);
    assert.equal(response.status, 400);
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
    const problem = (await response.json()) as Json;
    assert.equal(problem['code'], 'RECORD_INVALID');
    assert.equal((problem['rejected'] as unknown[]).length, 1);
    assert.equal(gateway.intake.entries.length, 0);
  });

  for (const [what, body, headers, status, code] of [
    [
      'broken JSON',
      '[{"secret-canary"',
      { 'content-type': 'application/json' },
      400,
      'PAYLOAD_INVALID',
    ],
    ['an empty body', '', { 'content-type': 'application/json' }, 400, undefined],
    [
      'deep nesting',
      '['.repeat(500),
      { 'content-type': 'application/json' },
      400,
      'PAYLOAD_INVALID',
    ],
    ['another content type', '<a/>', { 'content-type': 'text/xml' }, 415, 'UNSUPPORTED_MEDIA'],
    [
      'a body of another content coding',
      gzipSync('[]'),
      { 'content-type': 'application/json', 'content-encoding': 'br' },
      415,
      'UNSUPPORTED_MEDIA',
    ],
    [
      'a body over the limit',
      ' '.repeat(5000),
      { 'content-type': 'application/json' },
      413,
      'TOO_LARGE',
    ],
  ] as const) {
    it(`refuses ${what} with ${status}`, async () => {
      const response = await post(body, headers);
      const text = await response.text();
      assert.equal(response.status, status, text);
      assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
      assert.doesNotMatch(text, /canary|at .*\.ts/);
      if (code !== undefined) assert.equal((JSON.parse(text) as Json)['code'], code);
    });
  }

  for (const admission of ['busy', 'shed'] as const) {
    it(`answers 429 with Retry-After when the intake says ${admission}`, async () => {
      gateway.intake.admission = admission;
      const response = await post([aRecord()]);
      assert.equal(response.status, 429);
      assert.ok(Number(response.headers.get('retry-after')) >= 1);
      assert.equal(gateway.intake.entries.length, 0);
    });
  }

  it('answers 507 when the journal is full', async () => {
    gateway.intake.failure = new WatchkeeperError('JOURNAL_FULL', 'No room.');
    assert.equal((await post([aRecord()])).status, 507);
  });

  it('takes a repeated Idempotency-Key once and answers it alike', async () => {
    const headers = { 'idempotency-key': 'batch-7' };
    const body = [aRecord()];
    const answers = [await post(body, headers), await post(body, headers)];
    assert.deepEqual(await Promise.all(answers.map((answer) => answer.json())), [
      { accepted: 1 },
      { accepted: 1 },
    ]);
    assert.equal(gateway.intake.entries.length, 1);
  });

  it('makes a repetition wait for the first', async () => {
    gateway.intake.isHeld = true;
    const headers = { 'idempotency-key': 'batch-8' };
    const body = [aRecord()];
    const answers = [post(body, headers), post(body, headers)];
    while (gateway.intake.waiting === 0) await new Promise(setImmediate);
    gateway.intake.release(true);
    for (const answer of answers) assert.equal((await answer).status, 200);
    assert.equal(gateway.intake.entries.length, 1);
  });

  it('runs again after a failure under the same key', async () => {
    const headers = { 'idempotency-key': 'batch-9' };
    const body = [aRecord()];
    gateway.intake.admission = 'busy';
    assert.equal((await post(body, headers)).status, 429);
    gateway.intake.admission = 'accept';
    assert.equal((await post(body, headers)).status, 200);
  });

  it('refuses a key that came with another body, and one that is no key', async () => {
    await post([aRecord()], { 'idempotency-key': 'k' });
    assert.equal(
      (await post([aRecord({ message: 'other' })], { 'idempotency-key': 'k' })).status,
      409,
    );
    assert.equal((await post([aRecord()], { 'idempotency-key': 'a b' })).status, 400);
  });

  it('keeps the keys of two tokens apart', async () => {
    const headers = { 'idempotency-key': 'same' };
    await post([aRecord()], headers);
    const body = [aRecord({ message: 'other' })];
    const response = await gateway.call('/v1/logs', { as: 'operator', body, headers });
    assert.equal(response.status, 200);
    assert.equal(gateway.intake.entries.length, 2);
  });

  it('rejects records of a service that the token may not post for', async () => {
    const { token } = await gateway.store.issue({ role: 'service', name: 'auth', service: 'auth' });
    const response = await gateway.call('/v1/logs', {
      as: 'none',
      body: [aRecord({ service: 'auth' }), aRecord()],
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(response.status, 207);
    assert.deepEqual(
      gateway.intake.entries.map(({ subject }) => subject),
      ['auth'],
    );
  });
});
