import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { projectRoot } from '../../src/core/root.ts';
import { describe } from '../support/suite.ts';

const COUNTS = `console.log('##counts {"passed":1,"failed":0,"skipped":0,"code":0}');`;
const PASSES = `${COUNTS}\n`;
const DAWDLES = `setTimeout(() => { ${COUNTS} }, 500);\n`;

describe('scripts/test.mjs', (it) => {
  let folder = '';
  it.beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wk-runner-'));
    for (const name of ['scripts', 'node_modules/.cache/watchkeeper', 'test/fault']) {
      mkdirSync(join(folder, name), { recursive: true });
    }
    cpSync(join(projectRoot(), 'scripts/test.mjs'), join(folder, 'scripts/test.mjs'));
    symlinkSync(join(projectRoot(), 'node_modules/tsx'), join(folder, 'node_modules/tsx'));
    writeFileSync(join(folder, 'test/quick.test.ts'), PASSES);
    writeFileSync(join(folder, 'test/slow.test.ts'), DAWDLES);
    writeFileSync(join(folder, 'test/fault/mutants.test.ts'), PASSES);
  });
  it.afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const memory = (): string => join(folder, 'node_modules/.cache/watchkeeper/test-durations.json');

  /** Names in the order in which they ended, one at a time. */
  const run = async (): Promise<string[]> => {
    const script = join(folder, 'scripts/test.mjs');
    // Checks of the run that this test is part of are none of its business.
    const { WATCHKEEPER_FAILED_CHECKS: _, ...env } = process.env;
    const options = { env };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [script, '--jobs', '1'],
      options,
    );
    assert.match(stdout, /^3 passed, 0 failed, 0 skipped$/m);
    return [...stdout.matchAll(/^\[\d\/3\] ok +(\S+)/gm)].map(([, name]) => name ?? '');
  };

  it('runs first what is known to be slow, and remembers how long each file took', async () => {
    assert.deepEqual(await run(), ['fault/mutants.test.ts', 'quick.test.ts', 'slow.test.ts']);
    const durations = JSON.parse(readFileSync(memory(), 'utf8')) as Record<string, number>;
    assert.ok((durations['slow.test.ts'] ?? 0) >= 0.5);
  });

  it('runs first what took longest the last time', async () => {
    writeFileSync(memory(), JSON.stringify({ 'slow.test.ts': 300, 'quick.test.ts': 200 }));
    assert.deepEqual(await run(), ['slow.test.ts', 'quick.test.ts', 'fault/mutants.test.ts']);
  });

  it('runs also when its memory cannot be read', async () => {
    writeFileSync(memory(), '{');
    assert.equal((await run())[0], 'fault/mutants.test.ts');
  });

  it('counts failed checks as one failure, where people look last', async () => {
    const script = join(folder, 'scripts/test.mjs');
    const env = { ...process.env, WATCHKEEPER_FAILED_CHECKS: '1' };
    await assert.rejects(
      promisify(execFile)(process.execPath, [script], { env }),
      (error: { code: number; stdout: string }) =>
        error.code === 1 && /^3 passed, 1 failed, 0 skipped$/m.test(error.stdout),
    );
  });
});
