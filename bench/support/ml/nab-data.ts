import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import type { NabProfile, NabStream } from './nab-score.ts';

/** A stream as it lies in the data folder. */
export interface NabFile extends Omit<NabStream, 'scores'> {
  readonly values: Float64Array;
}

/** Every stream that `windows.json` lists and `data/` holds, sorted by name. */
export function readNab(folder: string): readonly NabFile[] {
  const labels = readJson(join(folder, 'windows.json')) as Record<string, [string, string][]>;
  return Object.keys(labels)
    .sort()
    .filter((name) => existsSync(join(folder, 'data', name)))
    .map((name) => {
      const rows = rowsOf(readFileSync(join(folder, 'data', name), 'utf8'));
      const windows = (labels[name] ?? []).map(([first, last]) => {
        return [timeOf(first), timeOf(last)] as const;
      });
      return { name, windows, ...rows };
    });
}

/** The three cost profiles by name. */
export function readProfiles(file: string): Readonly<Record<string, NabProfile>> {
  const given = readJson(file) as Record<string, { CostMatrix: Record<string, number> }>;
  return Object.fromEntries(
    Object.entries(given).map(([name, { CostMatrix: costs }]) => [
      name,
      {
        truePositive: costs['tpWeight'] ?? 1,
        falsePositive: costs['fpWeight'] ?? 0.11,
        falseNegative: costs['fnWeight'] ?? 1,
      },
    ]),
  );
}

/** Scores that another detector has published for these streams; `undefined` unless for all of them. */
export function readReference(
  folder: string,
  files: readonly Omit<NabStream, 'scores'>[],
): readonly NabStream[] | undefined {
  const streams: NabStream[] = [];
  for (const file of files) {
    const path = join(folder, `${file.name}.gz`);
    if (!existsSync(path)) return undefined;
    const scores = rowsOf(gunzipSync(readFileSync(path)).toString('utf8')).values;
    streams.push({ ...file, scores });
  }
  return streams;
}

/** Names of the detectors with published scores. */
export function referenceNames(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** Lines of `timestamp,number` below a heading. */
function rowsOf(text: string): { readonly times: Float64Array; readonly values: Float64Array } {
  const lines = text.trim().split(/\r?\n/).slice(1);
  const times = new Float64Array(lines.length);
  const values = new Float64Array(lines.length);
  for (const [row, line] of lines.entries()) {
    const [time = '', value = ''] = line.split(',');
    times[row] = timeOf(time);
    values[row] = Number(value);
  }
  return { times, values };
}

/** `2014-04-10 16:15:00` with or without fractions, taken as UTC. */
function timeOf(text: string): number {
  return Date.parse(`${text.trim().slice(0, 19).replace(' ', 'T')}Z`);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
