import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from '../../src/core/root.ts';
import { describe } from '../support/suite.ts';

const root = projectRoot();
const file = join(root, 'docker-compose.yml');
const program = process.env['WATCHKEEPER_DOCKER_COMPOSE'] ?? 'docker-compose';
const isThere = spawnSync(program, ['version'], { stdio: 'ignore' }).status === 0;

interface Service {
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly build?: string;
  readonly read_only?: boolean;
  readonly ports?: readonly string[];
  readonly environment?: Record<string, string>;
}

interface Compose {
  readonly services: Record<string, Service>;
}

const compose = parse(readFileSync(file, 'utf8')) as Compose;
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

function configOf(env: Record<string, string>): { readonly code: number; readonly text: string } {
  const result = spawnSync(program, ['-f', file, 'config'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
  return { code: result.status ?? -1, text: `${result.stdout}${result.stderr}` };
}

describe('docker-compose.yml', (it) => {
  if (isThere) {
    it('is accepted by docker-compose', () => {
      const result = spawnSync(program, ['-f', file, 'config', '-q'], { encoding: 'utf8' });
      assert.equal(result.status, 0, result.stderr);
    });

    it('takes the name of the site and the port from the environment', () => {
      const { code, text } = configOf({ WATCHKEEPER_SITE: 'lab', WATCHKEEPER_PORT: '8123' });
      assert.equal(code, 0, text);
      assert.match(text, /WATCHKEEPER_SITE: lab/);
      assert.match(text, /127\.0\.0\.1:8123:7180/);
    });
  } else if (process.env['CI'] === 'true') {
    it('is accepted by docker-compose', () => assert.fail('docker-compose is missing.'));
  } else {
    it.skip('is accepted by docker-compose', 'needs docker-compose in PATH');
  }

  it('has an app, a NATS and a MongoDB, and no keys that versions of compose disagree on', () => {
    assert.deepEqual(Object.keys(compose.services).sort(), ['app', 'mongo', 'nats']);
    assert.deepEqual(Object.keys(compose).sort(), ['networks', 'services', 'volumes']);
  });

  it('checks the health of each, and opens ports on this machine only', () => {
    const { app, nats, mongo } = compose.services;
    assert.ok(nats?.healthcheck && mongo?.healthcheck);
    assert.match(dockerfile, /^HEALTHCHECK /m);
    assert.equal(app?.read_only, true);
    const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);
    assert.ok(ports.length > 0 && ports.every((port) => port.startsWith('127.0.0.1:')));
  });
});

describe('Dockerfile', (it) => {
  it('runs as an unprivileged user with only the data folder to write to', () => {
    assert.match(dockerfile, /^FROM node:24-slim$/m);
    assert.match(dockerfile, /^USER node$/m);
    assert.match(dockerfile, /^VOLUME \/data$/m);
    assert.match(dockerfile, /npm ci --omit=dev --ignore-scripts/);
  });

  it('starts the launcher that is there, with flags it has', () => {
    const [, list] = /^CMD (\[.*\])$/m.exec(dockerfile) ?? [];
    const [node, launcher = '', command, ...flags] = JSON.parse(list ?? '[]') as string[];
    assert.deepEqual([node, command], ['node', 'up']);
    assert.ok(existsSync(join(root, launcher)));
    const known = readFileSync(join(root, 'src/cli/serve-options.ts'), 'utf8');
    for (const flag of flags.filter((each) => each.startsWith('--'))) {
      assert.ok(known.includes(`'${flag}`), flag);
    }
  });

  it('copies neither packages nor data of this machine into the image', () => {
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    for (const name of ['node_modules', 'dist', 'data', '.git']) assert.ok(ignored.includes(name));
  });
});
