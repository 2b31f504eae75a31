// Lines per second of template mining on labelled log sets, and as a ratio to splitting the same
// lines at blanks. Usage: ./watchkeeper bench templates [--json] [--quick] [folder of log sets]
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { findLabelledSets, type LabelledSet } from '../src/cli/templates/labelled-set.ts';
import { projectRoot } from '../src/core/root.ts';
import { forkBuilt, nextMessage } from './support/built.ts';
import { round } from './support/figures.ts';
import type { MiningFigures } from './support/template-mining.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' } },
});
const data = process.env['WATCHKEEPER_DATA'] ?? join(projectRoot(), '..', 'shared', 'data');
const sets = findLabelledSets(positionals[0] ?? join(data, 'loghub'));
const rows: MiningFigures[] = [];
for (const set of sets) rows.push(await measure(set));
const all = total(rows);

const table = new Table({
  head: ['set', 'lines', 'lines/s of CPU', 'split/s', 'ratio to split', 'templates'],
});
for (const row of [...rows, all]) {
  const { set, lines, linesPerSecond, splitPerSecond, ratioToSplit, templates } = row;
  table.push([set, lines, linesPerSecond, splitPerSecond, round(ratioToSplit), templates]);
}
console.log(table.toString());
if (values.json === true) console.log(JSON.stringify({ sets: rows, all }));

async function measure({ name, file }: LabelledSet): Promise<MiningFigures> {
  const effort = values.quick === true ? ['5', '2'] : ['20', '7'];
  const child = await forkBuilt('template-mining', [name, file, ...effort]);
  const row = await nextMessage<MiningFigures>(child);
  child.kill();
  return row;
}

/** All sets as if they were one: every line once. */
function total(parts: readonly MiningFigures[]): MiningFigures {
  const lines = parts.reduce((sum, row) => sum + row.lines, 0);
  const seconds = (of: (row: MiningFigures) => number): number =>
    parts.reduce((sum, row) => sum + row.lines / of(row), 0);
  const mining = seconds(({ linesPerSecond }) => linesPerSecond);
  const splitting = seconds(({ splitPerSecond }) => splitPerSecond);
  return {
    set: 'all',
    lines,
    linesPerSecond: Math.round(lines / mining),
    splitPerSecond: Math.round(lines / splitting),
    ratioToSplit: splitting / mining,
    templates: parts.reduce((sum, row) => sum + row.templates, 0),
  };
}
