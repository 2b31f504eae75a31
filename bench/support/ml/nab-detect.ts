import { createSeriesEnsemble } from '../../../src/ml/series/series-ensemble.ts';
import { memberNames } from '../../../src/ml/series/series-members.ts';
import type { NabFile } from './nab-data.ts';
import type { NabStream } from './nab-score.ts';

/** Every stream scored by the whole ensemble, by each member alone, and without each. */
export interface Observed {
  readonly ensemble: readonly NabStream[];
  readonly alone: ReadonlyMap<string, readonly NabStream[]>;
  readonly without: ReadonlyMap<string, readonly NabStream[]>;
}

/** Strictly in order: a row's score knows the rows before it and nothing of the file. */
export function observeStreams(
  files: readonly NabFile[],
  progress: (text: string) => void,
): Observed {
  const scored = (what: string, members: readonly string[]): readonly NabStream[] => {
    progress(`nab: ${what}`);
    return files.map((file) => ({ ...file, scores: scoreStream(file, members) }));
  };
  return {
    ensemble: scored('ensemble', memberNames),
    alone: new Map(memberNames.map((name) => [name, scored(`only ${name}`, [name])])),
    without: new Map(
      memberNames.map((name) => {
        const rest = memberNames.filter((other) => other !== name);
        return [name, scored(`without ${name}`, rest)];
      }),
    ),
  };
}

/** A row's score by the whole ensemble, or by these members of it. */
export function scoreStream(
  file: Pick<NabFile, 'times' | 'values'>,
  members: readonly string[] = memberNames,
): Float64Array {
  const ensemble = createSeriesEnsemble({ members });
  return file.values.map((value, row) => ensemble.observe(file.times[row] as number, value));
}
