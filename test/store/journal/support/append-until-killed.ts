// Appends until it is killed; each commit puts its highest lsn on a line of stdout before anything else runs.
import { writeSync } from 'node:fs';

import { systemClock } from '../../../../src/core/clock.ts';
import { openSegmentJournal } from '../../../../src/store/segment-journal.ts';
import { entryFor } from './entries.ts';

const [folder = '', segmentBytes = ''] = process.argv.slice(2);
const journal = await openSegmentJournal({
  ...{ folder, clock: systemClock, segmentBytes: Number(segmentBytes) },
});
journal.onCommit((firstLsn, entries) => {
  writeSync(1, `${firstLsn + entries.length - 1}\n`);
});
for (;;) {
  for (let i = 0; i < 1 + (journal.nextLsn % 40); i += 1) journal.append(entryFor(journal.nextLsn));
  await new Promise(setImmediate);
  if (journal.nextLsn - journal.durableLsn > 500) await journal.durable(journal.nextLsn - 200);
}
