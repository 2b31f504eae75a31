import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, isInstalled, npmCommand, withLock } from '../../scripts/install.mjs';
import { restarting, runChild, superviseCli } from '../../scripts/supervise.mjs';
import { describe } from '../support/suite.ts';

function checkout(): string {
  const root = mkdtempSync(join(tmpdir(), 'watchkeeper-install-'));
  writeFileSync(join(root, 'package-lock.json'), '{"lockfileVersion":3}');
  return root;
}

describe('install', (it) => {
  const roots: string[] = [];
  const fresh = (): string => {
    const root = checkout();
    roots.push(root);
    return root;
  };
  it.after(() => {
    for (const root of roots) rmSync(root, { recursive: true, force: true });
  });

  const npm = (root: string): Promise<{ code: number; output: string }> => {
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    return Promise.resolve({ code: 0, output: 'added 1 package' });
  };

  it('runs npm once, and again only when the lock changed', async () => {
    const root = fresh();
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    assert.equal(isInstalled(root), false);
    assert.equal(await install({ root, log, run: npm }), true);
    assert.equal(await install({ root, log, run: npm }), false);
    writeFileSync(join(root, 'package-lock.json'), '{"lockfileVersion":3,"x":1}');
    assert.equal(isInstalled(root), false);
    assert.equal(await install({ root, log, run: npm }), true);
    assert.ok(lines.every((line) => !line.includes('added')));
  });

  it("shows npm's words when it fails, and does not count as installed", async () => {
    const root = fresh();
    const run = () => Promise.resolve({ code: 1, output: 'npm error EAI_AGAIN\n' });
    await assert.rejects(install({ root, log: () => undefined, run }), (error: Error) => {
      assert.match(error.message, /EAI_AGAIN/);
      assert.equal((error as Error & { exitCode: number }).exitCode, 69);
      return true;
    });
    assert.equal(isInstalled(root), false);
  });

  it('lets one launcher in at a time', async () => {
    const root = fresh();
    let inside = 0;
    let most = 0;
    const enter = (): Promise<void> =>
      withLock(
        root,
        () => undefined,
        async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
        },
      );
    await Promise.all([enter(), enter(), enter()]);
    assert.equal(most, 1);
  });

  it('takes over the lock of a launcher that is gone', async () => {
    const root = fresh();
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    await withLock(
      root,
      () => undefined,
      () => {
        const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
        writeFileSync(join(tmpdir(), `watchkeeper-launch-${name}`, 'pid'), String(gone));
        return withLock(
          root,
          () => undefined,
          () => Promise.resolve(),
        );
      },
    );
  });

  it('gives the lock back when the action fails', async () => {
    const root = fresh();
    await assert.rejects(
      withLock(
        root,
        () => undefined,
        () => Promise.reject(new Error('no')),
      ),
      /no/,
    );
    assert.equal(
      await withLock(
        root,
        () => undefined,
        () => Promise.resolve(1),
      ),
      1,
    );
  });

  it('finds npm beside node, or by its name on PATH', () => {
    assert.deepEqual(npmCommand({ env: {}, platform: 'win32', execPath: '/nowhere/at/all/node' }), {
      file: 'npm.cmd',
      prefix: [],
      shell: true,
    });
    assert.equal(
      npmCommand({ env: {}, platform: 'linux', execPath: '/nowhere/at/all/node' }).file,
      'npm',
    );
  });
});

describe('restarting', (it) => {
  const outcomes = (codes: readonly number[], everyMs: number) => {
    const left = [...codes];
    const lines: string[] = [];
    let time = 0;
    return {
      lines,
      left,
      options: {
        start: () => Promise.resolve(left.shift() ?? 0),
        log: (line: string): void => void lines.push(line),
        now: () => (time += everyMs),
      },
    };
  };

  it('starts again after a hung detector and ends with the code of the last run', async () => {
    const run = outcomes([88, 88, 3], 1);
    assert.equal(await restarting(run.options), 3);
    assert.deepEqual(
      run.lines,
      Array(2).fill('A detector hung; restarting, the record is skipped.'),
    );
  });

  it('gives up at the sixth hang within ten minutes', async () => {
    const run = outcomes(Array<number>(20).fill(88), 1000);
    assert.equal(await restarting(run.options), 1);
    assert.equal(run.left.length, 14);
    assert.match(run.lines.at(-2) ?? '', /giving up/);
  });

  it('goes on for ever when hangs are rare', async () => {
    const run = outcomes([...Array<number>(12).fill(88), 0], 5 * 60_000);
    assert.equal(await restarting(run.options), 0);
  });

  it('tells the CLI that it was restarted, so that a demo keeps its data', async () => {
    const restarts: (string | undefined)[] = [];
    const code = await superviseCli({
      root: '/project',
      args: ['demo'],
      env: { A: 'b' },
      log: () => undefined,
      run: ({ args, env }) => {
        assert.ok(args.at(-1) === 'demo' && env['A'] === 'b');
        restarts.push(env['WATCHKEEPER_RESTARTS']);
        return Promise.resolve(restarts.length < 3 ? 88 : 0);
      },
    });
    assert.equal(code, 0);
    assert.deepEqual(restarts, [undefined, '1', '2']);
  });

  it('passes on the exit code of a child, and 128 plus the signal that ended it', async () => {
    const node = (script: string) => runChild({ file: process.execPath, args: ['-e', script] });
    assert.equal(await node('process.exit(7)'), 7);
    assert.equal(await node('process.kill(process.pid, "SIGKILL")'), 137);
    await assert.rejects(runChild({ file: '/nowhere/x', args: [] }), /ENOENT/);
  });
});
