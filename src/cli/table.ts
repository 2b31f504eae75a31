import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import type { CliContext } from './context.ts';

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Text columns under bold heads, without lines; control characters of records cannot reach the terminal. */
export function table(
  context: CliContext,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const titles = head.map((title) => context.colors.bold(title));
  const text = rows.length > GRID_ROWS ? columns([titles, ...rows]) : grid(titles, rows);
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** cli-table3 takes 0.4 ms for a row, and overflows the stack beyond some 100,000 of them. */
const GRID_ROWS = 2_000;

function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({
    head: [...head],
    chars: BARE,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  for (const row of rows) made.push([...row]);
  return made.toString();
}

/** The same for many rows; it knows colours, but not that some characters are two columns wide. */
function columns(rows: readonly (readonly string[])[]): string {
  const lengths = rows.map((row) => row.map((cell) => stripVTControlCharacters(cell).length));
  const widths: number[] = [];
  for (const row of lengths) {
    row.forEach((length, column) => (widths[column] = Math.max(widths[column] ?? 0, length)));
  }
  return rows
    .map((row, index) =>
      row
        .map((cell, column) => {
          const missing = (widths[column] ?? 0) - (lengths[index]?.[column] ?? 0);
          return `${cell}${' '.repeat(missing)}`;
        })
        .join('  '),
    )
    .join('\n');
}

/** Makes text from outside safe for a terminal: control characters, escapes included, become `·`. */
export function plain(text: string, maxLength = 500): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  const safe = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '·');
  return safe.length > maxLength ? `${safe.slice(0, maxLength - 1)}…` : safe;
}

/** `2026-01-31 12:00:00` in UTC. */
export function timeText(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 19).replace('T', ' ') : '';
}

/** How long ago or how long, in the largest unit that fits: `3 h`, `45 s`. */
export function spanText(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
