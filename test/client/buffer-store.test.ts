import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile, copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileBuffer } from '../../src/client/file-buffer.ts';
import { writeAll, type SegmentWrite } from '../../src/client/file-segment.ts';
import { memoryBuffer } from '../../src/client/memory-buffer.ts';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { describe } from '../support/suite.ts';
import { aBatch, bufferContract, noFacts } from './buffer-contract.ts';

const folders: string[] = [];
function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wk-buffer-'));
  folders.push(folder);
  return join(folder, 'buffer');
}

function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

const isCorrupt = (error: unknown): boolean =>
  isWatchkeeperError(error) && error.code === 'STORE_CORRUPT';
const add = (id: number, size = 50) => ({
  added: [aBatch(id, size)],
  removed: [],
  facts: { ...noFacts, nextId: id + 1 },
});

describe('buffer in memory', (it) => {
  for (const { name, run } of bufferContract) {
    it(name, async () => {
      const store = memoryBuffer();
      await run(() => store);
    });
  }
});

describe('buffer in files', (it) => {
  it.after(removeFolders);

  for (const durability of ['fsync', 'os'] as const) {
    for (const { name, run } of bufferContract) {
      it(`${name} (${durability})`, async () => {
        const folder = aFolder();
        await run(() => new FileBuffer({ folder, durability, segmentBytes: 8 * 1024 }));
      });
    }
  }

  it('is for its owner only, and for one process at a time', async () => {
    const folder = aFolder();
    const store = new FileBuffer({ folder });
    await store.open();
    await store.commit(add(1));
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    const [file = ''] = await readdir(folder);
    assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600);
    await assert.rejects(
      async () => new FileBuffer({ folder }).open(),
      (error) => isWatchkeeperError(error) && error.code === 'DATA_DIR_LOCKED',
    );
    await store.close();
    await new FileBuffer({ folder }).open();
  });

  it('cut off at any byte, holds exactly the changes that were whole, and goes on', async () => {
    const folder = aFolder();
    const store = new FileBuffer({ folder, segmentBytes: 1e6 });
    await store.open();
    const ends: number[] = [];
    for (let id = 1; id <= 4; id += 1) {
      await store.commit(add(id));
      ends.push(store.bytes);
    }
    await store.close();
    const [name = ''] = await readdir(folder);
    const whole = await readFile(join(folder, name));
    assert.equal(whole.length, ends.at(-1));
    for (let length = 0; length <= whole.length; length += 1) {
      const torn = aFolder();
      await mkdir(torn, { recursive: true });
      await writeFile(join(torn, name), whole.subarray(0, length));
      const expected = ends.filter((end) => end <= length).length;
      const again = new FileBuffer({ folder: torn, durability: 'os' });
      const { batches, facts } = await again.open();
      assert.deepEqual([batches.length, facts?.nextId ?? 1], [expected, expected + 1], `${length}`);
      await again.commit(add(9));
      await again.close();
      const last = new FileBuffer({ folder: torn, durability: 'os' });
      assert.equal((await last.open()).batches.length, expected + 1);
      await last.close();
    }
  });

  it('refuses every flipped bit but those of the last entry, which it can not tell from a torn one', async () => {
    const folder = aFolder();
    const store = new FileBuffer({ folder, segmentBytes: 1e6 });
    await store.open();
    for (let id = 1; id <= 3; id += 1) await store.commit(add(id, 20));
    const lastEntry = store.bytes;
    await store.commit(add(4, 20));
    await store.close();
    const [name = ''] = await readdir(folder);
    const whole = await readFile(join(folder, name));
    const damaged = aFolder();
    await mkdir(damaged, { recursive: true });
    for (let at = 0; at < whole.length; at += 1) {
      const bytes = Uint8Array.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(join(damaged, name), bytes);
      const again = new FileBuffer({ folder: damaged });
      if (at < lastEntry) await assert.rejects(async () => again.open(), isCorrupt, `byte ${at}`);
      else assert.equal((await again.open()).batches.length, 3);
      await again.close();
    }
  });

  it('refuses a file in the middle that lost its end', async () => {
    const folder = aFolder();
    const store = new FileBuffer({ folder, segmentBytes: 500 });
    await store.open();
    for (let id = 1; id <= 12; id += 1) await store.commit(add(id, 100));
    await store.close();
    const names = (await readdir(folder)).sort();
    assert.ok(names.length >= 3);
    const path = join(folder, names[1] ?? '');
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, -1));
    await assert.rejects(async () => new FileBuffer({ folder }).open(), isCorrupt);
    // What was written behind a failed write does not count, so more than that is no damage.
    await writeFile(path, bytes);
    await appendFile(path, 'half an entry');
    assert.equal((await new FileBuffer({ folder }).open()).batches.length, 12);
  });

  it('leaves out a file that was deleted and came back', async () => {
    const folder = aFolder();
    const store = new FileBuffer({ folder, segmentBytes: 300 });
    await store.open();
    await store.commit(add(1, 200));
    const [first = ''] = await readdir(folder);
    const aside = aFolder();
    await copyFile(join(folder, first), aside);
    for (let id = 2; id <= 9; id += 1) {
      await store.commit({ ...add(id, 200), removed: [id - 1] });
    }
    await store.close();
    assert.equal((await readdir(folder)).includes(first), false);
    await copyFile(aside, join(folder, first));
    const again = new FileBuffer({ folder, segmentBytes: 300 });
    assert.deepEqual(
      (await again.open()).batches.map(({ id }) => id),
      [9],
    );
    await again.close();
  });

  it('after a write that failed half way, writes the same again in another file', async () => {
    const folder = aFolder();
    let failures = 0;
    const write: SegmentWrite = async (handle, bytes, position) => {
      if (failures === 0) return writeAll(handle, bytes, position);
      failures -= 1;
      await writeAll(handle, bytes.subarray(0, Math.floor(bytes.length / 2)), position);
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    };
    const store = new FileBuffer({ folder, write });
    await store.open();
    await store.commit(add(1));
    failures = 2;
    // First the entry fails, then the header of the next file.
    await assert.rejects(store.commit(add(2)), /no space/);
    await assert.rejects(store.commit(add(2)), /no space/);
    await store.commit(add(2));
    await store.commit(add(3));
    await store.close();
    const again = new FileBuffer({ folder });
    const { batches, facts } = await again.open();
    assert.deepEqual([batches.map(({ id }) => id), facts?.nextId], [[1, 2, 3], 4]);
    await again.close();
  });
});
