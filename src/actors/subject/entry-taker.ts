import { ENTRY } from '../../model/journal-entry.ts';
import type { LogRecord } from '../../model/record.ts';
import type { SubjectId } from '../../model/subject.ts';
import type { BlockEntry } from '../../store/store.ts';
import type { DispatchedEntry, UserRecords } from '../messages.ts';
import type { DecodedBatch } from '../ports.ts';
import type { SubjectContext } from './context.ts';
import { EntryOpener } from './entry-opener.ts';
import type { Segment } from './stepped.ts';
import type { SubjectDraft } from './subject-state.ts';
import { haveMessages, TemplateBook } from './template-book.ts';
import { groupByUser } from './user-records.ts';
import { lastVitals, vitalPoints } from './vitals.ts';

/** What entries hold for others than the store. */
export interface Taken {
  /** Records for the subject's own detectors. */
  readonly segments: readonly Segment[];
  /** Records for users, in step with the entries; `undefined` of an entry with none. */
  readonly handOn: readonly (ReadonlyMap<string, UserRecords> | undefined)[];
}

/** A late record is older than this when the gateway saw it. */
const ALLOWED_LATENESS_MS = 300_000;

/**
 * Takes entries into a subject's draft: opens them, gives messages their
 * templates, completes their cells for the store and notes what was heard.
 */
export class EntryTaker {
  readonly #context: SubjectContext;
  readonly #id: SubjectId;
  readonly #opener: EntryOpener;

  constructor(context: SubjectContext, id: SubjectId) {
    this.#context = context;
    this.#id = id;
    this.#opener = new EntryOpener(context, id);
  }

  take(entries: readonly DispatchedEntry[], draft: SubjectDraft): Taken {
    const segments: Segment[] = [];
    const handOn = entries.map((entry) => {
      const batch = this.#open(entry, draft);
      if (entry.kind === ENTRY.imported) {
        // It tells nothing of now: nobody was heard, and no detector may take it for news.
        this.#context.count('records', batch?.records.length ?? 0);
        return undefined;
      }
      if (batch === undefined) return undefined;
      const { lsn, observedAt } = entry;
      segments.push({ lsn, observedAt, records: batch.records, triggers: undefined });
      const users = groupByUser(this.#context.detectors(), batch.records, entry);
      this.#heard(draft, entry, batch);
      return users;
    });
    return { segments, handOn };
  }

  /** Opens an entry and hands what it holds to the store. */
  #open(entry: DispatchedEntry, draft: SubjectDraft): DecodedBatch | undefined {
    const opened = this.#opener.open(entry, draft);
    const batch = typeof opened === 'string' ? undefined : opened;
    const templates = batch && this.#mine(draft, batch.records);
    if (entry.cell !== undefined) {
      this.#context.cells.complete(entry.cell, this.#stored(entry, opened, templates));
    }
    return batch;
  }

  /** Gives records the templates of their messages, before anything else looks at them. */
  #mine(draft: SubjectDraft, records: readonly LogRecord[]): readonly string[] | undefined {
    if (draft.templates === undefined) {
      if (!haveMessages(records)) return undefined;
      draft.templates = TemplateBook.create(this.#context.miners, this.#id);
    }
    return draft.templates.learn(records);
  }

  #stored(
    entry: DispatchedEntry,
    opened: DecodedBatch | 'empty' | 'quarantined',
    templates: readonly string[] | undefined,
  ): BlockEntry | 'empty' | 'quarantined' {
    if (typeof opened === 'string') return opened;
    if (opened.records.length === 0) return 'empty';
    return {
      lsn: entry.lsn,
      subject: this.#id,
      observedAt: entry.observedAt,
      payload: opened.payload,
      count: opened.records.length,
      minTimestamp: opened.minTimestamp,
      maxTimestamp: opened.maxTimestamp,
      levels: opened.levels,
      services: opened.services,
      users: opened.users,
      ...(templates && { templates }),
    };
  }

  #heard(draft: SubjectDraft, entry: DispatchedEntry, batch: DecodedBatch): void {
    const { levels, records } = batch;
    this.#context.count('records', records.length);
    this.#countLate(entry, batch);
    if (this.#context.isWatched(this.#id)) this.#context.seen(this.#id, vitalPoints(records));
    if (entry.observedAt > draft.lastHeardAt) draft.lastHeardAt = entry.observedAt;
    draft.blindMs = this.#context.time.blindMs;
    draft.records += records.length;
    draft.errors += levels[3] + levels[4];
    draft.vitals = lastVitals(records) ?? draft.vitals;
    if (records.length === 0) return;
    draft.lagMs = entry.observedAt - batch.maxTimestamp;
    this.#context.lag(draft.lagMs);
  }

  #countLate({ observedAt }: DispatchedEntry, { records, minTimestamp }: DecodedBatch): void {
    const oldest = observedAt - ALLOWED_LATENESS_MS;
    if (minTimestamp >= oldest) return;
    const late = records.filter(({ timestamp }) => timestamp < oldest);
    this.#context.count('lateRecords', late.length);
  }
}
