import type { History } from '../../app/backtest/history.ts';
import { compileFilter, readWireRecord } from '../../core/filter/compile-filter.ts';
import { IMPORTER } from '../../actors/subject-of.ts';
import type { WireRecord } from '../../model/wire-record.ts';
import { subjectId } from '../../model/subject.ts';
import type { StoredRecord } from '../../store/store.ts';
import { logFiles } from '../replay/log-files.ts';
import { readLog } from '../replay/read-log.ts';

export interface FileHistoryOptions {
  readonly cwd: string;
  /** Formats, as `replay` takes them. */
  readonly as: string;
  /** Ms; settles the year of lines that name none. */
  readonly reference: number;
}

const PAGE = 5_000;

/** History out of log files, a million lines each at most, by event time; there are no alerts of then. @throws USAGE, TOO_LARGE */
export async function fileHistory(
  files: readonly string[],
  { cwd, as, reference }: FileHistoryOptions,
): Promise<{ readonly history: History; readonly from: number; readonly to: number }> {
  const all: WireRecord[] = [];
  for (const { path, ...file } of logFiles(files, { cwd, as })) {
    const { records } = await readLog(path, { ...file, reference });
    for (const record of records) all.push(record);
  }
  all.sort((one, other) => one.timestamp - other.timestamp);
  const history: History = {
    async *records({ from, to, where, service }) {
      await Promise.resolve();
      const matches =
        where === undefined ? () => true : compileFilter<WireRecord>(where, readWireRecord);
      const wanted = all.filter(
        (record) =>
          record.timestamp >= from &&
          record.timestamp < to &&
          (service === undefined || record.service === service) &&
          matches(record),
      );
      for (let start = 0; start < wanted.length; start += PAGE) {
        yield wanted.slice(start, start + PAGE).map(stored);
      }
    },
    async *alerts() {
      await Promise.resolve();
      yield [];
    },
  };
  const last = all.at(-1)?.timestamp ?? 0;
  return { history, from: all[0]?.timestamp ?? 0, to: last + 1 };
}

/** A record as if it had been imported. */
function stored(record: WireRecord, ordinal: number): StoredRecord {
  const subject = subjectId('service', IMPORTER);
  return { ...record, subject, observed_at: record.timestamp, lsn: 1, ordinal };
}
