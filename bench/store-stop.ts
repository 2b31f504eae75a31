// A site at full speed whose store stops for some minutes: whether its memory
// stays flat (within 10 % of the median), its journal bounded, and everything
// that it acked is stored once the store is back. Ends with 1 if not.
// Usage: bench store-stop [--json] [--minutes n] [--watches n]
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { forkBuilt } from './support/built.ts';
import { runStoreStop } from './support/store-stop-run.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    minutes: { type: 'string', default: '5' },
    watches: { type: 'string', default: '50' },
  },
});
const stoppedMs = Number(values.minutes) * 60_000;
const watches = Number(values.watches);

const server = await forkBuilt('store-stop-server', []);
const figures = await runStoreStop({
  server,
  devices: watches,
  warmMs: 5_000,
  stoppedMs,
  // After about a minute V8 gives the young generation's memory back, once.
  settleMs: Math.min(75_000, stoppedMs / 4),
  onSample: ({ rssBytes, backlogBytes }, ms) => {
    const state = `${Math.round(rssBytes / 2 ** 20)} MiB, ${Math.round(backlogBytes / 2 ** 20)} MiB behind`;
    process.stderr.write(`\r${Math.round(ms / 1000)} of ${stoppedMs / 1000} s: ${state}   `);
  },
});
process.stderr.write('\r'.padEnd(70) + '\r');
const table = new Table();
for (const [key, value] of Object.entries(figures))
  table.push([key.replaceAll('_', ' '), String(value)]);
console.log(`${watches} watches at full speed, store stopped for ${values.minutes} minutes`);
console.log(table.toString());
if (values.json === true) console.log(JSON.stringify(figures));
const isKept =
  figures.rss_deviation_percent <= 10 &&
  figures.journal_growth_mib <= figures.journal_bound_mib &&
  figures.is_balanced &&
  figures.is_count_right;
process.exit(isKept ? 0 : 1);
