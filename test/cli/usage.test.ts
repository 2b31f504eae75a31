import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readJsonRecords } from '../../src/wire/records/intake.ts';
import { loadLogSchema } from '../../src/wire/records/schema.ts';
import { cliLogger } from '../../src/cli/cli-logger.ts';
import { createProgram } from '../../src/cli/program.ts';
import { projectRoot } from '../../src/core/root.ts';
import { describe } from '../support/suite.ts';
import { fakeTerminal, runIn } from './fake-terminal.ts';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the real entry point as a process of its own. */
function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const main = join(projectRoot(), 'src', 'cli', 'main.ts');
    const env = { ...process.env, NO_COLOR: '1', WATCHKEEPER_URL: 'http://127.0.0.1:1' };
    const child = spawn(process.execPath, ['--import', 'tsx', '--no-warnings', main, ...args], {
      env,
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, out, err });
    });
  });
}

describe('the command line as a process', (it) => {
  it('prints help on stdout and exits with 0', async () => {
    const { code, out, err } = await run('--help');
    assert.deepEqual([code, err], [0, '']);
    for (const name of ['demo', 'up', 'doctor', 'alerts', 'replay', 'device', 'watchkeeper test'])
      assert.ok(out.includes(name), name);
  });

  it('exits with 2 for a wrong command and says what was meant', async () => {
    const { code, out, err } = await run('dmeo');
    assert.deepEqual([code, out], [2, '']);
    assert.match(
      err,
      /^error: unknown command 'dmeo'\n {2}fix: Did you mean demo\? See watchkeeper --help\.\n$/,
    );
  });

  it('exits with 69 when no site can be reached, with why and fix', async () => {
    const { code, err } = await run('alerts', 'list');
    assert.equal(code, 69);
    assert.match(
      err,
      /^error: Cannot reach the site at http:\/\/127\.0\.0\.1:1\.\n {2}why: .+\n {2}fix: Start one/,
    );
    assert.ok(!err.includes('    at '), 'no stack without --debug');
  });

  it('ends quietly when its reader stops reading, as head does', async () => {
    const main = join(projectRoot(), 'src', 'cli', 'main.ts');
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--no-warnings', main, 'sim', '--print', '--duration', '2h'],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let err = '';
    child.stderr.on('data', (chunk) => (err += chunk));
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = (await once(child, 'close')) as [number | null];
    assert.deepEqual([code, err], [141, '']);
  });

  it('exits with 2 for an address that is none', async () => {
    for (const url of ['notaurl', 'ftp://127.0.0.1', 'http://']) {
      const { code, err } = await runIn(fakeTerminal(), ['query', '--url', url]);
      assert.equal(code, 2);
      assert.match(err, /is not the address of a site\.\n {2}fix: Write --url/);
    }
  });

  it('prints the stack with --debug', async () => {
    assert.match((await run('alerts', 'list', '--debug')).err, / {4}at /);
  });

  it('exits with 78 for a bad configuration, with file, line, column and the likely spelling', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'watchkeeper-config-'));
    try {
      const from = join(projectRoot(), 'config');
      writeFileSync(join(folder, 'log_schema.yaml'), readFileSync(join(from, 'log_schema.yaml')));
      const rules = readFileSync(join(from, 'anomaly_schema.yaml'), 'utf8');
      writeFileSync(
        join(folder, 'anomaly_schema.yaml'),
        rules.replace('threshold: 100', 'treshold: 100'),
      );
      const { code, out, err } = await run('config', 'check', '--config', folder);
      assert.equal(code, 78);
      assert.match(out, /✔ .*log_schema\.yaml/);
      assert.match(`${out}${err}`, /anomaly_schema\.yaml:\d+:\d+/);
      assert.match(`${out}${err}`, /threshold/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('config check', (it) => {
  it('runs the tests that the file holds, and fails with the one that does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'watchkeeper-config-'));
    try {
      const from = join(projectRoot(), 'config');
      writeFileSync(join(folder, 'log_schema.yaml'), readFileSync(join(from, 'log_schema.yaml')));
      const rules = readFileSync(join(from, 'anomaly_schema.yaml'), 'utf8');
      writeFileSync(
        join(folder, 'anomaly_schema.yaml'),
        rules.replace('threshold: 100', 'threshold: 90'),
      );
      const { code, err } = await runIn(fakeTerminal(), ['config', 'check', '--config', folder]);
      assert.equal(code, 78);
      assert.match(
        err,
        /anomaly_schema\.yaml:\d+:\d+: the test "100 errors .*" fails: Expected 0 alerts/,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('cliLogger', (it) => {
  it('writes what is important enough, on one line, with fields', () => {
    const terminal = fakeTerminal();
    const logger = cliLogger(terminal, { least: 'warn', format: 'text' });
    logger.info('Not this.');
    logger.warn('First\nsecond.', { error: new Error('boom'), big: 1n });
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    logger.error('Third.', circular);
    const lines = terminal.stderr().trimEnd().split('\n');
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? '', /Z warn First·second\. \{"error":"boom","big":"1"\}$/);
    assert.match(
      lines[1] ?? '',
      /Z error Third\. \{"cut":"fields that cannot be written as JSON"\}$/,
    );
  });

  it('writes records of the log schema where nobody reads', () => {
    const terminal = fakeTerminal();
    const logger = cliLogger(terminal, { least: 'debug' });
    logger.debug('One.');
    logger.warn('Two\nlines.', { code: 'X_FAILED', error: new Error('boom'), big: 1n });
    logger.error('x'.repeat(40_000), { long: 'y'.repeat(40_000), code: 'z'.repeat(400) });
    const schema = loadLogSchema(
      readFileSync(join(projectRoot(), 'config/log_schema.yaml'), 'utf8'),
      'log_schema.yaml',
    );
    const options = { schema, observedAt: Date.now(), format: 'ndjson' } as const;
    const read = readJsonRecords(Buffer.from(terminal.stderr()), options);
    assert.deepEqual(read.rejected, []);
    assert.equal(read.accepted, 3);
    const two = JSON.parse(terminal.stderr().split('\n')[1] ?? '') as Record<string, unknown>;
    const { timestamp, ...rest } = two;
    assert.match(String(timestamp), /Z$/);
    assert.deepEqual(rest, {
      level: 'WARNING',
      service: 'watchkeeper',
      message: 'Two\nlines.',
      error_code: 'X_FAILED',
      attributes: { code: 'X_FAILED', error: 'boom', big: '1' },
    });
  });
});

describe('the command line', (it) => {
  const leaves = (command: Command, path: readonly string[] = []): (readonly string[])[] =>
    command.commands.length === 0
      ? [path]
      : command.commands.flatMap((child) => leaves(child, [...path, child.name()]));

  it('gives every command --json, --debug and a help with examples', async () => {
    const paths = leaves(createProgram(fakeTerminal()));
    assert.ok(paths.length >= 20, `${paths.length} commands`);
    for (const path of paths) {
      const { code, out } = await runIn(fakeTerminal(), [...path, '--help']);
      assert.equal(code, 0, path.join(' '));
      assert.match(out, /--json/, path.join(' '));
      assert.match(out, new RegExp(`Examples:\\n  watchkeeper ${path[0]}`), path.join(' '));
    }
  });

  const wrong: readonly (readonly [args: string, error: RegExp])[] = [
    ['alerts lst', /unknown command 'lst'[^]*Did you mean list\? See watchkeeper alerts --help/],
    ['alerts list --stat open', /unknown option '--stat'[^]*Did you mean --state/],
    ['alerts list --limit 0', /Expected a whole number from 1 to 1000/],
    ['alerts ack', /missing required argument 'ids'/],
    ['query --level FOO', /Expected one of DEBUG, INFO/],
    ['query level:NOPE', /There is no level "NOPE"/],
    ['replay x', /which format[^]*openssh/],
    ['replay x --as opnssh', /Did you mean "openssh"/],
    ['replay x y z --as apache,hdfs', /3 files and 2 formats/],
    ['sim --scenario chaos --print', /no scenario "chaos"[^]*error-burst/],
    ['sim --print --start tomorrow', /"tomorrow" is not a time/],
    ['sim --duration soon', /Expected a duration/],
    ['sim --rate -1', /Expected a number above 0/],
    ['bench jurnal', /Did you mean "journal"/],
    ['device enroll a/b --data /nowhere', /"a\/b" cannot be the id of a watch/],
    ['alerts list --ca /nowhere/ca.pem', /Cannot read the certificate/],
  ];
  for (const [args, error] of wrong) {
    it(`exits with 2 for "${args}"`, async () => {
      const { code, out, err } = await runIn(fakeTerminal(), args.split(' '));
      assert.match(err, error);
      assert.deepEqual([code, out], [2, '']);
    });
  }

  it('reports errors as one JSON line with --json', async () => {
    const { code, err } = await runIn(fakeTerminal(), ['replay', 'x', '--json']);
    assert.equal(code, 2);
    const { error } = JSON.parse(err) as { error: Record<string, unknown> };
    assert.equal(error['code'], 'USAGE');
    assert.match(String(error['fix']), /--as/);
  });

  it('prints its version for people and for programs', async () => {
    const { version } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.ok(
      (await runIn(fakeTerminal(), ['version'])).out.startsWith(`watchkeeper ${version} (node`),
    );
    const json = JSON.parse((await runIn(fakeTerminal(), ['version', '--json'])).out) as object;
    assert.deepEqual(Object.keys(json), ['watchkeeper', 'node', 'v8', 'platform', 'arch']);
    assert.equal((await runIn(fakeTerminal(), ['--version'])).out.trim(), version);
  });

  it('checks and shows the configuration of the project', async () => {
    const checked = await runIn(fakeTerminal(), ['config', 'test', '--json']);
    assert.equal(checked.code, 0, checked.out);
    const shown = await runIn(fakeTerminal(), ['config', 'show', '--json']);
    const files = JSON.parse(shown.out) as { file: string; text: string }[];
    assert.deepEqual(
      files.map(({ file }) => file.slice(file.lastIndexOf('/') + 1)),
      ['log_schema', 'anomaly_schema', 'parsers', 'inputs', 'redaction', 'routes'].map(
        (name) => `${name}.yaml`,
      ),
    );
    assert.match((await runIn(fakeTerminal(), ['config', 'show'])).out, /error_spike/);
  });

  it('says which configuration files are missing', async () => {
    const { code, err } = await runIn(fakeTerminal(), ['config', 'check', '--config', '/nowhere']);
    assert.equal(code, 78);
    assert.match(err, /Cannot read "\/nowhere\/log_schema\.yaml"/);
    assert.equal(
      (await runIn(fakeTerminal(), ['config', 'show', '--config', '/nowhere'])).code,
      78,
    );
  });

  it('lists benchmarks', async () => {
    const { out } = await runIn(fakeTerminal(), ['bench', '--json']);
    assert.ok((JSON.parse(out) as string[]).includes('journal'));
  });

  it('prints the same simulation for the same seed', async () => {
    const args = ['sim', '--print', '--seed', '7', '--scenario', 'all', '--duration', '5m'];
    const first = (await runIn(fakeTerminal(), args)).out;
    assert.equal((await runIn(fakeTerminal(), args)).out, first);
    const lines = first
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.ok(lines.length > 500);
    assert.ok(lines.some((line) => 'label' in line));
    assert.notEqual(
      (await runIn(fakeTerminal(), [...args.slice(0, 3), '8', ...args.slice(4)])).out,
      first,
    );
  });
});
