import { join } from 'node:path';
import { isWatchkeeperError } from '../core/errors.ts';
import type { Metrics } from '../core/metrics.ts';
import { REDACTION_KINDS } from '../security/redaction/finding.ts';
import { openRedactionKey } from '../security/redaction/key-file.ts';
import { createRedactor, type Redactor } from '../security/redaction/redactor.ts';
import {
  DEFAULT_REDACTION,
  loadRedaction,
  type RedactionRules,
} from '../security/redaction/rules.ts';
import { readConfigFile } from './config-file.ts';

export interface OpenRedactorOptions {
  readonly configFolder: string;
  readonly dataFolder: string;
  readonly metrics: Pick<Metrics, 'counter'>;
}

/** The redactor of a site, by its configuration and under its own key. @throws WatchkeeperError CONFIG_INVALID */
export async function openRedactor({
  configFolder,
  dataFolder,
  metrics,
}: OpenRedactorOptions): Promise<Redactor> {
  const counters = new Map(
    REDACTION_KINDS.map((kind) => [
      kind,
      metrics.counter(
        'watchkeeper_redactions_total',
        'Values taken out of records before they were stored, by kind.',
        { kind },
      ),
    ]),
  );
  return createRedactor({
    rules: await readRules(join(configFolder, 'redaction.yaml')),
    secret: await openRedactionKey(dataFolder),
    onRedacted: (kind) => {
      counters.get(kind)?.inc();
    },
  });
}

/** Folders of before have no such file: the defaults are in force there. */
async function readRules(file: string): Promise<RedactionRules> {
  try {
    return loadRedaction(await readConfigFile(file), file);
  } catch (error) {
    if (isWatchkeeperError(error, 'CONFIG_MISSING')) return DEFAULT_REDACTION;
    throw error;
  }
}
