import type { JSX } from 'preact';
import type { PerformanceRow } from '../../../../model/performance.ts';
import { formatCount } from '../../logic/format.ts';
import {
  ackText,
  formatPerShift,
  formatShare,
  intervalText,
  sortedPerformance,
} from '../../logic/performance-rows.ts';

/** What people said about the alerts of each detector. */
export function PerformanceTable({ rows }: { rows: readonly PerformanceRow[] }): JSX.Element {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="Detectors as a table">
      <table data-testid="performance-table">
        <caption class="visually-hidden">Detectors, the most alerts first</caption>
        <thead>
          <tr>
            <th scope="col">Detector</th>
            <Number text="Alerts" />
            <Number text="Per shift" />
            <Number text="Useful" />
            <Number text="False" />
            <Number text="Expected" />
            <th scope="col">Precision</th>
            <Number text="Recall" />
            <th scope="col">Acknowledged in</th>
          </tr>
        </thead>
        <tbody>
          {sortedPerformance(rows).map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Number({ text }: { text: string }): JSX.Element {
  return (
    <th scope="col" class="num">
      {text}
    </th>
  );
}

function Row({ row }: { row: PerformanceRow }): JSX.Element {
  const { id, opened, alertsPerShift, useful, expected, recall } = row;
  return (
    <tr data-testid="performance-row" data-detector={id}>
      <th scope="row">{id}</th>
      <td class="num">{formatCount(opened)}</td>
      <td class="num">{formatPerShift(alertsPerShift)}</td>
      <td class="num">{formatCount(useful)}</td>
      <td class="num">{formatCount(row.false)}</td>
      <td class="num">{formatCount(expected)}</td>
      <td class="nowrap">
        <Precision row={row} />
      </td>
      <td class="num">{formatShare(recall)}</td>
      <td class="nowrap">{ackText(row)}</td>
    </tr>
  );
}

/** The share, a bar of its interval with a mark at the share, and the interval in words. */
function Precision({ row }: { row: PerformanceRow }): JSX.Element {
  const { precision, precisionLow = 0, precisionHigh = 1 } = row;
  const interval = intervalText(row);
  if (precision === undefined || interval === undefined) return <span class="muted">–</span>;
  const percent = (share: number): string => `${share * 100}%`;
  return (
    <span class="precision">
      <strong>{formatShare(precision)}</strong>
      <span class="interval" aria-hidden="true">
        <span
          class="interval-band"
          style={{ left: percent(precisionLow), width: percent(precisionHigh - precisionLow) }}
        />
        <span class="interval-mark" style={{ left: percent(precision) }} />
      </span>
      <span class="muted">{interval}</span>
    </span>
  );
}
