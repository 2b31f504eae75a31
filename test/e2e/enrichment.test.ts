import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EnrichmentInfo, Health } from '../../src/gateway/site-api.ts';
import type { Alert } from '../../src/model/alert.ts';
import { describe } from '../support/suite.ts';
import { E2eSite, withNats } from '../support/e2e/e2e-site.ts';
import { lines, vitals } from '../support/e2e/records.ts';
import { until } from '../support/nats-server.ts';

interface Found {
  readonly records: readonly {
    readonly service: string;
    readonly attributes?: Readonly<Record<string, unknown>>;
  }[];
}

const YAML = `enrichment:
  tables:
    - { name: services, file: services.csv }
    - { name: watches, file: watches.yaml }
    - name: people
      key: user
      rows: { u1: { team: red } }
  shifts:
    - { name: always, days: [mon, tue, wed, thu, fri, sat, sun], from: '00:00', to: '24:00' }
`;
const WATCHES = 'key: device\nrows: { w-1: { site: north, firmware: "2.1" } }\n';

describe('enrichment of a site', (it) => {
  const natsIt = withNats(it);
  let site: E2eSite;
  const write = (name: string, text: string): void =>
    writeFileSync(join(site.configFolder, name), text);
  const owners = (owner: string): void =>
    write('services.csv', `service,owner\npayment-service,${owner}\n`);
  const info = (): Promise<EnrichmentInfo> => site.http.get('/v1/enrichment');
  const find = async (filter: string): Promise<Found['records']> =>
    (await site.http.get<Found>('/v1/records/query', { from: '-1h', limit: 500, filter })).records;
  it.beforeEach(() => {
    site = E2eSite.prepare({ tuning: { configPollMs: 50 } });
    owners('ops');
    write('watches.yaml', WATCHES);
    write('enrichment.yaml', YAML);
  });
  it.afterEach(() => site.close());

  it('adds to records what the tables say when they are read', async () => {
    await site.up({ withNats: false });
    await site.logs([
      ...lines(3, { user_id: 'u1' }),
      ...lines(2, { service: 'auth' }),
      ...lines(1, { attributes: { owner: 'itself' } }),
    ]);
    const watch = await site.watch('w-1');
    watch.send([vitals(Date.now(), 70)], 1);
    await watch.flush();
    await site.settled();
    const mine = await find('owner:ops team:red shift:always');
    assert.equal(mine.length, 3);
    assert.deepEqual(mine[0]?.attributes, { owner: 'ops', team: 'red', shift: 'always' });
    assert.equal((await find('owner:itself')).length, 1);
    assert.equal((await find('-owner:*')).length, 3);
    assert.equal((await find('firmware:2.*')).length, 1);
    assert.equal((await find('attributes.site:north')).length, 1);
    // Another owner also for what is stored.
    owners('dev');
    await until('the new owner', async () => (await find('owner:dev')).length === 3);
    assert.equal((await find('owner:ops')).length, 0);
  });

  it('answers the times of a filter by an index', async () => {
    await site.up({ withNats: false });
    await site.logs(lines(20));
    await site.settled();
    const past = await site.http.get<{ plan: { indexes: string[]; recordsScanned: number } }>(
      '/v1/records/query',
      { from: '-1h', filter: 'timestamp<2020-01-01 owner:ops', explain: true },
    );
    assert.equal(past.plan.recordsScanned, 0);
    assert.equal((await find('timestamp>=2020-01-01 owner:ops')).length, 20);
  });

  it('says what is in force and why the newest file is not', async () => {
    await site.up({ withNats: false });
    const before = await info();
    assert.deepEqual(
      before.tables.map(({ name, key, source, rows }) => [name, key, source, rows]),
      [
        ['services', 'service', 'services.csv', 1],
        ['watches', 'device', 'watches.yaml', 1],
        ['people', 'user', 'enrichment.yaml', 1],
      ],
    );
    assert.deepEqual(before.shifts, ['always']);
    write('services.csv', 'service,owner\npayment-service,ops,x\n');
    await until('the mistake', async () => (await info()).problem !== undefined);
    const after = await info();
    assert.deepEqual(after.tables, before.tables);
    assert.match(after.problem ?? '', /services\.csv:2:1 Expected 2 columns, got 3/);
    const part = async (): Promise<Health['parts'][number] | undefined> =>
      (await site.http.get<Health>('/v1/health')).parts.find(({ name }) => name === 'enrichment');
    assert.equal((await part())?.state, 'degraded');
    assert.match((await part())?.evidence ?? '', /services\.csv:2:1 .* 3 tables with 3 rows/);
    owners('dev');
    await until('the mistake is mended', async () => (await part())?.state === 'ok');
    const mended = await info();
    assert.ok(mended.version > before.version);
    assert.notEqual(mended.tables[0]?.version, before.tables[0]?.version);
    assert.equal(mended.tables[1]?.version, before.tables[1]?.version);
  });

  natsIt('sends with alerts what the tables say, and keeps it out of them', async () => {
    await site.up();
    const heard = await site.listen();
    await site.logs(lines(120));
    await site.settled();
    await until('the alert', () => heard.length > 0);
    const [message] = heard;
    assert.deepEqual(message?.['enrichment'], { owner: 'ops', shift: 'always' });
    const { alerts } = await site.http.get<{ alerts: readonly Alert[] }>('/v1/alerts');
    const alert = alerts.find(({ id }) => id === message?.id);
    assert.ok(alert);
    assert.ok(!('enrichment' in alert));
    owners('dev');
    await until(
      'the new owner',
      async () => (await info()).version > 1 && (await find('owner:dev')).length > 0,
    );
    await site.http.post(`/v1/alerts/${alert.id}/ack`, {});
    await until('the next message', () =>
      heard.some(({ transition }) => transition === 'acknowledged'),
    );
    const next = heard.find(({ transition }) => transition === 'acknowledged');
    assert.equal(next?.id, alert.id);
    assert.deepEqual(next?.['enrichment'], { owner: 'dev', shift: 'always' });
  });
});
