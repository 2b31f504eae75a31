import type { JSX } from 'preact';
import type { StoredRecord } from '../../../store/store.ts';
import { formatDateTime } from '../logic/format.ts';

/** Log records, newest first. */
export function RecordsTable({
  records,
  label,
}: {
  records: readonly StoredRecord[];
  label: string;
}): JSX.Element {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label={`${label}, table`}>
      <table class="records">
        <thead>
          <tr>
            <th scope="col">Time (UTC)</th>
            <th scope="col">Level</th>
            <th scope="col">Message</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr key={`${record.lsn}.${record.ordinal}`}>
              <td class="mono nowrap">{formatDateTime(record.timestamp)}</td>
              <td>
                <span class={`level level-${record.level}`}>{record.level}</span>
              </td>
              <td class="message">
                {record.message}
                {record.error_code === undefined ? null : <code>{record.error_code}</code>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
