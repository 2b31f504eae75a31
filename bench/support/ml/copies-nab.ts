import { Random } from '../../../src/core/random.ts';
import type { Copied, CopyMeasure } from './copies.ts';
import { withRepeats } from './copies.ts';
import { readNab, readProfiles } from './nab-data.ts';
import type { NabFile } from './nab-data.ts';
import { scoreStream } from './nab-detect.ts';
import { scoreNab } from './nab-score.ts';
import type { MlContext } from './part.ts';

const HOUR = 3_600_000;
const YEAR = 8766 * HOUR;

type Change = (file: NabFile, index: number) => NabFile;

const SAME: Readonly<Record<string, Change>> = {
  '1 h 17 min 0.123 s later': (file) => shifted(file, 4_620_123),
  '3 days 5 h later': (file) => shifted(file, 77 * HOUR),
  '20 years earlier': (file) => shifted(file, -20 * YEAR),
  'times 1000 plus 1,000,000': (file) => valued(file, (value) => value * 1000 + 1e6),
  'times 0.001': (file) => valued(file, (value) => value * 1e-3),
  'times 2^-7': (file) => valued(file, (value) => value / 128),
  negated: (file) => valued(file, (value) => -value),
};

const OTHER: Readonly<Record<string, Change>> = {
  'half the pace': (file) => paced(file, 2),
  'twice the pace': (file) => paced(file, 0.5),
  'every 50th row twice': (file) => repeated(file, 50),
  'noise of 0.1 % of the deviation': noisy,
};

/** NAB on copies of all its streams. */
export function nabCopies(context: MlContext): Copied | undefined {
  const folder = context.find('nab');
  const profileFile = context.findTraining('nab/profiles.json');
  if (folder === undefined || profileFile === undefined) return undefined;
  const files = readNab(folder);
  const standard = readProfiles(profileFile)['standard'];
  if (files.length === 0 || standard === undefined) return undefined;
  const measure = (name: string, change: Change): number => {
    context.progress(`robustness: nab, ${name}`);
    const streams = files.map((file, index) => {
      const changed = change(file, index);
      return { ...changed, scores: scoreStream(changed) };
    });
    return scoreNab(streams, standard).score;
  };
  const copies = (changes: Readonly<Record<string, Change>>, isSame: boolean): CopyMeasure[] =>
    Object.entries(changes).map(([name, change]) => {
      return { name, value: measure(name, change), isSame };
    });
  return {
    measure: 'NAB standard score',
    original: measure('as it is', (file) => file),
    copies: [...copies(SAME, true), ...copies(OTHER, false)],
    note: `${files.length} streams; the threshold is chosen on each copy, as NAB does`,
  };
}

function shifted(file: NabFile, by: number): NabFile {
  return timed(file, (time) => time + by);
}

/** Times further apart, from the first on. */
function paced(file: NabFile, by: number): NabFile {
  const first = file.times[0] ?? 0;
  return timed(file, (time) => first + by * (time - first));
}

function timed(file: NabFile, change: (time: number) => number): NabFile {
  return {
    ...file,
    times: Float64Array.from(file.times, change),
    windows: file.windows.map(([first, last]) => [change(first), change(last)] as const),
  };
}

function valued(file: NabFile, change: (value: number) => number): NabFile {
  return { ...file, values: file.values.map(change) };
}

function repeated(file: NabFile, nth: number): NabFile {
  const rows = withRepeats(file.values.length, nth);
  return {
    ...file,
    times: Float64Array.from(rows, (row) => file.times[row] as number),
    values: Float64Array.from(rows, (row) => file.values[row] as number),
  };
}

function noisy(file: NabFile, index: number): NabFile {
  const random = new Random(index, 'nab noise');
  const mean = file.values.reduce((sum, value) => sum + value, 0) / file.values.length;
  const squares = file.values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const size = 1e-3 * Math.sqrt(squares / file.values.length);
  return valued(file, (value) => value + random.normal(0, size));
}
