import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { systemClock } from '../../src/core/clock.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { importFiles, type FileSummary } from '../../src/cli/import/import-files.ts';
import type { ReadAs } from '../../src/cli/import/piece-reader.ts';
import { namedParsers } from '../../src/cli/named-parsers.ts';
import type { StoredRecord } from '../../src/store/store.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { describe } from '../support/suite.ts';

const AUTO: ReadAs = { parsers: namedParsers('auto'), service: undefined, isMultiline: false };
const folder = mkdtempSync(join(tmpdir(), 'wk-import-'));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function importInto(
  site: E2eSite,
  paths: readonly string[],
  as: Partial<ReadAs> = {},
): Promise<readonly FileSummary[]> {
  const context = { clock: systemClock } as CliContext;
  return importFiles(paths, context, {
    as: { ...AUTO, ...as },
    site: { client: site.http, clock: systemClock, random: () => 0, patienceMs: 5_000 },
    onProgress: () => undefined,
    isStopped: () => false,
  });
}

async function stored(site: E2eSite): Promise<readonly StoredRecord[]> {
  await site.handle.engine.drained();
  for (let turn = 0; turn < 100 && site.api.ledger().pending > 0; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { records } = site.handle.parts.store;
  const all: StoredRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = await records.query({
      from: 0,
      to: 8e15,
      order: 'asc',
      limit: 10_000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    all.push(...page.records.filter(({ attributes }) => attributes?.['backfill'] === true));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}

const json = (index: number, fields: object = {}): string =>
  `${JSON.stringify({
    timestamp: new Date(Date.UTC(2019, 4, 1) + index * 1000).toISOString(),
    level: 'info',
    service: `s${index % 3}`,
    message: `line ${index}`,
    ...fields,
  })}\n`;
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => json(from + index)).join('');

describe('import', (it) => {
  let site: E2eSite;
  it.before(async () => {
    site = await E2eSite.start({ withNats: false });
  });
  it.after(() => site.close());

  it('keeps the time of records years old, flags them, and takes a file in once', async () => {
    const path = file('years.ndjson', lines(0, 1000));
    const [first] = await importInto(site, [path]);
    assert.equal(first?.accepted, 1000);
    const [again] = await importInto(site, [path]);
    assert.equal(again?.accepted, 0);
    appendFileSync(path, lines(1000, 1500));
    const [more] = await importInto(site, [path]);
    assert.equal(more?.lines, 500);
    const records = await stored(site);
    assert.deepEqual(
      records.map(({ message }) => message),
      Array.from({ length: 1500 }, (_, index) => `line ${index}`),
    );
    assert.equal(records[0]?.timestamp, Date.UTC(2019, 4, 1));
    const ledger = site.api.ledger();
    assert.equal(ledger.accepted, ledger.stored);
    assert.equal(ledger.storedRecords, 1500);
    assert.equal(ledger.clampedRecords, 0);
  });

  it('never raises an alert, nor makes anybody known', async () => {
    const errors = Array.from({ length: 200 }, (_, index) =>
      json(0, {
        timestamp: new Date().toISOString(),
        level: 'error',
        service: 'payment',
        user_id: 'u1',
        message: `failed ${index} connection refused`,
      }),
    );
    await importInto(site, [file('errors.ndjson', errors.join(''))]);
    await stored(site);
    const { alerts } = await site.http.get<{ alerts: unknown[] }>('/v1/alerts');
    assert.deepEqual(alerts, []);
    assert.equal(await site.handle.engine.subject('service:payment' as never), undefined);
    assert.equal(await site.handle.engine.subject('user:u1' as never), undefined);
    await site.down();
    await site.up();
    assert.deepEqual((await site.http.get<{ alerts: unknown[] }>('/v1/alerts')).alerts, []);
    // The same 200 as news do raise one: the test can fail.
    await site.logs(errors.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>));
    await site.handle.engine.drained();
    const after = await site.http.get<{ alerts: unknown[] }>('/v1/alerts');
    assert.notEqual(after.alerts.length, 0);
  });

  it('reads gzip, CSV, syslog and text that nothing fits, line by line', async () => {
    const packed = file('packed.log.gz', gzipSync(lines(5000, 5200)));
    const csv = file(
      't.csv',
      'timestamp,level,service,message\n2020-01-02T03:04:05Z,warn,csvs,"a, ""b""\nc"\n2020-01-02T03:04:06Z,info,csvs,d\n',
    );
    const odd = file('odd.txt', 'csvs nothing fits this\r\n\n  \nénough 🫀\nlast without end');
    const [gz, rows, text] = [
      ...(await importInto(site, [packed])),
      ...(await importInto(site, [csv], { parsers: 'csv' })),
      ...(await importInto(site, [odd], { service: 'odd' })),
    ];
    assert.equal(gz?.accepted, 200);
    assert.equal(rows?.accepted, 2);
    assert.equal(rows.header, 1);
    assert.deepEqual([text?.lines, text?.unparsed, text?.blank], [3, 3, 2]);
    const records = await stored(site);
    const of = (service: string): readonly StoredRecord[] =>
      records.filter((record) => record.service === service);
    assert.deepEqual(
      of('csvs').map(({ message, level }) => [message, level]),
      [
        ['a, "b"\nc', 'WARNING'],
        ['d', 'INFO'],
      ],
    );
    assert.deepEqual(
      of('odd')
        .map(({ message }) => message)
        .sort(),
      ['csvs nothing fits this', 'last without end', 'énough 🫀'],
    );
    assert.ok(of('odd').every(({ attributes }) => attributes?.['unparsed'] === true));
  });

  it('knows a file whose place on the disk another one took', async () => {
    const path = file('reused.log', 'level=info msg="same head"\nlevel=info msg=one\n');
    await importInto(site, [path]);
    writeFileSync(path, 'level=info msg="same head"\nlevel=info msg=two\nlevel=info msg=three\n');
    const [second] = await importInto(site, [path]);
    assert.equal(second?.lines, 3);
    const [third] = await importInto(site, [path]);
    assert.equal(third?.lines, 0);
  });

  it('keeps what the schema refuses in the journal, beside the rest of its stretch', async () => {
    const refused = { timestamp: 'never', level: 'INFO', service: 'past', message: 'kept' };
    const body = `${json(1, { message: 'beside' })}${JSON.stringify(refused)}\n`;
    const answer = await fetch(`${site.handle.url}/v1/import?source=refusals`, {
      method: 'POST',
      headers: { authorization: `Bearer ${site.token}`, 'content-type': 'application/x-ndjson' },
      body,
    });
    const { accepted, rejected } = (await answer.json()) as {
      accepted: number;
      rejected: { index: number; pointer: string }[];
    };
    assert.deepEqual([accepted, rejected.map(({ pointer }) => pointer)], [1, ['/timestamp']]);
    assert.ok((await stored(site)).some(({ message }) => message === 'beside'));
    const { letters } = await site.api.deadLetters({ limit: 100 });
    const kept = letters.filter(({ pointer }) => pointer === '/timestamp');
    assert.deepEqual(
      kept.map(({ stage, service }) => [stage, service]),
      [['validate', undefined]],
    );
    assert.ok((kept[0]?.lsn ?? 0) > 0);
  });
});
