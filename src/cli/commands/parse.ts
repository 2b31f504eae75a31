import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isWatchkeeperError, WatchkeeperError } from '../../core/errors.ts';
import { createLineJoiner } from '../../wire/parsers/source/line-joiner.ts';
import {
  createSourceParser,
  type LineOutcome,
  type SourceParser,
} from '../../wire/parsers/source/source-parser.ts';
import { createCommand, printJsonLine, printLine, type CommonOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { parserNames } from '../named-parsers.ts';
import { textLines } from '../ndjson.ts';
import { wholeNumber } from '../numbers.ts';
import { sourceSpec } from '../source-spec.ts';
import { plain, table, timeText } from '../table.ts';

interface ParseOptions extends CommonOptions {
  readonly as?: string;
  readonly source?: string;
  readonly config?: string;
  readonly limit: number;
  readonly join?: boolean;
}

const SHOWN_UNPARSED = 10;

/** `watchkeeper parse`. */
export function parseCommand(context: CliContext): Command {
  return createCommand('parse <file>', {
    about: 'Show how the lines of a log are read',
    more:
      'Nothing is sent. Shows the first records, how many lines each parser read, and lines that none could\n' +
      `read. With --json each record is a line, and the counts are the last one. Formats: ${parserNames()}.`,
    examples: [
      ['parse access.log', 'find out the format'],
      ['parse app.log --as logfmt --limit 5', 'one format, five records'],
      ['parse - --source shop --json', 'stdin, as config/parsers.yaml says for that source'],
    ],
  })
    .option('--as <format>', 'format of the file, instead of what the configuration says')
    .option(
      '--source <name>',
      'source in config/parsers.yaml whose parsers and filters are used',
      'default',
    )
    .option('--config <folder>', 'folder with parsers.yaml')
    .option('--limit <n>', 'records to show', wholeNumber(0, 1_000_000), 20)
    .option('--join', 'join the lines of stack traces')
    .action((file: string, options: ParseOptions) => parse(context, file, options));
}

async function parse(context: CliContext, file: string, options: ParseOptions): Promise<void> {
  const spec = sourceSpec(context, options);
  const source = createSourceParser({ ...spec.options, inheritsTime: true });
  const shown: { readonly line: string; readonly outcome: LineOutcome }[] = [];
  const unparsed: string[] = [];
  const receivedAt = context.clock.wall();
  for await (const line of linesOf(context, file, options.join === true || spec.joinsLines)) {
    const outcome = source.parse(line, receivedAt);
    if (options.json === true) printJsonLine(context, outcome);
    else if (shown.length < options.limit) shown.push({ line, outcome });
    if (outcome.parser === undefined && unparsed.length < SHOWN_UNPARSED) unparsed.push(line);
  }
  if (options.json === true) {
    printJsonLine(context, { current: source.current(), ...source.counters() });
    return;
  }
  if (shown.length > 0)
    printLine(
      context,
      recordTable(
        context,
        shown.map(({ outcome }) => outcome),
      ),
    );
  printCounts(context, source, unparsed);
}

async function* linesOf(
  context: CliContext,
  file: string,
  isJoined: boolean,
): AsyncGenerator<string> {
  const bytes = file === '-' ? context.stdin : createReadStream(resolve(context.cwd, file));
  const joiner = isJoined ? createLineJoiner() : undefined;
  try {
    for await (const line of textLines(bytes)) {
      if (line.trim() === '') continue;
      const text = joiner === undefined ? line : joiner.push(line);
      if (text !== undefined) yield text;
    }
  } catch (cause) {
    if (isWatchkeeperError(cause)) throw cause;
    throw new WatchkeeperError('USAGE', `Cannot read the log "${file}".`, { cause });
  }
  const last = joiner?.flush();
  if (last !== undefined) yield last;
}

function recordTable(context: CliContext, outcomes: readonly LineOutcome[]): string {
  const rows = outcomes.map(({ record, parser }) => [
    parser ?? '-',
    record === undefined ? '' : timeText(record.timestamp),
    record?.level ?? 'dropped',
    plain(record?.service ?? '', 24),
    plain(record?.user_id ?? '', 16),
    plain(record?.message ?? '', 80),
  ]);
  return table(context, ['PARSER', 'TIME', 'LEVEL', 'SERVICE', 'USER', 'MESSAGE'], rows);
}

function printCounts(context: CliContext, source: SourceParser, unparsed: readonly string[]): void {
  const counters = source.counters();
  const { lines, parsed, dropped, cut, cutOff } = counters;
  printLine(context);
  printLine(context, `${lines} lines: ${parsed} read, ${counters.unparsed} kept raw.`);
  for (const [parser, count] of Object.entries(counters.byParser)) {
    printLine(context, `  ${parser}: ${count}`);
  }
  if (dropped > 0) printLine(context, `${dropped} dropped by filters.`);
  if (cut > 0) printLine(context, `${cut} longer than the limit, and cut.`);
  if (cutOff > 0) printLine(context, `${cutOff} matches stopped because they took too long.`);
  if (unparsed.length === 0) return;
  printLine(context, 'Kept raw, the first of them:');
  for (const line of unparsed) printLine(context, `  ${plain(line, 120)}`);
}
