import type { JSX } from 'preact';
import { formatDateTime, formatTime, formatType, formatValue } from '../../logic/format.ts';
import { JsonTree } from '../../ui/json-tree.tsx';

type Row = Readonly<Record<string, unknown>>;

/** One fact of an alert's evidence that is a number, a time (`…_at`) or a text. */
export function factText(name: string, fact: unknown): string {
  if (typeof fact !== 'number') return String(fact);
  return name.endsWith('_at') ? formatDateTime(fact) : formatValue(fact, 2);
}

/** A fact that is more than one value: a table where it is a list of flat rows. */
export function LongFact({ value }: { readonly value: unknown }): JSX.Element {
  const rows = rowsOf(value);
  const [first] = rows ?? [];
  if (rows === undefined || first === undefined) return <JsonTree value={value} depth={1} />;
  const columns = Object.keys(first);
  return (
    <div class="table-box">
      <table class="fact-table" data-testid="fact-table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column}>{formatType(column)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {columns.map((column) => (
                <td key={column}>{cellText(column, row[column])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function rowsOf(value: unknown): readonly Row[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const isFlat = (row: unknown): row is Row =>
    typeof row === 'object' &&
    row !== null &&
    !Array.isArray(row) &&
    Object.values(row).every((cell) => typeof cell !== 'object' || cell === null);
  return value.every(isFlat) ? value : undefined;
}

function cellText(column: string, cell: unknown): string {
  if (cell === null || cell === undefined) return '–';
  // `from` begins a part of a timeline.
  if (column === 'from' && typeof cell === 'number') return formatTime(cell);
  return factText(column, cell);
}
