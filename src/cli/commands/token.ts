import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { WatchkeeperError } from '../../core/errors.ts';
import { KEY_FILE } from '../../security/key-ring.ts';
import { ROLES, openTokenStore, type Role, type TokenStore } from '../../security/tokens.ts';
import { createCommand, printJson, printLine, type CommonOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { durationMs } from '../numbers.ts';
import { isRunning, readSiteFile } from '../site-file.ts';
import { plain, table, timeText } from '../table.ts';

interface TokenOptions extends CommonOptions {
  readonly data: string;
}

/** `watchkeeper token …`: works on the data folder, where the hashes of tokens are. */
export function tokenCommand(context: CliContext): Command {
  const command = createCommand('token', {
    about: 'Issue, list and revoke tokens',
    more:
      'It works on the file of tokens in the data folder, so run it on the machine of the site.\n' +
      'A running site sees the change within a second.',
    examples: [
      ['token issue --role viewer --name wall-screen', 'for a dashboard that only reads'],
      ['token revoke 0a1b2c3d4e', 'end a token'],
    ],
  });
  command.addCommand(issueCommand(context));
  command.addCommand(listCommand(context));
  command.addCommand(revokeCommand(context));
  return command;
}

interface IssueOptions extends TokenOptions {
  readonly role: Role;
  readonly name: string;
  readonly service?: string;
  readonly filter?: string;
  readonly ttl?: number;
}

function issueCommand(context: CliContext): Command {
  const command = createCommand('issue', {
    about: 'Issue a token and print it, this once',
    more: 'Only a hash of it is kept: who loses a token needs a new one.',
    examples: [
      ['token issue --role operator --name ana --ttl 30d', 'for a person, for 30 days'],
      ['token issue --role service --service payment', 'may post records of "payment" only'],
      ["token issue --role viewer --filter 'service:payment*'", 'sees these services only'],
    ],
  });
  return withData(command)
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--name <name>', 'who or what uses it', '')
    .option('--service <name>', 'the only service it may post records of; for the role service')
    .option('--filter <filter>', 'all that it sees, as a filter; for the role viewer')
    .option('--ttl <duration>', 'how long it holds, for example 30d (for ever)', durationMs)
    .action((options: IssueOptions) => issue(context, options));
}

async function issue(context: CliContext, options: IssueOptions): Promise<void> {
  const { role, service, filter, ttl } = options;
  if (service !== undefined && role !== 'service') {
    throw new WatchkeeperError('USAGE', `A token of the role ${role} is not bound to a service.`, {
      fix: 'Use --role service, or leave out --service.',
    });
  }
  if (filter !== undefined && role !== 'viewer') {
    throw new WatchkeeperError('USAGE', `A token of the role ${role} has no filter.`, {
      fix: 'Use --role viewer, or leave out --filter.',
    });
  }
  const name = options.name === '' ? (service ?? role) : options.name;
  const tokens = await openTokens(context, options);
  const { id, token } = await tokens.issue({
    role,
    name,
    ...(service === undefined ? {} : { service }),
    ...(filter === undefined ? {} : { filter }),
    ...(ttl === undefined ? {} : { ttlMs: ttl }),
  });
  if (options.json === true) {
    const expiresAt = tokens.list().find((each) => each.id === id)?.expiresAt;
    return printJson(context, { id, token, role, name, service, filter, expiresAt });
  }
  printLine(context, token);
  context.err.write(`Issued for ${plain(name, 80)} (${role}). It is not shown again.\n`);
}

function listCommand(context: CliContext): Command {
  const command = createCommand('list', {
    about: 'List the tokens that hold, without their secrets',
    examples: [['token list --json', 'with times in ms']],
  });
  return withData(command).action(async (options: TokenOptions) => {
    const tokens = (await openTokens(context, options)).list().map(
      // Only the process of the site knows when a token was used last.
      ({ id, role, name, service, filter, createdAt, expiresAt }) => ({
        ...{ id, role, name, service, filter, createdAt, expiresAt },
      }),
    );
    if (options.json === true) return printJson(context, { tokens });
    if (tokens.length === 0) {
      return printLine(context, 'There is no token. Issue one with "watchkeeper token issue".');
    }
    const rows = tokens.map(({ id, role, name, service, filter, createdAt, expiresAt }) => [
      id,
      role,
      plain(name, 40),
      service ?? '',
      plain(filter ?? '', 40),
      timeText(createdAt),
      expiresAt === undefined ? 'never' : timeText(expiresAt),
    ]);
    const heads = ['id', 'role', 'name', 'service', 'filter', 'issued (UTC)', 'ends (UTC)'];
    printLine(context, table(context, heads, rows));
  });
}

function revokeCommand(context: CliContext): Command {
  const command = createCommand('revoke <id>', {
    about: 'Revoke a token for good',
    examples: [['token revoke 0a1b2c3d4e', 'the id is the part between wk_ and the secret']],
  });
  return withData(command).action(async (id: string, options: TokenOptions) => {
    if (!(await (await openTokens(context, options)).revoke(id))) {
      throw new WatchkeeperError('NOT_FOUND', `There is no token of the id "${plain(id, 20)}".`, {
        fix: 'List them with: watchkeeper token list',
      });
    }
    if (options.json === true) printJson(context, { id, revoked: true });
    else printLine(context, `Revoked ${id}. A running site refuses it within a second.`);
  });
}

function withData(command: Command): Command {
  return command.option('--data <folder>', 'data folder of the site', './data');
}

/** The tokens of the folder's site, else of the demo below it; the one that runs comes first. */
function openTokens(context: CliContext, { data }: TokenOptions): Promise<TokenStore> {
  const given = resolve(context.cwd, data);
  const sites = [given, join(given, 'demo')].filter((each) => existsSync(join(each, KEY_FILE)));
  const runs = (folder: string): boolean => {
    const file = readSiteFile(folder);
    return file !== undefined && isRunning(file);
  };
  const folder = sites.find(runs) ?? sites[0];
  // A token issued before the first start would keep that from making the first admin token.
  if (folder === undefined) {
    throw new WatchkeeperError('USAGE', `There is no site in "${given}" yet.`, {
      fix: 'Start it once with "watchkeeper up", or name its folder with --data.',
    });
  }
  return openTokenStore({ folder, clock: context.clock });
}
