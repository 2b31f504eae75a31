import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import type { StoredRecord } from '../../src/store/store.ts';
import { NetClient } from '../gateway/tcp/net-client.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { until } from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';
import { entry, packedMode } from '../wire/inputs/forward/messages.ts';

const CATASTROPHIC = '^(?:(?:a+)+)+(?:(?:a|a)+)+!$';
const BAD_LINE = 'a'.repeat(3_000);

const PARSERS = `
patterns:
  TILL: 'till-\\d{1,4}'
parsers:
  till:
    match: '^%{TILL:till} user=%{WORD:user} took=%{INT:duration_ms:int} %{GREEDYDATA:message}$'
  costly:
    match: '${CATASTROPHIC}'
sources:
  tills:
    parsers: [till]
    service: tills
    filters:
      - upper: [attributes.till]
      - set: { shop: north }
      - drop: true
        when: { field: message, equals: tick }
  costly-filter:
    parsers: [text]
    service: filtered
    filters:
      - grok: { field: message, match: '${CATASTROPHIC}' }
`;

const inputsOf = (file: string): string => `
inputs:
  - { type: lines, port: 0, parser: tills }
  - { type: syslog, port: 0, parser: till, service: tills-by-syslog }
  - { type: forward, port: 0, parser: tills }
  - { type: lines, name: costly, port: 0, parser: costly, service: costly }
  - { type: lines, name: costly-filter, port: 0, parser: costly-filter }
files:
  - { paths: ['${file}'], name: till-file, parser: tills, service: tills-by-file, poll: 100ms, start_at: beginning }
`;

describe('own parsers and filters in live inputs', (it) => {
  let site: E2eSite;
  const inputOf = (name: string) => {
    const found = site.api.inputs().find((input) => input.name === name);
    if (found === undefined) throw new Error(`There is no input "${name}".`);
    return found;
  };
  const clientOf = (name: string): Promise<NetClient> => NetClient.connect(inputOf(name).port);
  const stored = async (service: string): Promise<readonly StoredRecord[]> => {
    await site.settled();
    const query = { from: 0, to: 2 ** 45, service, limit: 1_000 } as const;
    return (await site.handle.parts.store.records.query(query)).records;
  };
  const metric = async (line: string): Promise<number> => {
    const { metrics } = site.handle.parts;
    const found = (await metrics.text()).split('\n').find((each) => each.startsWith(line));
    return Number(found?.slice(line.length).trim());
  };

  it.before(async () => {
    site = E2eSite.prepare({ withNats: false });
    const file = join(site.folder, 'till.log');
    writeFileSync(file, 'till-3 user=bo took=5 by file\ntill-3 user=bo took=5 tick\nunread\n');
    writeFileSync(join(site.configFolder, 'parsers.yaml'), PARSERS);
    writeFileSync(join(site.configFolder, 'inputs.yaml'), inputsOf(file));
    await site.up();
  });
  it.after(() => site.close());

  it('reads a line over TCP by an own pattern, and runs the filters of its source', async () => {
    const client = await clientOf('lines');
    client.send('ACK\ntill-7 user=ada took=950 slow payment\ntill-7 user=ada took=1 tick\nwhat\n');
    await client.untilText('OK 3\n');
    client.close();
    const records = await stored('tills');
    const read = records.find(({ message }) => message === 'slow payment');
    assert.equal(read?.duration_ms, 950);
    assert.equal(read?.attributes?.['till'], 'TILL-7');
    assert.equal(read?.attributes?.['shop'], 'north');
    const raw = records.find(({ message }) => message === 'what');
    assert.equal(raw?.attributes?.['unparsed'], true);
    assert.equal(raw?.attributes?.['shop'], 'north');
    assert.equal(records.length, 2, 'a filter dropped the third');
    const { raw: unread, accepted, rejected } = inputOf('lines');
    assert.deepEqual(
      { unread, accepted, rejected },
      { unread: 1, accepted: 2, rejected: { filtered: 1 } },
    );
    assert.deepEqual((await site.api.deadLetters({ limit: 10 })).letters, []);
  });

  it('reads syslog messages and the text of forwarded events by them too', async () => {
    const syslog = await clientOf('syslog');
    syslog.send('till-1 user=eve took=3 by syslog\n');
    syslog.socket.end();
    await syslog.closed();
    const [bySyslog] = await stored('tills-by-syslog');
    assert.equal(bySyslog?.message, 'by syslog');
    assert.equal(bySyslog?.attributes?.['shop'], undefined, 'a parser alone has no filters');

    const forward = await clientOf('forward');
    const events = ['till-2 user=kim took=4 by forward', 'till-2 user=kim took=4 tick'];
    const body = packedMode(
      't',
      events.map((message) => entry(1_750_000_000, { message })),
      { chunk: 'c1' },
    );
    forward.send(body);
    await forward.untilText('c1');
    forward.close();
    const texts = (await stored('tills')).map(({ message }) => message);
    assert.ok(texts.includes('by forward'));
    assert.ok(!texts.includes('tick'));
    assert.deepEqual(inputOf('forward').rejected, { filtered: 1 });
  });

  it('reads followed files by them, and counts what is unread', async () => {
    await until('the file is read', async () => (await stored('tills-by-file')).length === 2);
    const records = await stored('tills-by-file');
    const read = records.find(({ message }) => message === 'by file');
    assert.equal(read?.attributes?.['till'], 'TILL-3');
    assert.equal(await metric('watchkeeper_input_raw_total{input="till-file"}'), 1);
    assert.equal(
      await metric('watchkeeper_input_rejected_total{input="till-file",reason="filtered"}'),
      1,
    );
  });

  it('cuts a catastrophic pattern off, keeps the lines raw, and stalls nobody else', async () => {
    const count = 200;
    const sender = await clientOf('costly');
    const other = await clientOf('lines');
    sender.send(`ACK\n${`${BAD_LINE}\n`.repeat(count)}`);
    other.send('ACK\ntill-9 user=joe took=2 meanwhile\n');
    await other.untilText('OK 1\n');
    assert.ok(!sender.received.includes(`OK ${count}\n`), 'the other did not wait for it');
    await sender.untilText(`OK ${count}\n`);
    for (const client of [sender, other]) client.close();
    const records = await stored('costly');
    assert.equal(records.length, count);
    for (const { message, attributes } of records) {
      assert.equal(message, BAD_LINE);
      assert.equal(attributes?.['unparsed'], true);
    }
    assert.equal(inputOf('costly').raw, count);
    const cutOff = 'watchkeeper_grok_cut_off_total{parser="costly",stage="parser"}';
    assert.equal(await metric(cutOff), count);
  });

  it('counts what a filter had to stop', async () => {
    const cutOff = 'watchkeeper_grok_cut_off_total{parser="costly-filter",stage="filter"}';
    assert.equal(await metric(cutOff), 0, 'it is there before the first one');
    const client = await clientOf('costly-filter');
    client.send(`ACK\n${BAD_LINE}\n`);
    await client.untilText('OK 1\n');
    client.close();
    assert.deepEqual(
      (await stored('filtered')).map(({ message }) => message),
      [BAD_LINE],
    );
    assert.equal(await metric(cutOff), 1);
  });
});

describe('a site whose own parsers are wrong', (it) => {
  const refusal = async (parsers: string, inputs: string): Promise<string> => {
    const site = E2eSite.prepare({ withNats: false });
    writeFileSync(join(site.configFolder, 'parsers.yaml'), parsers);
    writeFileSync(join(site.configFolder, 'inputs.yaml'), inputs);
    try {
      await site.up();
    } catch (error) {
      assert.ok(isWatchkeeperError(error, 'CONFIG_INVALID'), String(error));
      return error.message;
    } finally {
      await site.close();
    }
    throw new Error('It started.');
  };

  it('does not start, and says where the mistake is', async () => {
    const message = await refusal("parsers:\n  mine:\n    match: '%{INTT:x}'\n", 'inputs: []\n');
    assert.match(message, /parsers\.yaml:3:\d+ .*INTT/);
  });

  it('names the parser that an input means, in each kind of input', async () => {
    const parsers = 'sources:\n  tills: { parsers: [json] }\n';
    const cases = [
      'inputs:\n  - { type: lines, port: 0, parser: tils }\n',
      "files:\n  - { paths: ['/nowhere'], parser: tils }\n",
      "kafka:\n  - { brokers: ['127.0.0.1:1'], topics: [t], parser: tils }\n",
    ];
    for (const inputs of cases) {
      const message = await refusal(parsers, inputs);
      assert.match(message, /inputs\.yaml:2:\d+ .*got "?tils"?\. .*tills/, message);
    }
  });
});
