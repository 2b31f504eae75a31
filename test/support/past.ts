import { NO_MODELS } from '../../src/actors/ports.ts';
import type { History } from '../../src/app/backtest/history.ts';
import { runBacktest, type BacktestOptions } from '../../src/app/backtest/run-backtest.ts';
import { subjectId } from '../../src/model/subject.ts';
import type { StoredRecord } from '../../src/store/store.ts';

export const T0 = Date.UTC(2026, 2, 1);
export const SECOND = 1_000;
export const MINUTE = 60_000;

/** A stored record of a service, taken in at the moment that it speaks of unless it says otherwise. */
export function past(at: number, fields: Partial<StoredRecord> = {}): StoredRecord {
  const service = fields.service ?? 'shop';
  return {
    timestamp: at,
    observed_at: at,
    level: 'INFO',
    message: 'sold',
    subject: subjectId('service', service),
    lsn: 0,
    ordinal: 0,
    ...fields,
    service,
  };
}

/** Records each in an entry of its own, in this order, read in pages of some. */
export function pastHistory(records: readonly StoredRecord[], page = 7): Pick<History, 'records'> {
  const placed = records.map((record, index) => ({ ...record, lsn: 10 + 3 * index }));
  return {
    async *records({ axis, from, to }) {
      const timeOf = (record: StoredRecord): number =>
        axis === 'ingest' ? record.observed_at : record.timestamp;
      const wanted = placed
        .filter((record) => timeOf(record) >= from && timeOf(record) < to)
        .sort((one, other) => timeOf(one) - timeOf(other));
      for (let start = 0; start < wanted.length; start += page) {
        yield await Promise.resolve(wanted.slice(start, start + page));
      }
    },
  };
}

export const RULES = `
anomalies:
  - { id: service_down, type: service_down, silence: 10m, min_records: 3 }
  - { id: error_spike, type: error_spike, threshold: 4, window: 5m, clear_at: 2 }
`;

/** A backtest of these records with rules for silence and errors. */
export function backtestOf(
  records: readonly StoredRecord[],
  options: Partial<BacktestOptions> = {},
): ReturnType<typeof runBacktest> {
  return runBacktest({
    history: pastHistory(records),
    query: { axis: 'ingest', from: T0, to: T0 + 60 * MINUTE },
    ...{ site: 'test', rules: RULES, rulesFile: 'rules.yaml', models: NO_MODELS },
    ...options,
  });
}
