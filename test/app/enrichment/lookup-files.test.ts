import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openLookupFiles } from '../../../src/app/enrichment/lookup-files.ts';
import { describe } from '../../support/suite.ts';

const YAML = 'enrichment:\n  tables: [{name: devices, file: devices.csv}]\n';

describe('openLookupFiles', (it) => {
  it('follows its files, and keeps what was in force when they have a mistake', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lookup-'));
    const polls: (() => void)[] = [];
    let stopped = 0;
    const every = (_: number, task: () => void) => {
      polls.push(task);
      return () => (stopped += 1);
    };
    const files = await openLookupFiles({ folder, clock: { every } });
    const site = () => files.current.tables[0]?.rows.get('w-1')?.['site'];
    assert.equal(site(), undefined);
    assert.equal(files.problem, undefined);

    writeFileSync(join(folder, 'devices.csv'), 'device,site\nw-1,north\n');
    writeFileSync(join(folder, 'enrichment.yaml'), YAML);
    await files.refresh();
    assert.equal(site(), 'north');

    writeFileSync(join(folder, 'devices.csv'), 'device,site\nw-1,north,x\n');
    await files.refresh();
    assert.equal(site(), 'north');
    assert.match(files.problem ?? '', /devices.csv:2:1 /);

    writeFileSync(join(folder, 'devices.csv'), 'device,site\nw-1,far south\n');
    polls[0]?.();
    await files.refresh();
    assert.equal(site(), 'far south');
    assert.equal(files.problem, undefined);

    const before = files.current;
    await files.refresh();
    assert.equal(files.current, before);
    files.stop();
    assert.equal(stopped, 1);
  });
});
