import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadFileInputs, type FileInputConfig } from '../gateway/files/file-config.ts';
import { FileFollower } from '../gateway/files/file-follower.ts';
import type { LogSource } from '../gateway/files/log-source.ts';
import { patientSink } from '../gateway/files/patient-sink.ts';
import { AUTO_PARSERS, findLineParser } from '../wire/parsers/registry.ts';
import { createLineJoiner } from '../wire/parsers/source/line-joiner.ts';
import { createSourceParser, type SourceParser } from '../wire/parsers/source/source-parser.ts';
import { readConfigFile } from './config-file.ts';
import type { GatewayParts } from './parts.ts';
import { spanSink } from './span-sink.ts';

/** Follows the files of `files:` in `inputs.yaml`. */
export async function openFileInputs(parts: GatewayParts): Promise<Pick<LogSource, 'stop'>> {
  const { options, clock, positions } = parts;
  const file = join(options.configFolder, 'inputs.yaml');
  const configs = existsSync(file) ? loadFileInputs(await readConfigFile(file), file) : [];
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
  { clock, options }: GatewayParts,
  sink: ReturnType<typeof patientSink>,
): FileFollower {
  return new FileFollower({
    name: config.name,
    patterns: config.paths.map((path) => resolve(path)),
    startAt: config.startAt,
    clock,
    logger: options.logger,
    sink,
    newParser: () => parserOf(config),
    newJoiner: config.multiline ? () => createLineJoiner() : undefined,
    pollMs: config.poll,
    quietMs: config.quiet,
    maxFiles: config.files,
  });
}

function parserOf({ parser, service }: FileInputConfig): SourceParser {
  const hints = service === '' ? {} : { service };
  if (parser === 'auto') return createSourceParser({ parsers: AUTO_PARSERS, mode: 'auto', hints });
  const found = findLineParser(parser);
  return createSourceParser({ parsers: found === undefined ? [] : [found], mode: 'chain', hints });
}
