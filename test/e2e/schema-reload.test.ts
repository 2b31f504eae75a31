import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LetterReplayPage } from '../../src/gateway/site-api.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { line } from '../support/e2e/records.ts';
import { until } from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';

const LONG_CODE = 'E'.repeat(200);
const TUNING = { configPollMs: 20 };

function edit(site: E2eSite, change: (text: string) => string): string {
  const file = join(site.configFolder, 'log_schema.yaml');
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  assert.notEqual(after, before);
  writeFileSync(file, after);
  return after;
}

const codesOf = (length: number) => (text: string) =>
  text.replace(/(error_code:\n\s+type: text\n\s+max_length:) \d+/, `$1 ${length}`);

/** Resolves when the site reads records under the text of the file. */
async function inForce(site: E2eSite, text: string): Promise<void> {
  await until('the schema in force', () => site.handle.parts.schema.text === text);
}

async function stored(site: E2eSite): Promise<readonly string[]> {
  await site.settled();
  const { records } = await site.handle.parts.store.records.query({
    from: 0,
    to: 8e15,
    limit: 100,
  });
  return records.map(({ message }) => message).sort();
}

async function rejected(site: E2eSite): Promise<number> {
  await site.handle.engine.archivist.flushed();
  return (await site.api.deadLetters({ limit: 100 })).letters.length;
}

describe('a log schema that changes while the site runs', (it) => {
  let site: E2eSite;
  it.beforeEach(async () => {
    site = await E2eSite.start({ withNats: false, tuning: TUNING });
  });
  it.afterEach(() => site.close());

  it('is in force for what comes and for the replay of dead letters, without a restart', async () => {
    const long = () => line({ error_code: LONG_CODE, message: 'long' });
    await site.logs([line({ message: 'short' }), long()]);
    assert.equal(await rejected(site), 1);
    await inForce(site, edit(site, codesOf(256)));
    await site.logs([{ ...long(), message: 'long, later' }]);
    const page = await site.http.post<LetterReplayPage>('/v1/dead-letters/replay', {
      reason: 'Longer',
    });
    assert.deepEqual(
      page.results.map(({ outcome }) => outcome),
      ['accepted'],
    );
    assert.deepEqual(await stored(site), ['long', 'long, later', 'short']);
  });

  it('changes nothing while it is wrong, and says so', async () => {
    const before = site.handle.parts.schema.text;
    const part = async () =>
      (await site.api.health()).parts.find(({ name }) => name === 'log schema');
    assert.equal((await part())?.state, 'ok');
    const wrong = edit(site, (text) => text.replace('type: level', 'type: lvel'));
    await until('the report', async () => (await part())?.state === 'degraded');
    assert.match(
      (await part())?.evidence ?? '',
      /log_schema\.yaml:\d+:\d+ Expected the type of "level"/,
    );
    assert.equal(site.handle.parts.schema.text, before);
    await site.logs([line()]);
    assert.notEqual(wrong, before);
    edit(site, () => before);
    await until('the mended file', async () => (await part())?.state === 'ok');
  });

  it('is replayed as it was at each record, whatever the file says by then', async () => {
    await site.down();
    await site.up({ tuning: { ...TUNING, snapshotEveryMs: 3_600_000 } });
    await site.logs([{ ...line({ message: 'first' }), tenant: 7 }]);
    await inForce(
      site,
      edit(site, (text) =>
        text.replace('    attributes:\n', '    tenant: { type: text }\n    attributes:\n'),
      ),
    );
    await site.logs([
      { ...line({ message: 'second' }), tenant: 'acme' },
      { ...line({ message: 'no' }), tenant: 7 },
    ]);
    assert.deepEqual(await stored(site), ['first', 'second']);
    assert.equal(await rejected(site), 1);
    const { journal } = site.handle.parts;
    await journal.durable(journal.nextLsn - 1);
    site.handle.engine.abandon();
    await journal.close();
    await site.down();
    edit(site, (text) => text.replace('tenant: { type: text }', 'tenant: { type: boolean }'));
    await site.up({ tuning: TUNING });
    assert.deepEqual(await stored(site), ['first', 'second']);
    assert.equal(await rejected(site), 1);
    assert.match(site.handle.parts.schema.text, /tenant: \{ type: boolean \}/);
  });

  it('comes back with the snapshot', async () => {
    const text = edit(site, codesOf(200));
    await inForce(site, text);
    await site.down();
    await site.up();
    assert.equal(site.handle.engine.state.schemaContent, text);
    await site.logs([line({ error_code: LONG_CODE })]);
    assert.equal(await rejected(site), 0);
  });
});
