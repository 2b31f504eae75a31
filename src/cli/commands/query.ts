import { InvalidArgumentError, Option, type Command } from 'commander';
import { formatFilter } from '../../core/filter/format-filter.ts';
import { parseFilter } from '../../core/filter/parse-filter.ts';
import { LEVEL_NAMES, type LevelName } from '../../model/level.ts';
import type { QueryPlan, StoredRecord } from '../../store/store.ts';
import {
  createCommand,
  printJsonLine,
  printLine,
  withSite,
  type RemoteOptions,
} from '../command.ts';
import type { CliContext } from '../context.ts';
import { connectSite } from '../http/resolve-site.ts';
import { wholeNumber } from '../numbers.ts';
import { plain, table, timeText } from '../table.ts';

/** What records to find, as options say it. */
interface RecordFilter {
  readonly service?: string;
  readonly subject?: string;
  readonly user?: string;
  /** This level or higher. */
  readonly level?: LevelName;
  /** Part of the message. */
  readonly text?: string;
}

interface QueryOptions extends RemoteOptions, RecordFilter {
  readonly from?: string;
  readonly to?: string;
  readonly axis: 'event' | 'ingest';
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  readonly explain?: boolean;
  readonly templates?: boolean;
}

interface RecordPage {
  readonly records: readonly StoredRecord[];
  readonly cursor?: string;
  readonly plan?: QueryPlan;
}

const PAGE = 1_000;

const FILTER_HELP =
  'The filter is words of the message and terms such as service:pay*, user:u-7, level>=ERROR,\n' +
  'duration>1.5s and -path:/health, joined by AND (or nothing), OR, NOT and parentheses; see\n' +
  'docs/query-language.md. Options are further conditions.';

const LEVEL_HELP = `this level or higher: ${LEVEL_NAMES.join(', ')}, in any case`;

/** `watchkeeper query`. */
export function queryCommand(context: CliContext): Command {
  const command = createCommand('query [filter...]', {
    about: 'Find stored records',
    more: FILTER_HELP,
    examples: [
      ["query 'service:payment-service level>=ERROR declined'", 'of the last 15 minutes'],
      ["query '(declined OR refused) -service:test* status>=500'", 'attributes by their name'],
      ['query --user u-1138 --from -2h --limit 500', 'what one user did'],
      ['query --axis ingest --from -5m', 'what came in lately, also records that were late'],
      ['query --level ERROR --json | jq .message', 'one JSON line per record'],
    ],
  });
  return withSite(command)
    .option('--from <time>', 'inclusive: -15m, 2026-01-31T12:00:00Z, ms', '-15m')
    .option('--to <time>', 'exclusive (5 minutes from now)')
    .addOption(
      new Option('--axis <axis>', 'what --from, --to and --order go by: event or ingest time')
        .choices(['event', 'ingest'])
        .default('event'),
    )
    .option('--service <name>', 'records of one service')
    .option('--subject <kind:id>', 'records that came from one watch or service')
    .option('--user <id>', 'records of one user')
    .option('--level <level>', LEVEL_HELP, levelName)
    .option('--text <words>', 'part of the message, in any case')
    .option('--limit <n>', 'how many at most', wholeNumber(1, 1_000_000), 100)
    .addOption(
      new Option('--order <order>', 'newest first or oldest first')
        .choices(['desc', 'asc'])
        .default('desc'),
    )
    .option('--templates', 'add the template of each message and its values, where still known')
    .option('--explain', 'say which indexes helped and how much was read (on stderr)')
    .action((words: readonly string[], options: QueryOptions) =>
      query(context, words.join(' '), options),
    );
}

async function query(context: CliContext, words: string, options: QueryOptions): Promise<void> {
  const client = connectSite(context, options);
  const { from, to, axis, order, explain, templates } = options;
  const filter = { ...filterOf(words), ...pickFilter(options), from, to, axis, order };
  const shown: StoredRecord[] = [];
  let left = options.limit;
  let cursor: string | undefined;
  do {
    const limit = Math.min(PAGE, left);
    const request = { ...filter, limit, cursor, explain, templates };
    const page = await client.post<RecordPage>('/v1/records/query', request);
    if (options.json === true) for (const record of page.records) printJsonLine(context, record);
    else shown.push(...page.records);
    if (page.plan !== undefined) context.err.write(`plan: ${JSON.stringify(page.plan)}\n`);
    left -= page.records.length;
    cursor = page.cursor;
  } while (cursor !== undefined && left > 0);
  if (options.json !== true) printRecords(context, shown, cursor !== undefined);
}

/** Read here already, so that a mistake is shown without a site. @throws WatchkeeperError QUERY_INVALID */
function filterOf(words: string): { readonly filter?: string } {
  const filter = parseFilter(words);
  return filter.kind === 'all' ? {} : { filter: formatFilter(filter) };
}

function pickFilter({ service, subject, user, level, text }: RecordFilter): RecordFilter {
  const given = Object.entries({ service, subject, user, level, text });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function printRecords(
  context: CliContext,
  records: readonly StoredRecord[],
  hasMore: boolean,
): void {
  if (records.length === 0) {
    return printLine(context, 'No record matches. A wider range may help: --from -24h');
  }
  const { dim, red, yellow } = context.colors;
  const paint = { DEBUG: dim, INFO: String, WARNING: yellow, ERROR: red, CRITICAL: red };
  const hasTemplates = records.some(({ template }) => template !== undefined);
  const rows = records.map((record) => [
    timeText(record.timestamp),
    paint[record.level](record.level),
    plain(record.service, 24),
    plain(record.user_id ?? record.device_id ?? watchOf(record) ?? '', 24),
    plain(record.message, 100),
    ...(hasTemplates ? [plain(record.template ?? record.template_id ?? '', 100)] : []),
  ]);
  const head = ['time (UTC)', 'level', 'service', 'who', 'message'];
  printLine(context, table(context, hasTemplates ? [...head, 'template'] : head, rows));
  if (hasMore) context.err.write(`There is more; give a higher --limit than ${records.length}.\n`);
}

function levelName(text: string): LevelName {
  const level = LEVEL_NAMES.find((name) => name === text.toUpperCase());
  if (level !== undefined) return level;
  throw new InvalidArgumentError(`Expected one of ${LEVEL_NAMES.join(', ')}.`);
}

/** The watch that sent it; its records name it only when they are stored anew. */
function watchOf({ subject }: StoredRecord): string | undefined {
  return subject.startsWith('device:') ? subject.slice('device:'.length) : undefined;
}
