import assert from 'node:assert/strict';
import {
  provision,
  provisionEnv,
  thisHost,
  type ProvisionHost,
  type RunResult,
} from '../../scripts/provision.mjs';
import { describe } from '../support/suite.ts';

interface Fake extends ProvisionHost {
  readonly commands: string[];
  readonly log: (line: string) => void;
  readonly lines: string[];
}

/** A machine with some programs, on which each command succeeds unless it starts with one of `failing`. */
function machine(
  programs: readonly string[],
  { go = 0, debianRoot = false, failing = [] as string[] } = {},
): Fake {
  const installed = new Set(programs);
  const commands: string[] = [];
  const lines: string[] = [];
  const run = (file: string, args: readonly string[]): Promise<RunResult> => {
    const command = [file, ...args].join(' ');
    commands.push(command);
    if (failing.some((prefix) => command.startsWith(prefix))) {
      return Promise.resolve({ code: 1, stdout: '', stderr: 'first\nno network' });
    }
    if (command.startsWith('apt-get install')) installed.add(args.at(-1) ?? '');
    if (command.startsWith('go install')) installed.add('nats-server');
    const stdout = command.startsWith('go mod download')
      ? JSON.stringify({ Dir: '/mod/ferretdb' })
      : '';
    return Promise.resolve({ code: 0, stdout, stderr: '' });
  };
  return {
    commands,
    lines,
    log: (line) => lines.push(line),
    cacheFolder: '/cache',
    isDebian: debianRoot,
    isDebianRoot: debianRoot,
    find: (given) => {
      // Clients are called by what they were built from as well.
      const name = given.replace(/^go-clients-[0-9a-f]{12}$/, 'go-clients');
      return installed.has(name) ? `/bin/${name}` : undefined;
    },
    rename: () => undefined,
    copyFolder: (_, files) => `/copy with ${Object.keys(files).join()}`,
    remove: () => undefined,
    goMinor: () => Promise.resolve(go),
    run,
  };
}

const start = (host: Fake, changes: { forTests?: boolean; allowInstall?: boolean } = {}) =>
  provision({ forTests: false, allowInstall: true, log: host.log, host, ...changes });

describe('provision', (it) => {
  it('uses what is there and runs nothing', async () => {
    const servers = ['nats-server', 'mongod', 'kcat', 'zstd', 'rsyslogd', 'syslog-ng'];
    const outputs = ['rsyslogd-http', 'syslog-ng-http', 'go-clients'];
    const host = machine([...servers, ...outputs, 'chromium', 'docker-compose']);
    assert.deepEqual(await start(host, { forTests: true }), {
      natsServer: '/bin/nats-server',
      mongod: '/bin/mongod',
      chromium: '/bin/chromium',
      dockerCompose: '/bin/docker-compose',
      kcat: '/bin/kcat',
      zstd: '/bin/zstd',
      rsyslogd: '/bin/rsyslogd',
      syslogNg: '/bin/syslog-ng',
      rsyslogdHttp: '/bin/rsyslogd-http',
      syslogNgHttp: '/bin/syslog-ng-http',
      goClients: '/bin/go-clients',
    });
    assert.deepEqual(host.commands, []);
    assert.deepEqual(host.lines, []);
  });

  it('installs the Debian package as root, and says so first', async () => {
    const host = machine([], { debianRoot: true });
    assert.equal((await start(host)).natsServer, '/bin/nats-server');
    assert.match(
      host.lines[0] ?? '',
      /Installing the Debian package nats-server \(apt-get install/,
    );
  });

  it('refreshes the package lists once when the package is not found', async () => {
    const host = machine([], { debianRoot: true, failing: ['apt-get install'] });
    assert.equal((await start(host)).natsServer, undefined);
    assert.deepEqual(
      host.commands.map((command) => command.split(' ').slice(0, 2).join(' ')),
      ['apt-get install', 'apt-get update', 'apt-get install'],
    );
    assert.ok(host.lines.some((line) => line.includes('no network')));
    assert.equal(host.lines.at(-1), '  fix: sudo apt-get install -y nats-server');
  });

  it('builds nats-server with Go 1.22, and not with 1.21', async () => {
    const host = machine([], { go: 22 });
    assert.equal((await start(host)).natsServer, '/bin/nats-server');
    assert.deepEqual(host.commands, ['go install github.com/nats-io/nats-server/v2@v2.10.25']);
    const old = machine([], { go: 21 });
    assert.equal((await start(old)).natsServer, undefined);
    assert.deepEqual(old.commands, []);
  });

  it('installs nothing when told not to, and names the one line to type', async () => {
    const host = machine([], { debianRoot: true, go: 26 });
    assert.deepEqual(await start(host, { forTests: true, allowInstall: false }), {});
    assert.deepEqual(host.commands, []);
    assert.ok(host.lines.includes('  fix: sudo apt-get install -y nats-server'));
    assert.ok(host.lines.includes('No mongod and no ferretdb: the MongoDB tests are skipped.'));
  });

  it('builds FerretDB from its downloaded module when there is no mongod', async () => {
    const host = machine(['nats-server', 'chromium', 'docker-compose'], { go: 22 });
    assert.equal((await start(host, { forTests: true })).ferretdb, '/cache/ferretdb');
    assert.match(
      host.commands[1] ?? '',
      /^go build -trimpath -o \/cache\/ferretdb\.\d+ \.\/cmd\/ferretdb$/,
    );
  });

  it('goes on without FerretDB when the download or the build fails', async () => {
    for (const failing of ['go mod', 'go build']) {
      const host = machine(['nats-server', 'chromium', 'docker-compose'], {
        go: 22,
        failing: [failing],
      });
      assert.equal((await start(host, { forTests: true })).ferretdb, undefined);
      assert.ok(
        host.lines.some((line) => line.includes('no network')),
        failing,
      );
    }
  });

  it('installs the library that outputs over HTTP need, and goes on without them when it cannot', async () => {
    const present = ['nats-server', 'mongod', 'chromium', 'docker-compose', 'kcat', 'zstd'];
    const daemons = [...present, 'rsyslogd', 'syslog-ng', 'go-clients'];
    const host = machine(daemons, { debianRoot: true });
    await start(host, { forTests: true });
    const commands = host.commands.map((command) => command.split(' ').slice(0, 3).join(' '));
    assert.deepEqual(commands.slice(0, 2), ['/sbin/ldconfig -p', 'apt-get install -y']);
    assert.match(commands[2] ?? '', /^sh -c/);
    const offline = machine(daemons, { debianRoot: true, failing: ['apt-get install'] });
    await start(offline, { forTests: true });
    assert.ok(!offline.commands.some((command) => command.startsWith('sh -c')));
    assert.ok(offline.lines.includes('  fix: sudo apt-get install -y libcurl4'));
  });

  it('builds the clients in Go, and goes on without them when that fails', async () => {
    const present = ['nats-server', 'mongod', 'chromium', 'docker-compose'];
    const host = machine(present, { go: 22 });
    assert.match(
      (await start(host, { forTests: true })).goClients ?? '',
      /^\/cache\/go-clients-[0-9a-f]{12}$/,
    );
    assert.match(
      host.commands.join(),
      /^go build -trimpath -o \/cache\/go-clients-[0-9a-f.]+\d+ \.$/,
    );
    const offline = machine(present, { go: 22, failing: ['go build'] });
    assert.equal((await start(offline, { forTests: true })).goClients, undefined);
    const old = machine(present, { go: 21 });
    assert.equal((await start(old, { forTests: true })).goClients, undefined);
    assert.deepEqual(old.commands, []);
  });

  it('hands over what it found by environment variables', () => {
    assert.deepEqual(provisionEnv({ natsServer: '/a', chromium: '/b' }), {
      WATCHKEEPER_NATS_SERVER: '/a',
      WATCHKEEPER_CHROMIUM: '/b',
    });
  });

  it('finds a program by its variable, else on PATH', () => {
    const node = process.execPath;
    const host = thisHost({ WATCHKEEPER_X: node, PATH: '' });
    assert.equal(host.find('no-such-program-here', 'WATCHKEEPER_X'), node);
    assert.equal(host.find('no-such-program-here'), undefined);
  });
});
