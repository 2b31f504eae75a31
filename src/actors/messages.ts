import type { EntryKind, ScoreRow } from '../model/journal-entry.ts';
import type { LogRecord } from '../model/record.ts';
import type { Cell } from './cells.ts';

/** One journal entry on its way to its subject. */
export interface DispatchedEntry {
  readonly kind: EntryKind;
  readonly lsn: number;
  readonly observedAt: number;
  readonly body: Uint8Array;
  /** Where its records are archived; hello entries have none. */
  readonly cell: Cell | undefined;
}

/** Records of one entry that concern a user. */
export interface UserRecords {
  readonly lsn: number;
  readonly observedAt: number;
  readonly records: readonly LogRecord[];
  /** `<lsn>.<ordinal>` of each record. */
  readonly triggers: readonly string[];
}

/** An answer for one subject; `ordinal` is its row in the entry. */
export interface AnswerRow {
  readonly ordinal: number;
  readonly row: ScoreRow;
}

/** What a subject's actor understands. Every message is counted in {@link Work} until it is folded. */
export type SubjectMessage =
  /** In lsn order, all behind the last tick. */
  | { readonly type: 'entries'; readonly entries: DispatchedEntry[] }
  | { readonly type: 'records'; readonly items: UserRecords[] }
  | { readonly type: 'tick'; readonly lsn: number; readonly now: number; readonly blindMs: number }
  /** Answers of one model to requests of this subject's detectors. */
  | {
      readonly type: 'scores';
      readonly lsn: number;
      readonly at: number;
      readonly model: string;
      readonly answers: readonly AnswerRow[];
    }
  /** The site has come back: what is unanswered is asked again. Changes nothing. */
  | { readonly type: 'ask' }
  /** It must be heard of from now on, though it may never have sent anything. */
  | { readonly type: 'expect'; readonly now: number; readonly blindMs: number };
