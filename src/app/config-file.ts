import { readFile } from 'node:fs/promises';
import { WatchkeeperError } from '../core/errors.ts';

/** The text of a configuration file. @throws WatchkeeperError CONFIG_MISSING */
export async function readConfigFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new WatchkeeperError('CONFIG_MISSING', `Cannot read "${file}".`, {
      cause,
      fix: 'Give the folder that holds log_schema.yaml and anomaly_schema.yaml with --config.',
    });
  }
}
