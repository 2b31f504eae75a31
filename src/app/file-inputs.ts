import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Counter, Metrics } from '../core/metrics.ts';
import { loadFileInputs, type FileInputConfig } from '../gateway/files/file-config.ts';
import { FileFollower } from '../gateway/files/file-follower.ts';
import type { LogSource } from '../gateway/files/log-source.ts';
import { patientSink } from '../gateway/files/patient-sink.ts';
import { RAW_HELP, REJECTED_HELP } from '../gateway/tcp/input-counts.ts';
import { createLineJoiner } from '../wire/parsers/source/line-joiner.ts';
import type { SourceParser } from '../wire/parsers/source/source-parser.ts';
import { readConfigFile } from './config-file.ts';
import type { GatewayParts } from './parts.ts';
import { spanSink } from './span-sink.ts';

/** Follows the files of `files:` in `inputs.yaml`. */
export async function openFileInputs(parts: GatewayParts): Promise<Pick<LogSource, 'stop'>> {
  const { options, clock, positions, readers } = parts;
  const file = join(options.configFolder, 'inputs.yaml');
  const configs = existsSync(file) ? loadFileInputs(await readConfigFile(file), file, readers) : [];
  if (configs.length === 0) return { stop: () => Promise.resolve() };
  const ending = new AbortController();
  const { signal } = ending;
  const sink = spanSink(parts, 'files');
  const followers = configs.map((config) => {
    const own = { input: config.name, sink, positions, clock, signal };
    return followerOf(config, parts, patientSink(own));
  });
  // Not waited for: what is there may take long to read.
  for (const follower of followers) void follower.start();
  return {
    stop: async () => {
      ending.abort();
      await Promise.all(followers.map((follower) => follower.stop()));
    },
  };
}

function followerOf(
  config: FileInputConfig,
  { clock, options, readers, metrics }: GatewayParts,
  sink: ReturnType<typeof patientSink>,
): FileFollower {
  const { parser, service, multiline } = config;
  const services = service === '' ? {} : { service };
  const counts = fileCounts(config.name, metrics);
  const joins = multiline || readers.joinsLines(parser);
  return new FileFollower({
    name: config.name,
    patterns: config.paths.map((path) => resolve(path)),
    startAt: config.startAt,
    clock,
    logger: options.logger,
    sink,
    newParser: () => countedParser(readers.open(parser, services), counts),
    newJoiner: joins ? () => createLineJoiner() : undefined,
    pollMs: config.poll,
    quietMs: config.quiet,
    maxFiles: config.files,
  });
}

type FileCounts = Readonly<Record<'raw' | 'filtered', Counter>>;

function fileCounts(input: string, metrics: Metrics): FileCounts {
  return {
    raw: metrics.counter('watchkeeper_input_raw_total', RAW_HELP, { input }),
    filtered: metrics.counter('watchkeeper_input_rejected_total', REJECTED_HELP, {
      input,
      reason: 'filtered',
    }),
  };
}

/** Files have no senders to count by, so their lines are counted as they are read. */
function countedParser(parser: SourceParser, { raw, filtered }: FileCounts): SourceParser {
  return {
    parse(line, receivedAt) {
      const outcome = parser.parse(line, receivedAt);
      if (outcome.record === undefined) filtered.inc();
      else if (outcome.parser === undefined) raw.inc();
      return outcome;
    },
    counters: () => parser.counters(),
    current: () => parser.current(),
  };
}
