import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { WatchkeeperError } from '../../core/errors.ts';
import { createCommand, printJson, printLine, withSite, type RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { ExitWith } from '../exit.ts';
import { postLogs, type RejectedItem } from '../http/post-logs.ts';
import { connectSite } from '../http/resolve-site.ts';
import { splitBodies } from '../ndjson.ts';
import { plain, table } from '../table.ts';

/** `watchkeeper send`. */
export function sendCommand(context: CliContext): Command {
  const command = createCommand('send <file>', {
    about: 'Send log records from a file or from stdin as they are',
    more:
      'A JSON array, or one JSON object a line. Answers when the records are durable;\n' +
      'exit code 1 when some were rejected.',
    examples: [
      ['send records.ndjson', 'a file'],
      ['send - < records.json', 'stdin'],
    ],
  });
  return withSite(command).action((file: string, options: RemoteOptions) =>
    send(context, file, options),
  );
}

async function send(context: CliContext, file: string, options: RemoteOptions): Promise<void> {
  const client = connectSite(context, options);
  const source = file === '-' ? context.stdin : createReadStream(resolve(context.cwd, file));
  let accepted = 0;
  const rejected: RejectedItem[] = [];
  try {
    let offset = 0;
    for await (const { body, count } of splitBodies(source)) {
      const result = await postLogs(client, body, context.clock);
      accepted += result.accepted;
      for (const item of result.rejected) rejected.push({ ...item, index: item.index + offset });
      offset += count;
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new WatchkeeperError('USAGE', `There is no file "${file}".`, { fix: 'Use - for stdin.' });
  } finally {
    client.close();
  }
  if (options.json === true) printJson(context, { accepted, rejected });
  else printResult(context, accepted, rejected);
  if (rejected.length > 0) throw new ExitWith(1);
}

function printResult(
  context: CliContext,
  accepted: number,
  rejected: readonly RejectedItem[],
): void {
  printLine(context, `${accepted} accepted, ${rejected.length} rejected.`);
  if (rejected.length === 0) return;
  const rows = rejected
    .slice(0, 20)
    .map(({ index, pointer, reason }) => [String(index + 1), plain(pointer), plain(reason)]);
  printLine(context, table(context, ['record', 'field', 'reason'], rows));
}
