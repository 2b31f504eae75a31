import type { WindowOptions } from './window-collector.ts';
import type { Trained } from './train-model.ts';

/** Records of a running site, instead of files. */
export interface SiteSource {
  readonly url: string;
  readonly token?: string;
  readonly ca?: string;
  /** Body of the query, without `limit` and `cursor`. */
  readonly query: Readonly<Record<string, unknown>>;
}

/** What the training thread is asked; plain data. */
export interface TrainingRequest {
  readonly name: string;
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly files: readonly string[];
  readonly site?: SiteSource;
  /** Format of the files; told by their names when left out. */
  readonly as?: string;
  readonly columns?: readonly string[];
  readonly label?: string;
  /** What tells sessions apart, and the values that are their events. */
  readonly session: string;
  readonly event?: string;
  /** Windows of records instead of rows. */
  readonly windows?: WindowOptions;
  readonly parent?: string;
  readonly isCompressed?: boolean;
  /** Surprise that is to alarm. */
  readonly threshold?: number;
  /** Ms since the epoch. */
  readonly now: number;
}

/** What it says. */
export type TrainingNews =
  | {
      readonly type: 'progress';
      readonly stage: string;
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly type: 'done';
      readonly trained: Trained;
      readonly skipped: number;
      readonly left: number;
    }
  | {
      readonly type: 'failed';
      readonly code: string;
      readonly message: string;
      readonly fix: string | undefined;
    };
