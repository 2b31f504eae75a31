import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '../support/suite.ts';
import { chunks, fakeTerminal, runIn } from './fake-terminal.ts';

const TRACE = 'level=error msg=boom\n\tat a.B(C.java:1)\n';

describe('watchkeeper parse', (it) => {
  let folder = '';
  it.before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wk-parse-'));
  });
  it.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const run = (args: readonly string[], text = '') =>
    runIn(fakeTerminal({ cwd: folder, stdin: chunks(text) }), ['parse', ...args]);

  it('shows records, counts and the lines that nobody could read', async () => {
    writeFileSync(
      join(folder, 'app.log'),
      'level=warn msg=slow\r\n\nlevel=info msg=up\nwhat is \u001b[1mthis\n',
    );
    const { code, out } = await run(['app.log']);
    assert.equal(code, 0);
    assert.match(out, /logfmt .* WARNING +logfmt +slow/);
    assert.match(out, /3 lines: 2 read, 1 kept raw\.\n {2}logfmt: 2\n/);
    assert.match(out, /Kept raw, the first of them:\n {2}what is ·\[1mthis/);
  });

  it('prints records as lines with --json, the counts last', async () => {
    const { out } = await run(['-', '--json'], 'level=warn msg=slow\nraw\n');
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(lines.length, 3);
    assert.equal(lines[0]?.['parser'], 'logfmt');
    assert.deepEqual(lines[2]?.['byParser'], { logfmt: 1 });
    assert.equal(lines[2]['unparsed'], 1);
  });

  it('takes a format, a source, a limit, and joins lines', async () => {
    const { out } = await run(['-', '--as', 'text', '--limit', '1'], 'one\ntwo\n');
    assert.match(out, /one/);
    assert.doesNotMatch(out, /two/);
    assert.match(out, / {2}text: 2/);
    const joined = await run(['-', '--join', '--json', '--as', 'text'], TRACE);
    assert.equal(joined.out.trim().split('\n').length, 2);
  });

  it('uses the patterns and filters of a configuration', async () => {
    writeFileSync(
      join(folder, 'parsers.yaml'),
      'parsers: { own: { match: "^T%{INT:n:int} %{GREEDYDATA:message}" } }\nsources: { s: { parsers: [own], filters: [{ drop: true, when: { field: n, equals: 2 } }] } }\n',
    );
    const { out } = await run(['-', '--config', '.', '--source', 's'], 'T1 a\nT2 b\n');
    assert.match(out, /own .* own +a/);
    assert.match(out, /1 dropped by filters\./);
    const named = await run(['-', '--config', '.', '--as', 'own'], 'T1 a\n');
    assert.match(named.out, /1 lines: 1 read/);
  });

  it('says what is wrong', async () => {
    const format = await run(['-', '--as', 'jsn'], 'x');
    assert.deepEqual([format.code, /Did you mean "json"/.test(format.err)], [2, true]);
    assert.equal((await run(['missing.log'])).code, 2);
    writeFileSync(join(folder, 'parsers.yaml'), 'sources: { shop: { parsers: [json] } }');
    const source = await run(['-', '--config', '.', '--source', 'shpo'], 'x');
    assert.deepEqual([source.code, /Did you mean "shop"/.test(source.err)], [2, true]);
    writeFileSync(join(folder, 'parsers.yaml'), 'sources: { s: { parsers: [nope] } }');
    assert.equal((await run(['-', '--config', '.'], 'x')).code, 78);
  });
});
