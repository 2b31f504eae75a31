import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { WatchkeeperError } from '../../../../src/core/errors.ts';
import { CODINGS } from '../../../../src/gateway/http/content-coding.ts';
import { startGateway, type CallOptions, type Fixture } from '../../../support/http-fixture.ts';
import { landed } from '../../../support/input-fixture.ts';
import { emptyLog, otlpProtobuf } from '../../../support/otlp-writer.ts';
import { snappy } from '../../../support/snappy-writer.ts';
import { describe } from '../../../support/suite.ts';

type Json = Readonly<Record<string, unknown>>;

const json = 'application/json';
const protobuf = 'application/x-protobuf';
const log = { ...emptyLog, severityNumber: 9, body: { stringValue: 'hi' } };
const resource = [{ key: 'service.name', value: { stringValue: 'payment' } }];
const otlpBody = otlpProtobuf([{ resource, scopeName: '', scopeVersion: '', logs: [log] }]);
const tooLong = { ...log, body: { stringValue: 'x'.repeat(40_000) } };
const otlpMixed = otlpProtobuf([
  { resource, scopeName: '', scopeVersion: '', logs: [log, tooLong] },
]);

interface Probe {
  readonly path: string;
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly ok: number;
  /** Answers to a busy site, and to a full disk. */
  readonly busy: number;
  readonly full: number;
  /** What a refusal for business holds. */
  readonly says: RegExp;
}

/** A valid request to each input. */
const PROBES: Readonly<Record<string, Probe>> = {
  json: {
    path: '/v1/events',
    type: json,
    body: '{"message":"hi"}',
    ok: 200,
    busy: 429,
    full: 507,
    says: /"code":"RATE_LIMITED"/,
  },
  'otlp json': {
    path: '/otlp/v1/logs',
    type: json,
    body: '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hi"}}]}]}]}',
    ok: 200,
    busy: 429,
    full: 503,
    says: /"code":8/,
  },
  'otlp protobuf': {
    path: '/v1/logs',
    type: protobuf,
    body: otlpBody,
    ok: 200,
    busy: 429,
    full: 503,
    says: /busy/,
  },
  loki: {
    path: '/loki/api/v1/push',
    type: json,
    body: '{"streams":[{"stream":{"app":"payment"},"values":[["1769860800000000000","hi"]]}]}',
    ok: 204,
    busy: 429,
    full: 503,
    says: /busy/,
  },
  elasticsearch: {
    path: '/elastic/logs/_bulk',
    type: 'application/x-ndjson',
    body: '{"create":{}}\n{"message":"hi"}\n',
    ok: 200,
    busy: 429,
    full: 503,
    says: /es_rejected_execution_exception/,
  },
  splunk: {
    path: '/services/collector/event',
    type: json,
    body: '{"event":"hi"}',
    ok: 200,
    busy: 503,
    full: 503,
    says: /"code":9/,
  },
};

describe('HTTP inputs', (it) => {
  let gateway: Fixture;
  it.before(async () => {
    gateway = await startGateway({ limits: { durableMs: 300 } });
  });
  it.beforeEach(() => {
    gateway.intake.entries.length = 0;
    gateway.rejected.length = 0;
  });
  it.after(() => gateway.close());

  const send = (path: string, body: unknown, options: CallOptions = {}): Promise<Response> =>
    gateway.call(path, { as: 'service', method: 'POST', body, ...options });
  const probe = ({ path, type, body }: Probe, options: CallOptions = {}): Promise<Response> =>
    send(path, body, { ...options, headers: { 'content-type': type, ...options.headers } });
  const metric = async (line: string): Promise<number> => {
    const all = await (await gateway.call('/metrics')).text();
    return Number(
      all
        .split('\n')
        .find((each) => each.startsWith(line))
        ?.split(' ')
        .at(-1) ?? 0,
    );
  };

  for (const [name, each] of Object.entries(PROBES)) {
    it(`${name}: answers only after the records are durable`, async () => {
      gateway.intake.isHeld = true;
      let isAnswered = false;
      const answer = probe(each).then((response) => {
        isAnswered = true;
        return response;
      });
      while (gateway.intake.waiting === 0) await new Promise(setImmediate);
      await gateway.call('/healthz');
      assert.equal(isAnswered, false);
      gateway.intake.release(true);
      assert.equal((await answer).status, each.ok);
      assert.equal(landed(gateway)[0]?.message, 'hi');
    });

    it(`${name}: tells a sender to come back when the site is busy`, async () => {
      gateway.intake.admission = 'busy';
      const response = await probe(each);
      gateway.intake.admission = 'accept';
      const text = await response.text();
      assert.equal(response.status, each.busy, text);
      assert.ok(Number(response.headers.get('retry-after')) >= 1);
      assert.match(text, each.says);
      assert.equal(gateway.intake.entries.length, 0);
    });

    it(`${name}: is repeated by senders when the disk is full or the journal failed`, async () => {
      gateway.intake.failure = new WatchkeeperError('JOURNAL_FULL', 'No room.');
      const full = await probe(each);
      gateway.intake.failure = undefined;
      assert.equal(full.status, each.full);
      gateway.intake.isHeld = true;
      const failed = await probe(each);
      gateway.intake.release(false);
      assert.equal(failed.status, 503);
      assert.ok(Number(failed.headers.get('retry-after')) >= 1);
    });

    it(`${name}: takes the token however shippers send it, and no other`, async () => {
      const { service, viewer } = gateway.tokens;
      const basic = Buffer.from(`anybody:${service}`).toString('base64');
      for (const authorization of [
        `Bearer ${service}`,
        `Basic ${basic}`,
        `ApiKey ${basic}`,
        `ApiKey ${service}`,
        `Splunk ${service}`,
      ]) {
        const response = await probe(each, { as: 'none', headers: { authorization } });
        assert.equal(response.status, each.ok, authorization);
      }
      const wrong = Buffer.from('anybody:secret').toString('base64');
      for (const headers of [
        {},
        { authorization: `Basic ${wrong}` },
        { authorization: 'Splunk x' },
      ]) {
        const response = await probe(each, { as: 'none', headers });
        assert.ok([401, 403].includes(response.status));
      }
      const headers = { authorization: `Bearer ${viewer}` };
      assert.equal((await probe(each, { as: 'none', headers })).status, 403);
    });

    it(`${name}: takes gzip and both kinds of deflate`, async () => {
      for (const [coding, body] of [
        ['gzip', gzipSync(each.body)],
        ['x-gzip', gzipSync(each.body)],
        ['deflate', deflateSync(each.body)],
        ['deflate', deflateRawSync(each.body)],
      ] as const) {
        const response = await probe(
          { ...each, body },
          { headers: { 'content-encoding': coding } },
        );
        assert.equal(response.status, each.ok, coding);
      }
    });

    it(`${name}: gives up a bomb, and counts it`, async () => {
      const input =
        name.split(' ')[0] === 'otlp' && each.path === '/v1/logs' ? 'native' : name.split(' ')[0];
      const line = `watchkeeper_input_requests_refused_total{input="${input ?? ''}",reason="too_large"}`;
      const before = await metric(line);
      const bomb = gzipSync(Buffer.alloc(64 * 1_048_576), { level: 9 });
      const response = await probe(
        { ...each, body: bomb },
        { headers: { 'content-encoding': 'gzip' } },
      );
      assert.equal(response.status, 413);
      assert.equal((await metric(line)) - before, 1);
    });

    it(`${name}: refuses what is not what its coding says, and other codings`, async () => {
      const broken = gzipSync(each.body).subarray(0, 12);
      const response = await probe(
        { ...each, body: broken },
        { headers: { 'content-encoding': 'gzip' } },
      );
      assert.equal(response.status, 400);
      const br = await probe(each, { headers: { 'content-encoding': 'br' } });
      assert.equal(br.status, 415);
      const zstd = await probe(each, { headers: { 'content-encoding': 'zstd' } });
      assert.equal(zstd.status, CODINGS.includes('zstd') ? 400 : 415);
    });

    it(`${name}: rejects records of a service that the token may not post for`, async () => {
      const bound = await gateway.store.issue({ role: 'service', name: 'auth', service: 'auth' });
      const headers = { authorization: `Bearer ${bound.token}` };
      await probe(each, { as: 'none', headers });
      // What names no service is the token's; what names another is refused.
      assert.ok(landed(gateway).every(({ service }) => service === 'auth'));
      assert.equal(landed(gateway).length + gateway.rejected.length, 1);
      assert.ok(gateway.rejected.every(({ service }) => service === 'auth'));
    });

    it(`${name}: answers any bytes with a typed answer`, async () => {
      const types = [each.type, json, protobuf, 'text/plain'];
      await fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ minLength: 1, maxLength: 300 }),
          fc.constantFrom(...types),
          fc.nat(),
          async (noise, type, at) => {
            const mutated = Buffer.from(each.body);
            mutated.set(noise.subarray(0, 3), at % Math.max(1, mutated.length - 3));
            for (const body of [noise, mutated]) {
              const response = await probe({ ...each, body, type });
              assert.ok(response.status < 500, `${response.status} ${await response.text()}`);
            }
          },
        ),
        { numRuns: 25 },
      );
    });
  }

  it('otlp: reports what it rejected as a partial success, in the encoding of the request', async () => {
    const response = await send('/otlp/v1/logs', otlpMixed, {
      headers: { 'content-type': protobuf },
    });
    assert.equal(response.status, 200);
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.deepEqual([bytes[0], bytes[2], bytes[3], bytes[4]], [0x0a, 0x08, 1, 0x12]);
    assert.match(bytes.toString('latin1'), /1 rejected.*\/message/);
    const [letter] = gateway.rejected;
    assert.equal(letter?.index, 1);
    assert.match(Buffer.from(letter?.body ?? []).toString(), /"service":"payment"/);
    const body = JSON.stringify({
      resourceLogs: [
        { scopeLogs: [{ logRecords: [{ body: { stringValue: 'x'.repeat(40_000) } }] }] },
      ],
    });
    const asJson = (await (
      await send('/otlp/v1/logs', body, { headers: { 'content-type': json } })
    ).json()) as {
      partialSuccess: Json;
    };
    assert.equal(asJson.partialSuccess['rejectedLogRecords'], '1');
  });

  it('otlp: answers a malformed request with 400 and a status that is not repeated', async () => {
    const response = await send('/otlp/v1/logs', Buffer.from([0xff]), {
      headers: { 'content-type': protobuf },
    });
    assert.deepEqual([response.status, response.headers.get('retry-after')], [400, null]);
    assert.equal(Buffer.from(await response.arrayBuffer())[1], 3);
  });

  it('loki: keeps what is valid and says what is not', async () => {
    const time = String(BigInt(Date.now()) * 1_000_000n);
    const values = [
      [time, 'fine'],
      [time, 'x'.repeat(40_000)],
    ];
    const response = await send('/loki/api/v1/push', { streams: [{ stream: {}, values }] });
    assert.equal(response.status, 400);
    assert.match(await response.text(), /1 rejected.*1 accepted/);
    assert.deepEqual(
      landed(gateway).map(({ message }) => message),
      ['fine'],
    );
  });

  it('loki: refuses a snappy block that claims or comes to too much', async () => {
    const headers = { 'content-type': protobuf };
    const huge = await send('/loki/api/v1/push', Buffer.from('ffffffff0f00', 'hex'), { headers });
    assert.equal(huge.status, 413);
    const bomb = snappy(Buffer.alloc(5 * 1_048_576));
    assert.equal((await send('/loki/api/v1/push', bomb, { headers })).status, 413);
    assert.equal((await gateway.call('/ready', { as: 'none' })).status, 200);
  });

  it('elasticsearch: gives each operation its result', async () => {
    const body = [
      '{"index":{"_index":"a","_id":"1"}}',
      '{"message":"one"}',
      '{"create":{}}',
      'not json',
      '{"delete":{"_id":"1"}}',
      '{"update":{"_id":"1"}}',
      '{"doc":{}}',
      '{"create":{}}',
      '{"message":"late","@timestamp":"yesterday"}',
      '{"create":{}}',
      '{"message":"two"}',
    ].join('\n');
    const response = await send('/elastic/logs/_bulk', `${body}\n`, {
      headers: { 'content-type': json },
    });
    assert.equal(response.headers.get('x-elastic-product'), 'Elasticsearch');
    const answer = (await response.json()) as { errors: boolean; items: Record<string, Json>[] };
    assert.equal(answer.errors, true);
    assert.deepEqual(
      answer.items.map(
        (item) =>
          Object.entries(item).map(([action, { status, error, _index }]) => [
            action,
            status,
            _index,
            (error as Json | undefined)?.['type'],
          ])[0],
      ),
      [
        ['index', 201, 'a', undefined],
        ['create', 400, 'logs', 'mapper_parsing_exception'],
        ['delete', 400, 'logs', 'illegal_argument_exception'],
        ['update', 400, 'logs', 'illegal_argument_exception'],
        ['create', 400, 'logs', 'mapper_parsing_exception'],
        ['create', 201, 'logs', undefined],
      ],
    );
    assert.equal(answer.items[0]?.['index']?.['_id'], '1');
    assert.deepEqual(
      landed(gateway).map(({ message, attributes }) => [message, attributes?.['_index']]),
      [
        ['one', 'a'],
        ['two', 'logs'],
      ],
    );
    assert.deepEqual(
      gateway.rejected.map(({ index, pointer }) => [index, pointer]),
      [
        [1, ''],
        [2, '/timestamp'],
      ],
    );
    assert.equal(Buffer.from(gateway.rejected[0]?.body ?? []).toString(), 'not json');
  });

  for (const [what, body] of [
    ['a line that is no action', 'hello\n'],
    ['two actions in one line', '{"index":{},"create":{}}\n{}\n'],
    ['an action without its document', '{"index":{}}\n'],
  ] as const) {
    it(`elasticsearch: refuses ${what} as a whole`, async () => {
      const response = await send('/_bulk', body, { headers: { 'content-type': json } });
      const { error, status } = (await response.json()) as { error: Json; status: number };
      assert.deepEqual(
        [response.status, status, error['type']],
        [400, 400, 'illegal_argument_exception'],
      );
    });
  }

  for (const path of ['/_bulk', '/logs/_bulk', '/elastic/_bulk', '/elastic/logs/_bulk']) {
    it(`elasticsearch: takes a bulk that is put to ${path}, as newer clients do`, async () => {
      const response = await send(path, '{"index":{"_index":"a"}}\n{"message":"one"}\n', {
        method: 'PUT',
        headers: { 'content-type': 'application/vnd.elasticsearch+x-ndjson; compatible-with=9' },
      });
      const answer = (await response.json()) as { errors: boolean };
      assert.deepEqual([response.status, answer.errors], [200, false]);
      assert.deepEqual(
        landed(gateway).map(({ message }) => message),
        ['one'],
      );
    });
  }

  it('elasticsearch: takes a document that is sent to an index', async () => {
    const headers = { 'content-type': 'application/vnd.elasticsearch+json; compatible-with=8' };
    const response = await send('/elastic/app/_doc', '{"message":"one"}', { headers });
    const answer = (await response.json()) as Json;
    assert.deepEqual(
      [response.status, answer['_index'], answer['result']],
      [201, 'app', 'created'],
    );
    const [record] = landed(gateway);
    assert.deepEqual([record?.message, record?.attributes?.['_index']], ['one', 'app']);
    for (const body of ['[]', '{"message":"late","@timestamp":"yesterday"}']) {
      const refused = await send('/elastic/app/_doc', body, { headers });
      assert.equal(refused.status, 400, body);
      assert.equal(((await refused.json()) as { status: number }).status, 400);
    }
    assert.equal(landed(gateway).length, 1);
    assert.equal(gateway.rejected.length, 2);
  });

  for (const [method, path, status] of [
    ['POST', '/elastic/app/_refresh', 405],
    ['DELETE', '/elastic/app', 405],
    ['POST', '/elastic', 405],
    ['HEAD', '/elastic/app', 404],
  ] as const) {
    it(`elasticsearch: refuses ${method} ${path} in a form that clients can read`, async () => {
      const response = await gateway.call(path, { as: 'service', method });
      assert.equal(response.status, status);
      assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
      if (method === 'HEAD') return;
      const answer = (await response.json()) as { error: Json; status: number };
      assert.deepEqual([answer.status, typeof answer.error['type']], [status, 'string']);
    });
  }

  it('elasticsearch: answers what shippers ask before they send', async () => {
    const as = 'service';
    for (const path of ['/elastic', '/elastic/']) {
      const response = await gateway.call(path, { as });
      assert.equal(response.headers.get('x-elastic-product'), 'Elasticsearch');
      const { version } = (await response.json()) as { version: Json };
      assert.match(String(version['number']), /^8\./);
    }
    const accept = 'application/vnd.elasticsearch+json; compatible-with=8';
    assert.equal(
      (await gateway.call('/', { as: 'none', headers: { accept } })).headers.get(
        'x-elastic-product',
      ),
      'Elasticsearch',
    );
    const browser = await gateway.call('/', {
      as: 'none',
      headers: { accept: 'text/html,application/json' },
    });
    assert.equal(browser.headers.get('x-elastic-product'), null);
    for (const path of ['/_license', '/elastic/_license', '/_xpack', '/_cluster/health']) {
      assert.equal((await gateway.call(path, { as })).status, 200, path);
    }
    const template = '/elastic/_index_template/filebeat-8.17.0';
    assert.equal((await gateway.call(template, { as })).status, 404);
    assert.equal((await gateway.call(template, { as, method: 'HEAD' })).status, 404);
    const put = await gateway.call(template, {
      as,
      method: 'PUT',
      body: { large: 'x'.repeat(100_000) },
    });
    assert.deepEqual([put.status, await put.json()], [200, { acknowledged: true }]);
    assert.match(put.headers.get('warning') ?? '', /not kept/);
    for (const [path, status] of [
      ['/elastic/my-index', 200],
      ['/elastic/_unheard_of', 404],
      ['/elastic/my-index/_mapping', 404],
    ] as const) {
      assert.equal((await gateway.call(path, { as, method: 'PUT' })).status, status, path);
      assert.equal(
        (await gateway.call(path, { as, method: 'PUT', body: {} })).status,
        status,
        path,
      );
    }
    assert.equal((await gateway.call('/elastic/', { as: 'none' })).status, 401);
  });

  it('splunk: reads text that is a JSON object as the event that it is', async () => {
    const event = JSON.stringify({
      service: 'shop',
      level: 'error',
      message: 'out of stock',
      n: 1,
    });
    await send('/services/collector/event', { time: 1_769_860_800, host: 'box', event });
    await send('/services/collector/raw?host=box', `${event}\n{"not": json}\n`, {
      headers: { 'content-type': 'text/plain' },
    });
    const [one, two, three] = landed(gateway);
    for (const record of [one, two]) {
      assert.deepEqual(
        [record?.service, record?.level, record?.message, record?.attributes],
        ['shop', 'ERROR', 'out of stock', { n: 1, host: 'box' }],
      );
    }
    assert.equal(one?.timestamp, 1_769_860_800_000);
    assert.equal(three?.message, '{"not": json}');
  });

  it('splunk: takes objects one after the other, of any content type', async () => {
    const body =
      '{"event":"one","fields":{"service":"a","level":"warn"}}{"event":{"msg":"two"}}\n{"event":3,"time":"1769860800.5"}';
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', json]) {
      const response = await send('/services/collector', body, {
        headers: { 'content-type': type },
      });
      assert.deepEqual(
        [response.status, await response.json()],
        [200, { text: 'Success', code: 0 }],
      );
    }
    assert.deepEqual(
      landed(gateway)
        .slice(0, 3)
        .map(({ service, level, message }) => [service, level, message]),
      [
        ['a', 'WARNING', 'one'],
        ['unknown_service', 'INFO', 'two'],
        ['unknown_service', 'INFO', '3'],
      ],
    );
  });

  it('splunk: takes a body without a content type', async () => {
    const { port } = new URL(gateway.url);
    const socket = connect(Number(port), '127.0.0.1');
    const body = '{"event":"bare"}';
    socket.write(
      `POST /services/collector HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Splunk ${gateway.tokens.service}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*"code":0/);
  });

  for (const [what, body, status, code, number] of [
    ['no data', '', 400, 5, undefined],
    ['white space', ' \n', 400, 5, undefined],
    ['no JSON', 'hello', 400, 6, 0],
    ['an array', '[{"event":"a"}]', 400, 6, 0],
    ['an event cut off', '{"event":"a"}{"event":', 400, 6, 1],
    ['no event', '{"event":"a"}{"time":1}', 400, 12, 1],
    ['a blank event', '{"event":""}', 400, 13, 0],
    ['a time that is none', '{"event":"a","time":"soon"}', 400, 6, 0],
  ] as const) {
    it(`splunk: answers ${what} with code ${code}`, async () => {
      const response = await send('/services/collector/event', body, {
        headers: { 'content-type': json },
      });
      const answer = (await response.json()) as Json;
      assert.deepEqual(
        [response.status, answer['code'], answer['invalid-event-number']],
        [status, code, number],
      );
    });
  }

  it('splunk: takes lines, with what the URL says of them, and says that it is well', async () => {
    const response = await send(
      '/services/collector/raw?sourcetype=nginx&time=1769860800',
      'one\r\n\ntwo',
      { headers: { 'content-type': 'text/plain' } },
    );
    assert.equal(response.status, 200);
    assert.deepEqual(
      landed(gateway).map(({ message, attributes }) => [message, attributes]),
      [
        ['one', { sourcetype: 'nginx' }],
        ['two', { sourcetype: 'nginx' }],
      ],
    );
    const health = await gateway.call('/services/collector/health/1.0', { as: 'none' });
    assert.deepEqual(await health.json(), { text: 'HEC is healthy', code: 17 });
  });

  it('splunk: tells a missing token from a wrong one', async () => {
    const codes = [];
    for (const headers of [{}, { authorization: 'Splunk 00000000-0000-0000-0000-000000000000' }]) {
      const response = await send('/services/collector', '{"event":"a"}', { as: 'none', headers });
      codes.push([response.status, ((await response.json()) as Json)['code']]);
    }
    assert.deepEqual(codes, [
      [401, 2],
      [403, 4],
    ]);
  });

  it('json: lists what it rejected, takes lines and text, and refuses a body of nothing but rubbish', async () => {
    const mixed = await send('/v1/events', '{"message":"a"}\nrubbish\n', {
      headers: { 'content-type': 'application/x-ndjson' },
    });
    const { accepted, rejected } = (await mixed.json()) as { accepted: number; rejected: Json[] };
    assert.deepEqual([mixed.status, accepted, rejected[0]?.['index']], [200, 1, 1]);
    const text = await send('/v1/events', 'one\ntwo\n', {
      headers: { 'content-type': 'text/plain' },
    });
    assert.deepEqual(await text.json(), { accepted: 2, rejected: [] });
    const lines = await send('/v1/events', '{"log":"a"}\n{"log":"b"}\n', {
      headers: { 'content-type': json },
    });
    assert.deepEqual(await lines.json(), { accepted: 2, rejected: [] });
    assert.equal(
      (await send('/v1/events', '[1,2]', { headers: { 'content-type': json } })).status,
      400,
    );
    assert.equal(
      (await send('/v1/events', 'rubbish', { headers: { 'content-type': json } })).status,
      400,
    );
  });

  it('counts records and bytes by input', async () => {
    const labels = '{input="splunk"}';
    const before = [
      await metric(`watchkeeper_input_records_accepted_total${labels}`),
      await metric(`watchkeeper_input_bytes_total${labels}`),
      await metric('watchkeeper_input_records_rejected_total{input="splunk",reason="unreadable"}'),
    ];
    const body = '{"event":"a"}{"event":"b"}{"event":""}';
    await send('/services/collector', gzipSync(body), {
      headers: { 'content-type': json, 'content-encoding': 'gzip' },
    });
    assert.deepEqual(
      [
        await metric(`watchkeeper_input_records_accepted_total${labels}`),
        await metric(`watchkeeper_input_bytes_total${labels}`),
        await metric(
          'watchkeeper_input_records_rejected_total{input="splunk",reason="unreadable"}',
        ),
      ].map((value, index) => value - (before[index] ?? 0)),
      [2, body.length, 1],
    );
  });

  it('refuses more records than one body may hold, by every input', async () => {
    const count = 10_001;
    const values = Array.from({ length: count }, () => ['1', 'x']);
    for (const [path, body] of [
      ['/v1/events', `[${'{},'.repeat(count).slice(0, -1)}]`],
      ['/services/collector', '{"event":"a"}'.repeat(count)],
      ['/services/collector/raw', 'x\n'.repeat(count)],
      ['/elastic/_bulk', '{"create":{}}\n{}\n'.repeat(count)],
      ['/loki/api/v1/push', JSON.stringify({ streams: [{ stream: {}, values }] })],
    ] as const) {
      const response = await send(path, body, { headers: { 'content-type': json } });
      assert.equal(response.status, 413, path);
    }
    assert.equal(gateway.intake.entries.length, 0);
  });
});
