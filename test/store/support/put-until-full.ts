// Puts blocks until three puts failed; prints what happened as one line of JSON.
import { isWatchkeeperError, messageOf } from '../../../src/core/errors.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { decode } from './codec.ts';
import { numberedBlock } from './numbered-block.ts';

const store = await openEmbeddedStore({ folder: process.argv[2]!, site: 'test', decode });
const failures: string[] = [];
let blocks = 0;
for (let number = 1; number < 1000 && failures.length < 3; number += 1) {
  try {
    await store.records.put([numberedBlock(number)]);
    blocks += 1;
  } catch (error) {
    failures.push(isWatchkeeperError(error) ? error.code : messageOf(error));
  }
}
const counted = await store.records.count();
const { records } = await store.records.query({ from: 0, to: 9e15, limit: 10_000 });
await store.close();
console.log(JSON.stringify({ failures, blocks, counted, read: records.length }));
