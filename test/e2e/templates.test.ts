import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SubjectTemplates } from '../../src/model/templates.ts';
import type { StoredRecord } from '../../src/store/store.ts';
import { fakeTerminal, runIn } from '../cli/fake-terminal.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { line, vitals } from '../support/e2e/records.ts';
import { describe } from '../support/suite.ts';

const SERVICE = 'service:payment-service';

describe('templates on a running site', (it) => {
  let site: E2eSite;
  it.before(async () => {
    site = await E2eSite.start({ withNats: false });
    const said = [1, 2, 3].map((n) => line({ message: `order ${n} was paid in ${n * 7} ms` }));
    await site.logs([...said, line({ message: 'cache is cold' })]);
    const watch = await site.watch('w-1');
    watch.send([vitals(Date.now(), 70)], 1);
    await watch.flush();
    await site.settled();
  });
  it.after(() => site.close());

  const cli = async (...args: readonly string[]) =>
    runIn(fakeTerminal(), [...args, '--url', site.handle.url, '--token', site.token]);
  const records = async (...args: readonly string[]): Promise<readonly StoredRecord[]> => {
    const { out } = await cli('query', ...args, '--from', '-2h', '--order', 'asc', '--json');
    const lines = out.trim().split('\n');
    return lines.filter((text) => text !== '').map((text) => JSON.parse(text) as StoredRecord);
  };
  const listed = async (subject: string): Promise<SubjectTemplates> =>
    JSON.parse((await cli('templates', 'list', subject, '--json')).out) as SubjectTemplates;

  it('lists what a service says, most frequent first', async () => {
    const { messages, templates } = await listed(SERVICE);
    assert.equal(messages, 4);
    assert.deepEqual(
      templates.map(({ template, count, share }) => [template, count, share]),
      [
        ['order <*> was paid in <*> ms', 3, 0.75],
        ['cache is cold', 1, 0.25],
      ],
    );
    const { code, out } = await cli('templates', 'list', SERVICE);
    assert.equal(code, 0);
    assert.match(out, /t[0-9a-f]{12} +3 +75\.0 % +0\.12 +order <\*> was paid in <\*> ms/);
    assert.match(out, /2 templates of 4 messages/);
  });

  it('finds records by their template, and adds its text and their values', async () => {
    const [paid] = (await listed(SERVICE)).templates;
    const found = await records(`template_id:${paid?.id ?? ''}`, '--templates');
    assert.deepEqual(
      found.map(({ template_id, template, params }) => [template_id, template, params]),
      [1, 2, 3].map((n) => [paid?.id, 'order <*> was paid in <*> ms', [String(n), `${n * 7}`]]),
    );
    const bare = await records('cold');
    assert.match(bare[0]?.template_id ?? '', /^t/);
    assert.equal(bare[0]?.template, undefined);
    assert.match((await cli('query', '--templates')).out, /template/);
  });

  it('gives readings of a watch none, and says of what there is none', async () => {
    const [reading] = await records('subject:device:w-1', '--templates');
    assert.equal(reading?.template_id, undefined);
    assert.match((await cli('templates', 'list', 'device:w-1')).out, /not said anything/);
    const missing = await cli('templates', 'list', 'service:none');
    assert.notEqual(missing.code, 0);
    assert.match(missing.err, /There is no service named "none"/);
    assert.match((await cli('templates', 'list', 'payment')).err, /service:payment/);
  });

  it('knows the templates of what is imported', async () => {
    const file = join(site.dataFolder, 'old.log');
    writeFileSync(
      file,
      ['disk 3 is full', 'disk 4 is full']
        .map((message) =>
          JSON.stringify({ timestamp: '2020-01-01T00:00:00Z', level: 'INFO', message }),
        )
        .join('\n'),
    );
    const done = await cli('import', file, '--service', 'archive');
    assert.equal(done.code, 0, done.err);
    await site.handle.engine.drained();
    const { templates } = await listed('service:watchkeeper:import');
    assert.deepEqual(
      templates.map(({ template, count }) => [template, count]),
      [['disk <*> is full', 2]],
    );
  });
});
