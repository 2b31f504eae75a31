import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isWatchkeeperError } from '../../core/errors.ts';
import { FileFollower } from '../../gateway/files/file-follower.ts';
import type { SourceSink } from '../../gateway/files/log-source.ts';
import { SourcePositions } from '../../gateway/sources/positions.ts';
import type { SourceSpec } from '../../wire/parsers/config/parser-config.ts';
import { createLineJoiner } from '../../wire/parsers/source/line-joiner.ts';
import { createSourceParser } from '../../wire/parsers/source/source-parser.ts';
import { cliLogger } from '../cli-logger.ts';
import { createCommand, printJson, printLine, withSite, type RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { postLogs, toNdjson } from '../http/post-logs.ts';
import { connectSite } from '../http/resolve-site.ts';
import type { SiteClient } from '../http/site-client.ts';
import { namedParsers } from '../named-parsers.ts';
import { sourceSpec } from '../source-spec.ts';

interface FollowOptions extends RemoteOptions {
  readonly as?: string;
  readonly source?: string;
  readonly config?: string;
  readonly service?: string;
  readonly fromStart?: boolean;
  readonly multiline?: boolean;
}

/** `watchkeeper follow`. */
export function followCommand(context: CliContext): Command {
  const command = createCommand('follow <files...>', {
    about: 'Send what log files grow by, until Ctrl-C',
    more:
      'Files are followed through rotation, as live records that may raise alerts. For good, name them\n' +
      'under "files:" in config/inputs.yaml: then the site remembers how far they were read.',
    examples: [
      ['follow app.log', 'what comes from now on'],
      ['follow shop.log --source shop', 'as config/parsers.yaml says for that source'],
      ["follow '/var/log/app/*.log' --as nginx --from-start", 'all of them, from the beginning'],
    ],
  });
  return withSite(command)
    .option('--as <format>', 'format of the files, found out unless told')
    .option('--source <name>', 'source in config/parsers.yaml whose parsers and filters are used')
    .option('--config <folder>', 'folder with parsers.yaml')
    .option('--service <name>', "name for the service, instead of the log's own")
    .option('--from-start', 'send what is there already, too')
    .option('--multiline', 'join indented lines, such as stack traces, to the line before')
    .action((files: readonly string[], options: FollowOptions) => run(context, files, options));
}

async function run(
  context: CliContext,
  files: readonly string[],
  options: FollowOptions,
): Promise<void> {
  const { service, fromStart, multiline, json } = options;
  const source = followedSource(context, options);
  const hints = { ...source.options.hints, ...(service === undefined ? {} : { service }) };
  const client = connectSite(context, options);
  const counts = { accepted: 0, rejected: 0 };
  let refuse: (error: unknown) => void = () => undefined;
  const refused = new Promise<never>((_, reject) => (refuse = reject));
  const follower = new FileFollower({
    name: 'follow',
    patterns: files.map((file) => resolve(context.cwd, file)),
    startAt: fromStart === true ? 'beginning' : 'end',
    clock: context.clock,
    logger: cliLogger(context, { least: 'warn', format: 'text' }),
    sink: postingSink({ client, counts, refuse, clock: context.clock }),
    newParser: () => createSourceParser({ ...source.options, hints }),
    newJoiner: multiline === true || source.joinsLines ? () => createLineJoiner() : undefined,
  });
  const stopped = new Promise<void>((done) => {
    const cancel = context.onStop(() => {
      cancel();
      done();
    });
  });
  // The timers of the clock keep no process alive.
  const alive = setInterval(() => undefined, 60_000);
  try {
    if (json !== true) context.err.write('Following; Ctrl-C ends it.\n');
    await Promise.race([follower.start().then(() => stopped), refused, stopped]);
    await follower.stop();
  } finally {
    clearInterval(alive);
    client.close();
  }
  if (json === true) printJson(context, counts);
  else printLine(context, `${counts.accepted} accepted, ${counts.rejected} rejected.`);
}

function followedSource(
  context: CliContext,
  { as, source, config }: FollowOptions,
): Pick<SourceSpec, 'options' | 'joinsLines'> {
  if (source === undefined && config === undefined) {
    return { options: namedParsers(as ?? 'auto'), joinsLines: false };
  }
  return sourceSpec(context, { source, config, as });
}

const FINAL = ['UNAUTHENTICATED', 'FORBIDDEN'] as const;

interface Posting {
  readonly client: SiteClient;
  readonly clock: CliContext['clock'];
  readonly counts: { accepted: number; rejected: number };
  /** Told of a refusal that no waiting mends. */
  readonly refuse: (error: unknown) => void;
}

function postingSink({ client, clock, counts, refuse }: Posting): SourceSink {
  const positions = new SourcePositions();
  return {
    position: (source) => positions.find(source),
    async take({ items, span }) {
      if (items.length > 0) {
        const posting = postLogs(client, toNdjson(items), clock);
        const { accepted, rejected } = await posting.catch((error: unknown) => {
          if (FINAL.some((code) => isWatchkeeperError(error, code))) refuse(error);
          throw error;
        });
        counts.accepted += accepted;
        counts.rejected += rejected.length;
      }
      positions.settle(span);
    },
  };
}
