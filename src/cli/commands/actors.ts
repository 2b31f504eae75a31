import type { Command } from 'commander';
import type { ActorDetail } from '../../gateway/site-api.ts';
import type { ActorInfo } from '../../model/actor-event.ts';
import { actorTree } from '../actor-tree.ts';
import { createCommand, printJson, printLine, withSite, type RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { connectSite } from '../http/resolve-site.ts';
import { wholeNumber } from '../numbers.ts';
import { plain, table, timeText } from '../table.ts';

/** `watchkeeper actors …`. */
export function actorsCommand(context: CliContext): Command {
  const command = createCommand('actors', {
    about: 'Show the live supervision tree',
    examples: [
      ['actors tree', 'every actor with its mailbox, messages and restarts'],
      ['actors show partition-3/shard-0/device-watch-001', 'state of one'],
    ],
  });
  command.addCommand(treeCommand(context));
  command.addCommand(showCommand(context));
  return command;
}

interface TreeOptions extends RemoteOptions {
  readonly depth?: number;
}

function treeCommand(context: CliContext): Command {
  const command = createCommand('tree', {
    about: 'Print the tree of actors',
    examples: [
      ['actors tree', 'all of it'],
      ['actors tree --depth 2', 'the upper levels only'],
    ],
  });
  return withSite(command)
    .option('--depth <n>', 'how many levels', wholeNumber(1, 100))
    .action(async (options: TreeOptions) => {
      const client = connectSite(context, options);
      const { actors } = await client.get<{ readonly actors: readonly ActorInfo[] }>('/v1/actors');
      if (options.json === true) return printJson(context, { actors });
      printTree(context, actors, options.depth ?? Infinity);
    });
}

function printTree(context: CliContext, actors: readonly ActorInfo[], depth: number): void {
  const rows = actorTree(actors, depth).map(({ label, actor }) => [
    plain(label),
    actor.kind,
    stateText(context, actor),
    String(actor.mailbox),
    String(actor.processed),
    String(actor.failures),
    String(actor.restarts),
    actor.lastMessageAt === 0 ? '' : timeText(actor.lastMessageAt),
  ]);
  const head = [
    'actor',
    'kind',
    'state',
    'mailbox',
    'processed',
    'failures',
    'restarts',
    'last message (UTC)',
  ];
  printLine(context, table(context, head, rows));
}

function stateText({ colors }: CliContext, { state }: ActorInfo): string {
  if (state === 'quarantined' || state === 'restarting') return colors.red(state);
  return state === 'busy' ? colors.green(state) : colors.dim(state);
}

function showCommand(context: CliContext): Command {
  const command = createCommand('show <path>', {
    about: 'Show the state of one actor, redacted',
    examples: [
      [
        'actors show partition-3/shard-0/device-watch-001',
        'paths are those of "actors tree --json"',
      ],
    ],
  });
  return withSite(command).action(async (path: string, options: RemoteOptions) => {
    const route = path.split('/').filter(Boolean).map(encodeURIComponent).join('/');
    const detail = await connectSite(context, options).get<ActorDetail>(`/v1/actors/${route}`);
    if (options.json === true) return printJson(context, detail);
    const { info } = detail;
    printLine(context, `${info.path}  ${info.kind}, ${info.state}, ${info.restarts} restarts`);
    printLine(context, JSON.stringify(detail.state, undefined, 2));
    for (const error of detail.recentErrors) printLine(context, `error: ${plain(error)}`);
  });
}
