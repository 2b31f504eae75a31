import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/root.ts';
import { describe } from '../support/suite.ts';
import { readDocument } from './documents.ts';

function foldersOf(path: string): readonly string[] {
  return readdirSync(join(projectRoot(), path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${path}/${name}`);
}

/** Folders that rows of docs/architecture.md describe. */
function described(): readonly string[] {
  const rows = readDocument('docs/architecture.md').matchAll(
    /^\| `(src\/[a-z/-]+)\/` +\| (.+?) +\|$/gm,
  );
  return [...rows].map(([, folder = '', what = '']) => {
    assert.ok(what.length > 10, `${folder} is described in a sentence`);
    return folder;
  });
}

describe('docs/architecture.md', (it) => {
  it('describes every folder of src and the folders below, and none that is gone', () => {
    const top = foldersOf('src');
    const below = top.flatMap(foldersOf);
    assert.deepEqual([...described()].sort(), [...top, ...below].sort());
  });

  it('names the folders of the layers that are checked', () => {
    const rules = readDocument('.dependency-cruiser.cjs');
    const layers = [...rules.matchAll(/layer\('([a-z]+)', \[([^\]]*)\]/g)];
    assert.ok(layers.length > 10);
    const text = readDocument('docs/architecture.md').split('## Who may import whom')[1] ?? '';
    for (const [, name = '', allowed = ''] of layers) {
      const row = new RegExp(`^\\| ${name} +\\| (.*?) +\\|`, 'm').exec(text)?.[1] ?? '';
      const wanted = allowed.replaceAll("'", '').replaceAll(' ', '');
      const given = row.replace('nothing', '').replaceAll(' (its ports)', '').replaceAll(' ', '');
      assert.equal(given, wanted, name);
    }
  });
});
