import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Counter, Metrics } from '../core/metrics.ts';
import { createLineReaders, type LineReaders } from '../wire/parsers/config/line-readers.ts';
import { loadParserConfig, type CutOffStage } from '../wire/parsers/config/parser-config.ts';
import { readConfigFile } from './config-file.ts';

const CUT_OFF = 'watchkeeper_grok_cut_off_total';
const CUT_OFF_HELP =
  'Matches of own patterns that were stopped because they took too long, by parser or source and where.';

/**
 * The parsers that inputs may name, with those of `parsers.yaml`; a folder
 * without that file has only the formats. What its patterns have to stop is
 * counted. @throws WatchkeeperError CONFIG_INVALID
 */
export async function openLineReaders(
  configFolder: string,
  metrics: Pick<Metrics, 'counter'>,
): Promise<LineReaders> {
  const file = join(configFolder, 'parsers.yaml');
  if (!existsSync(file)) return createLineReaders();
  const counterOf = (parser: string, stage: CutOffStage): Counter =>
    metrics.counter(CUT_OFF, CUT_OFF_HELP, { parser, stage });
  const config = loadParserConfig(await readConfigFile(file), file, {
    onCutOff: (name, stage) => {
      counterOf(name, stage).inc();
    },
  });
  // So that they are there to be watched before the first one.
  for (const { id } of config.grokParsers) counterOf(id, 'parser').inc(0);
  for (const { name, options } of config.sources.values()) {
    if (options.filterCounters !== undefined) counterOf(name, 'filter').inc(0);
  }
  return createLineReaders(config);
}
