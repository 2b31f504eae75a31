// Scores the models on real data sets: strictly causal where data is a stream,
// thresholds from training data, one set of parameters for all files of a set.
// Usage: node --import tsx bench/ml.ts [--data <dir>] [--only nab,hdfs,…] [--json]
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { projectRoot } from '../src/core/root.ts';
import { contextOf } from './support/ml/part.ts';
import type { MlFigure, MlPart } from './support/ml/part.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const beside = process.env['WATCHKEEPER_DATA'] ?? join(projectRoot(), '..', 'shared', 'data');
const folder = join(projectRoot(), 'bench', 'ml');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -'.ts'.length))
  .sort();
const only = options.only?.split(',') ?? names;
const unknown = only.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no part "${unknown.join('", "')}"; there are: ${names.join(', ')}.`);
  process.exit(2);
}

const isTerminal = process.stderr.isTTY;
const context = contextOf(options.data ?? beside, beside, (text) => {
  if (isTerminal) process.stderr.write(`\r\u001b[2K${text}`);
});

const commit = commitOf();
const parts: Record<string, { seconds: number; figures: readonly MlFigure[] }> = {};
for (const name of only) {
  context.progress(name);
  const { part } = (await import(join(folder, `${name}.ts`))) as { readonly part: MlPart };
  const started = performance.now();
  const figures = await part.run(context);
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
  parts[name] = { seconds, figures };
  context.progress('');
  if (!options.json) print(name, seconds, figures);
}
if (options.json) console.log(JSON.stringify({ bench: 'ml', commit, parts }));
else console.log(`\ncommit ${commit}`);

function print(name: string, seconds: number, figures: readonly MlFigure[]): void {
  console.log(`\n${name} (${seconds} s)`);
  if (figures.length === 0) console.log('  skipped: its data is missing');
  for (const { measure, value, role, reach, aim, lowerIsBetter, note } of figures) {
    const goal =
      reach === undefined
        ? ''
        : `  ${lowerIsBetter === true ? '≤' : '≥'} ${reach}${aim === undefined ? '' : `, aim ${aim}`}`;
    const tag = role === 'result' ? '' : `  [${role}]`;
    console.log(
      `  ${measure.padEnd(52)} ${String(Number(value.toPrecision(4))).padStart(10)}${goal}${tag}${note === undefined ? '' : `  ${note}`}`,
    );
  }
}

function commitOf(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: projectRoot(),
      encoding: 'utf8',
    }).trim();
  } catch {
    return 'unknown';
  }
}
