import type { Command } from 'commander';
import { WatchkeeperError } from '../../core/errors.ts';
import type { LetterReplayPage, LetterResult } from '../../gateway/site-api.ts';
import {
  createCommand,
  printJsonLine,
  printLine,
  withSite,
  type RemoteOptions,
} from '../command.ts';
import type { CliContext } from '../context.ts';
import { ExitWith } from '../exit.ts';
import { problemOf, type SiteClient } from '../http/site-client.ts';
import { connectSite } from '../http/resolve-site.ts';
import { plain } from '../table.ts';

interface ReplayOptions extends RemoteOptions {
  readonly all?: boolean;
  readonly reason?: string;
  readonly service?: string;
}

type Counts = Record<LetterResult['outcome'], number> & { records: number; looked: number };

/** Ids of one request. */
const CHUNK = 200;
const MOST_WAITS = 60;
const STILL_BAD = 1;

/** `watchkeeper dlq replay`. */
export function dlqReplayCommand(context: CliContext): Command {
  const command = createCommand('replay [ids...]', {
    about: 'Take dead letters in again',
    more:
      'After the log schema was mended and the site restarted with it, the site reads the kept bytes again.\n' +
      'What fits is journalled with its own event time, once: a letter that was taken in is never taken in twice.\n' +
      'Exit code 1 when a letter still does not fit.',
    examples: [
      ['dlq replay 412.0.validate', 'one letter'],
      ['dlq replay --reason /level', 'all whose reason or JSON pointer has this text'],
      ['dlq replay --service payment --json', 'of one service; one JSON line per letter'],
      ['dlq replay --all', 'everything that can be taken in'],
    ],
  });
  return withSite(command)
    .option('--all', 'every letter that was not taken in yet')
    .option('--reason <text>', 'letters whose reason or JSON pointer has this text')
    .option('--service <name>', 'letters of one service')
    .action((ids: readonly string[], options: ReplayOptions) => replay(context, ids, options));
}

async function replay(
  context: CliContext,
  ids: readonly string[],
  options: ReplayOptions,
): Promise<void> {
  const { all, reason, service } = options;
  const isByMatch = all === true || reason !== undefined || service !== undefined;
  if (ids.length > 0 === isByMatch) {
    throw new WatchkeeperError('USAGE', 'Say which letters to replay.', {
      fix: 'Give ids, or one of --all, --reason and --service.',
    });
  }
  const client = connectSite(context, options);
  const match = {
    ...(all === true ? { all } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(service === undefined ? {} : { service }),
  };
  const counts: Counts = { accepted: 0, invalid: 0, already: 0, refused: 0, records: 0, looked: 0 };
  const show = (page: LetterReplayPage): void => {
    report(context, page, { counts, isJson: options.json === true });
  };
  if (isByMatch) await everyPage({ context, client, show }, match);
  else {
    for (let from = 0; from < ids.length; from += CHUNK) {
      await everyPage({ context, client, show }, { ids: ids.slice(from, from + CHUNK) });
    }
  }
  if (options.json === true) printJsonLine(context, { type: 'summary', ...counts });
  else printSummary(context, counts);
  if (counts.invalid > 0) throw new ExitWith(STILL_BAD);
}

interface Caller {
  readonly context: CliContext;
  readonly client: SiteClient;
  readonly show: (page: LetterReplayPage) => void;
}

/** Follows the pages; a busy site is waited for. */
async function everyPage({ context, client, show }: Caller, match: object): Promise<void> {
  const path = '/v1/dead-letters/replay';
  let cursor: string | undefined;
  let waits = 0;
  /** Of a page that the site stopped early in, what was said already. */
  const seen = new Set<string>();
  let isMore = true;
  while (isMore) {
    const body = cursor === undefined ? match : { ...match, cursor };
    const answer = await client.request({ method: 'POST', path, body });
    const isBusy = answer.status === 429 || (answer.body as LetterReplayPage).isBusy === true;
    if (answer.status >= 400 && (answer.status !== 429 || waits >= MOST_WAITS)) {
      throw problemOf(answer);
    }
    if (answer.status < 400) {
      const page = answer.body as LetterReplayPage;
      show({ ...page, results: page.results.filter(({ id }) => !seen.has(id)) });
      if (page.isBusy) for (const { id } of page.results) seen.add(id);
      else seen.clear();
      cursor = page.cursor;
    }
    waits = isBusy ? waits + 1 : 0;
    if (isBusy) await pause(context, answer.retryAfter ?? 1);
    isMore = isBusy || cursor !== undefined;
  }
}

function pause({ clock }: CliContext, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(seconds * 1_000, resolve);
  });
}

function report(
  context: CliContext,
  { results, scanned }: LetterReplayPage,
  { counts, isJson }: { readonly counts: Counts; readonly isJson: boolean },
): void {
  counts.looked += scanned;
  for (const result of results) {
    counts[result.outcome] += 1;
    counts.records += result.records;
    if (isJson) printJsonLine(context, result);
    else printLine(context, lineOf(context, result));
  }
  if (!isJson) context.err.write(`${counts.looked} letters looked at\n`);
}

function lineOf(
  context: CliContext,
  { id, outcome, records, pointer, reason }: LetterResult,
): string {
  const { green, red, yellow, dim } = context.colors;
  const name = plain(id, 80);
  const why = plain(`${pointer} ${reason}`.trim(), 120);
  switch (outcome) {
    case 'accepted':
      return `${green('accepted')}  ${name}  ${records} ${records === 1 ? 'record' : 'records'}`;
    case 'invalid':
      return `${red('still invalid')}  ${name}  ${why}`;
    case 'already':
      return `${dim('replayed before')}  ${name}`;
    case 'refused':
      return `${yellow('cannot be replayed')}  ${name}  ${why}`;
  }
}

function printSummary(context: CliContext, counts: Counts): void {
  const { accepted, records, invalid, already, refused } = counts;
  printLine(
    context,
    `${accepted} accepted (${records} records), ${invalid} still invalid, ` +
      `${already} replayed before, ${refused} cannot be replayed.`,
  );
}
