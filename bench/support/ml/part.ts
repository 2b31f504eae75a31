import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** One figure of a benchmark of models. */
export interface MlFigure {
  /** What was measured, for example `NAB standard score`. */
  readonly measure: string;
  readonly value: number;
  /** `result` is what ships; `ablation` a part of it alone or left out; `baseline` a random or trivial score. */
  readonly role: 'result' | 'ablation' | 'baseline';
  /** What the design asks for at least, and aims at; smaller is better where `lowerIsBetter`. */
  readonly reach?: number;
  readonly aim?: number;
  readonly lowerIsBetter?: boolean;
  /** For people: which parameters, what is in-sample, what was skipped. */
  readonly note?: string;
}

/** Where a benchmark reads, and how it says how far it is. */
export interface MlContext {
  /** The path below the folder to be scored, or `undefined` when it is not there. */
  find(path: string): string | undefined;
  /** The same for training parts: falls back to the data beside the project. */
  findTraining(path: string): string | undefined;
  /** One line, replaced by the next one; for long work. */
  progress(text: string): void;
}

/** A benchmark on one folder of the data, or on generated numbers. `[]` when its data is missing. */
export interface MlPart {
  /** As in `--only`. */
  readonly name: string;
  run(context: MlContext): Promise<readonly MlFigure[]> | readonly MlFigure[];
}

export function contextOf(
  data: string,
  fallback: string,
  progress: (text: string) => void,
): MlContext {
  const below = (folder: string, path: string): string | undefined => {
    const full = join(folder, path);
    return existsSync(full) ? full : undefined;
  };
  return {
    find: (path) => below(data, path),
    findTraining: (path) => below(data, path) ?? below(fallback, path),
    progress,
  };
}
