import type { Command } from 'commander';
import type { DeadLetter } from '../../store/store.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import { createCommand, printJson, printLine, withSite, type RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { connectSite } from '../http/resolve-site.ts';
import type { SiteClient } from '../http/site-client.ts';
import { wholeNumber } from '../numbers.ts';
import { dlqReplayCommand } from './dlq-replay.ts';
import { plain, table, timeText } from '../table.ts';

/** A dead letter as the API gives it: its body in base64. */
type Letter = Omit<DeadLetter, 'body'> & { readonly body: string };

interface LetterPage {
  readonly letters: readonly Letter[];
  readonly cursor?: string;
}

/** `watchkeeper dlq …`. */
export function dlqCommand(context: CliContext): Command {
  const command = createCommand('dlq', {
    about: 'Look at dead letters: what could not be processed, and why; take them in again',
    examples: [
      ['dlq list', 'the newest, with reasons'],
      ['dlq show 412.0.decode', 'one with its bytes'],
      ['dlq replay --reason /level', 'take in again what fits now'],
    ],
  });
  command.addCommand(listCommand(context));
  command.addCommand(showCommand(context));
  command.addCommand(dlqReplayCommand(context));
  return command;
}

function listCommand(context: CliContext): Command {
  const command = createCommand('list', {
    about: 'List dead letters',
    examples: [['dlq list --limit 20', 'the newest 20']],
  });
  return withSite(command)
    .option('--limit <n>', 'how many at most', wholeNumber(1, 1_000), 100)
    .action(async (options: RemoteOptions & { readonly limit: number }) => {
      const page = await readPage(connectSite(context, options), { limit: options.limit });
      if (options.json === true) return printJson(context, page);
      if (page.letters.length === 0) return printLine(context, 'No dead letters.');
      const rows = page.letters.map((letter) => [
        letter.id,
        timeText(letter.at),
        plain(letter.subject, 48),
        letter.stage,
        letter.replayed === undefined ? '' : 'replayed',
        plain(`${letter.pointer} ${letter.reason}`.trim(), 80),
      ]);
      printLine(
        context,
        table(context, ['id', 'time (UTC)', 'subject', 'stage', 'state', 'reason'], rows),
      );
    });
}

function showCommand(context: CliContext): Command {
  const command = createCommand('show <id>', {
    about: 'Show one dead letter with its bytes',
    more: 'Bytes are shown as they were received: of a watch’s frame that could not be opened, ciphertext.',
    examples: [['dlq show 412.0.decode --json', 'with the body in base64']],
  });
  return withSite(command).action(async (id: string, options: RemoteOptions) => {
    const letter = await findLetter(connectSite(context, options), id);
    if (options.json === true) return printJson(context, letter);
    const body = Buffer.from(letter.body, 'base64');
    printLine(context, `${letter.id}  ${timeText(letter.at)}  ${plain(letter.subject)}`);
    printLine(context, `${letter.stage}: ${plain(letter.reason)} ${plain(letter.pointer)}`);
    if (letter.replayed !== undefined) {
      printLine(context, `replayed by journal entry ${letter.replayed.lsn}`);
    }
    printLine(context, `${body.length} bytes: ${plain(body.toString('utf8'), 2_000)}`);
  });
}

async function findLetter(client: SiteClient, id: string): Promise<Letter> {
  let cursor: string | undefined;
  do {
    const page = await readPage(client, { limit: 1_000, cursor });
    const found = page.letters.find((letter) => letter.id === id);
    if (found !== undefined) return found;
    cursor = page.cursor;
  } while (cursor !== undefined);
  throw new WatchkeeperError('NOT_FOUND', `There is no dead letter "${id}".`, {
    fix: 'List them with "watchkeeper dlq list".',
  });
}

function readPage(
  client: SiteClient,
  query: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<LetterPage> {
  return client.get<LetterPage>('/v1/dlq', query);
}
