import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/root.ts';
import { describe } from '../support/suite.ts';

/** This file holds the patterns themselves. */
const SELF = 'test/docs/tracked-text.test.ts';
const BINARY = /\.(?:png|ico|woff2?|gz|bin)$/;

const FORBIDDEN: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a path of somebody’s machine', /(?:\/home\/[a-z][\w-]*\/|\/Users\/\w+|\/root\/|C:\\Users\\)/],
  ['a path of a workplace', /\/work\/(?:main|shared)\b|\/workspaces?\//],
  [
    'a host of a package registry or mirror',
    /https?:\/\/(?:[\w-]+\.)*(?:registry|artifactory|nexus|verdaccio|mirror|goproxy)\b[\w.-]*/i,
  ],
  ['an address in a private network', /https?:\/\/(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d/],
];

/** Files under version control; in a copy without it, nothing can be said. */
function trackedFiles(): readonly string[] | undefined {
  try {
    const options = { cwd: projectRoot(), encoding: 'utf8', stdio: 'pipe' } as const;
    return execFileSync('git', ['ls-files', '-z'], options).split('\0').filter(Boolean);
  } catch {
    return undefined;
  }
}

function faults(name: string, text: string): readonly string[] {
  return FORBIDDEN.flatMap(([what, pattern]) => {
    const found = pattern.exec(text)?.[0];
    return found === undefined ? [] : [`${name} has ${what}: ${found}`];
  });
}

describe('files under version control', (it) => {
  const files = trackedFiles();
  if (files === undefined) {
    it.skip('name no machine and no registry', 'this is not a git checkout');
    return;
  }

  it('name no machine and no registry', () => {
    const found = files
      .filter((name) => name !== SELF && !BINARY.test(name))
      .filter((name) => existsSync(join(projectRoot(), name)))
      .flatMap((name) => faults(name, readFileSync(join(projectRoot(), name), 'utf8')));
    assert.deepEqual(found, []);
  });

  it('would be found out', () => {
    const bad = [
      '/home/ann/code',
      'https://registry.example.org/x',
      'http://npm.mirror.example/',
      'http://10.1.2.3/',
    ];
    for (const text of bad) assert.equal(faults('x', text).length, 1, text);
    assert.deepEqual(faults('x', 'https://127.0.0.1:7180 and https://nodejs.org'), []);
  });
});
