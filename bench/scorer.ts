// Scores in the actor tree: how long one takes at half of what the site can answer, batching and
// journalling included, what a batch costs to compute, and what the detectors that ask cost per
// record. Usage: ./watchkeeper bench scorer [--json]
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { forkBuilt, nextMessage } from './support/built.ts';
import { round } from './support/figures.ts';
import type { ScorerFigures } from './support/scorer-load.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean' } } });
const child = await forkBuilt('scorer-load', []);
const figures = await nextMessage<ScorerFigures>(child);
child.kill();
const { capacityRowsPerSecond, halfLoad, cost } = figures;

const table = new Table({ head: ['measure', 'value', 'reach'] });
table.push(
  ['rows answered a second', Math.round(capacityRowsPerSecond), ''],
  ['at half of that: rows a second', Math.round(halfLoad.rowsPerSecond), ''],
  ['request to answer, p50 ms', round(halfLoad.p50Ms), ''],
  ['request to answer, p99 ms', round(halfLoad.p99Ms), '< 25'],
  ['p99 of the median second, ms', round(halfLoad.secondP99Ms), '< 25'],
  ['rows of a batch, p50', halfLoad.rowsPerBatch, ''],
  ['compute of a batch, p50 ms', round(halfLoad.computeP50Ms), ''],
  ['compute of a batch, p99 ms', round(halfLoad.computeP99Ms), '< 5'],
  ['CPU a record, asking detectors off, µs', round(cost.offMicrosPerRecord), ''],
  ['with model_score, ratio to off', round(cost.modelScore), ''],
  ['with session_anomaly, ratio to off', round(cost.sessionAnomaly), ''],
);
console.log(table.toString());
if (values.json === true) console.log(JSON.stringify(figures));
