import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/core/clock.ts';
import { openFileShelf } from '../../../src/store/models/file-shelf.ts';
import {
  anArtefact,
  registryContract,
  registryOn,
  WHO,
  type ShelfPair,
} from '../../ml/registry/registry-contract.ts';
import { describe } from '../../support/suite.ts';

describe('models in files', (it) => {
  registryContract(it, async (): Promise<ShelfPair> => {
    const folder = mkdtempSync(join(tmpdir(), 'wk-models-'));
    const open = () => openFileShelf({ folder, clock: systemClock, pollMs: 10 });
    const first = await open();
    return {
      first,
      second: await open(),
      putText: async (name, text) => {
        const { version } = (await first.read(name)) as { version: number };
        writeFileSync(join(folder, 'stages', `${name}.${version + 1}.json`), text);
      },
      spoilBlob: (id) => {
        writeFileSync(join(folder, 'artefacts', `${id}.wkm`), anArtefact(99).bytes);
        return Promise.resolve();
      },
      close: () => {
        rmSync(folder, { recursive: true });
        return Promise.resolve();
      },
    };
  });
});

describe('the folder of models', (it) => {
  let folder = '';
  it.beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wk-models-'));
  });
  it.afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const open = () => openFileShelf({ folder, clock: systemClock });

  it('is readable by its owner only', async () => {
    const { id } = await registryOn(await open()).put(anArtefact(1).bytes, WHO);
    for (const file of [`artefacts/${id}.wkm`, 'stages/vitals.1.json']) {
      assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
    }
  });

  it('keeps the newest versions of a text and drops the others', async () => {
    const shelf = await open();
    for (let version = 0; version < 70; version += 1) {
      assert.equal(await shelf.replace('text', String(version), version), version + 1);
    }
    assert.equal((await shelf.read('text'))?.text, '69');
    assert.equal(readdirSync(join(folder, 'stages')).length, 32);
    assert.equal(await shelf.replace('text', 'late', 5), undefined);
    assert.equal((await shelf.read('text'))?.text, '69');
    assert.ok(!existsSync(join(folder, 'stages', 'text.6.json')));
  });

  it('mends an artefact that was damaged when it is put again', async () => {
    const registry = registryOn(await open());
    const { id, bytes } = anArtefact(1);
    await registry.put(bytes, WHO);
    writeFileSync(join(folder, 'artefacts', `${id}.wkm`), 'x');
    await assert.rejects(registry.get(id), { code: 'MODEL_INVALID' });
    await registry.put(bytes, WHO);
    assert.equal((await registry.get(id)).id, id);
  });

  it('refuses an artefact that is too large before it is read', async () => {
    const shelf = await open();
    const path = join(folder, 'artefacts', `${'a'.repeat(64)}.wkm`);
    writeFileSync(path, '');
    const { truncateSync } = await import('node:fs');
    truncateSync(path, 65 * 1024 * 1024);
    await assert.rejects(shelf.getBlob('a'.repeat(64)), { code: 'MODEL_INVALID' });
  });

  it('forgets what a crash left half-written, after an hour', async () => {
    await open();
    const [old, young] = ['1.tmp', '2.tmp'].map((file) => join(folder, 'artefacts', file));
    for (const file of [old, young]) writeFileSync(String(file), 'half');
    const longAgo = Date.now() / 1000 - 7_200;
    utimesSync(String(old), longAgo, longAgo);
    await open();
    assert.deepEqual([existsSync(String(old)), existsSync(String(young))], [false, true]);
  });

  it('takes files of other names for nothing', async () => {
    const shelf = await open();
    for (const file of ['Text.1.json', 'text.0.json', 'text.json', 'text.1.json.9.tmp']) {
      writeFileSync(join(folder, 'stages', file), '{}');
    }
    assert.deepEqual(await shelf.names(), []);
    rmSync(join(folder, 'stages'), { recursive: true });
    assert.deepEqual(await shelf.names(), []);
  });
});
