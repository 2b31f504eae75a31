import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../src/core/root.ts';

/** Where the public log sets lie: `WATCHKEEPER_DATA`, else `shared/data` beside the project; `undefined` when neither is there. */
export function loghubFolder(): string | undefined {
  const folder = process.env['WATCHKEEPER_DATA'] ?? join(projectRoot(), '..', 'shared', 'data');
  const loghub = join(folder, 'loghub');
  return existsSync(loghub) ? loghub : undefined;
}

/** One set: its raw lines and, for each, the fields that its authors took from it. */
export interface LogSet {
  readonly lines: readonly string[];
  readonly rows: readonly Readonly<Record<string, string>>[];
}

export function readLogSet(folder: string, name: string): LogSet {
  const base = join(folder, name, `${name}_2k.log`);
  const lines = readFileSync(base, 'utf8').split(/\r*\n/);
  if (lines.at(-1) === '') lines.pop();
  const [header, ...rows] = parseCsv(readFileSync(`${base}_structured.csv`, 'utf8'));
  return {
    lines,
    rows: rows.map((row) =>
      Object.fromEntries((header ?? []).map((key, i) => [key, row[i] ?? ''])),
    ),
  };
}

/** RFC 4180: quoted cells, doubled quotes. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === '') continue;
    rows.push(
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
      ),
    );
  }
  return rows;
}
