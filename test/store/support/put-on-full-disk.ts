// Puts blocks until the disk takes no more, many times again, then makes room and goes on; prints what happened as one line of JSON.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../src/core/errors.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { decode } from './codec.ts';
import { numberedBlock } from './numbered-block.ts';

const folder = process.argv[2]!;
const filler = join(folder, 'filler');
const store = await openEmbeddedStore({ folder, site: 'test', decode });
const failures = new Set<string>();
let refused = 0;
let blocks = 0;
const put = async (): Promise<boolean> => {
  try {
    await store.records.put([numberedBlock(blocks + 1)]);
    blocks += 1;
    return true;
  } catch (error) {
    failures.add(messageOf(error).replace(/"[^"]*"/, '"…"'));
    refused += 1;
    return false;
  }
};
for (let number = 0; number < 20; number += 1) await put();
for (let size = 16 * 1024 * 1024; size >= 4096; size = Math.floor(size / 2)) {
  try {
    writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
  } catch {
    // Until nothing more fits.
  }
}
const before = blocks;
while (refused < 200 && blocks < before + 1000) await put();
const atFull = blocks;
rmSync(filler);
const goesOn = await put();
const counted = await store.records.count();
const { records } = await store.records.query({ from: 0, to: 9e15, limit: 10_000 });
await store.close();
console.log(
  JSON.stringify({
    failures: [...failures],
    refused,
    stored: before,
    storedWhileFull: atFull - before,
    goesOn,
    isWhole: counted === records.length && counted === blocks * 40,
  }),
);
