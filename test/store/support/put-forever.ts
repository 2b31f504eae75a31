// Puts blocks until it is killed; prints the number of each that is durable.
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { numberedBlock } from './numbered-block.ts';
import { decode } from './codec.ts';

const store = await openEmbeddedStore({ folder: process.argv[2]!, site: 'test', decode });
for (let number = Number(process.argv[3]); ; number += 4) {
  await Promise.all(
    [0, 1, 2, 3].map(async (index) => {
      await store.records.put([numberedBlock(number + index)]);
      process.stdout.write(`${number + index}\n`);
    }),
  );
  const snapshot = store.snapshots.begin(number);
  snapshot.put('state', Buffer.from(String(number)));
  await snapshot.commit();
  process.stdout.write(`snapshot ${number}\n`);
}
