import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

import { projectRoot } from '../../src/core/root.ts';
import { describe } from '../support/suite.ts';
import { fakeTerminal, runIn } from './fake-terminal.ts';

describe('the log schema at the command line', (it) => {
  let folder: string;
  it.beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wk-config-'));
    cpSync(join(projectRoot(), 'config'), folder, { recursive: true });
  });
  it.afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const run = (...args: string[]) => runIn(fakeTerminal(), [...args, '--config', folder]);
  const edit = (change: (text: string) => string): void => {
    const file = join(folder, 'log_schema.yaml');
    writeFileSync(file, change(readFileSync(file, 'utf8')));
  };

  it('writes types and a JSON Schema with the fields of one’s own', async () => {
    edit((text) =>
      text.replace('    attributes:\n', '    tenant: { type: text }\n    attributes:\n'),
    );
    const out = join(folder, 'record.ts');
    const written = await run('config', 'types', '--out', out);
    assert.equal(written.code, 0, written.err);
    assert.match(readFileSync(out, 'utf8'), /^ {2}tenant\?: string \| null;$/m);
    const types = await run('config', 'types');
    assert.equal(types.out, readFileSync(out, 'utf8'));
    const schema = await run('config', 'schema');
    const validate = new Ajv2020().compile(JSON.parse(schema.out) as object);
    assert.ok(validate({ timestamp: 1, heart_rate: 60, tenant: 'acme' }));
    assert.ok(!validate({ timestamp: 1, heart_rate: 60, tenant: 5 }));
    const bad = await run('config', 'schema', '--out', join(folder, 'none', 'x.json'));
    assert.equal(bad.code, 2);
    assert.match(bad.err, /Cannot write/);
  });

  it('shows which words and numbers mean which level', async () => {
    const shown = await runIn(fakeTerminal(), ['config', 'levels']);
    assert.match(shown.out, /WARNING +warning warn w 4/);
    assert.match(shown.out, /pino +30–39 +INFO/);
    const { out } = await runIn(fakeTerminal(), ['config', 'levels', '--json']);
    const { words } = JSON.parse(out) as { words: readonly { word: string; level: string }[] };
    assert.deepEqual(
      words.find(({ word }) => word === 'emerg'),
      { word: 'emerg', level: 'CRITICAL' },
    );
  });

  it('runs the tests of the schema', async () => {
    const good = await run('config', 'check');
    assert.match(good.out, /log_schema\.yaml: 19 fields of a log record, \d+ tests passed/);
    edit((text) => text.replace('max: 400', 'max: 500'));
    const wrong = await run('config', 'check');
    assert.equal(wrong.code, 78);
    assert.match(
      wrong.err,
      /log_schema\.yaml:\d+:\d+: the test "A heart rate of 401 is none" fails: Expected it to be rejected/,
    );
  });

  it('says where a folder has no schema', async () => {
    rmSync(join(folder, 'log_schema.yaml'));
    const { code, err } = await run('config', 'types');
    assert.equal(code, 78);
    assert.match(err, /Cannot read ".*log_schema\.yaml"/);
  });
});
