import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { WatchkeeperError } from '../../core/errors.ts';
import type { ModelShelf } from '../../model/model-shelf.ts';
import { ModelRegistry } from '../../ml/registry/model-registry.ts';
import { KEY_FILE } from '../../security/key-ring.ts';
import { openModelSigner } from '../../security/model-signer.ts';
import { openFileShelf } from '../../store/models/file-shelf.ts';
import { s3Settings } from '../../store/models/s3-settings.ts';
import { openS3Shelf } from '../../store/models/s3-shelf.ts';
import type { CommonOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { isRunning, readSiteFile } from '../site-file.ts';

/** What every command on models takes. */
export interface ModelOptions extends CommonOptions {
  readonly data: string;
  readonly nats?: string;
}

/**
 * Runs `work` on the models of the folder's site, else of the demo below it,
 * or on those in NATS or S3; made when there are none yet. A site that runs there
 * sees each change within a second.
 */
export async function withRegistry<Result>(
  context: CliContext,
  options: ModelOptions,
  work: (registry: ModelRegistry) => Promise<Result>,
): Promise<Result> {
  const folder = dataFolderOf(context, options.data);
  const { clock } = context;
  const { shelf, close } = await openShelf(context, options, folder);
  try {
    const signer = await openModelSigner(folder);
    return await work(new ModelRegistry({ shelf, signer, clock }));
  } finally {
    await close();
  }
}

interface OpenShelf {
  readonly shelf: ModelShelf;
  readonly close: () => Promise<void>;
}

async function openShelf(
  { clock, env }: CliContext,
  { nats }: ModelOptions,
  data: string,
): Promise<OpenShelf> {
  const isInNats = env['WATCHKEEPER_MODELS'] === 'nats';
  const url = nats ?? (isInNats ? env['WATCHKEEPER_NATS_URL'] : undefined);
  if (url !== undefined) {
    // Loaded here only: other commands start faster without it.
    const { connectNatsShelf } = await import('../../federation/connect-model-shelf.ts');
    return connectNatsShelf({ url, clock });
  }
  if (isInNats) {
    throw new WatchkeeperError('USAGE', 'WATCHKEEPER_MODELS is nats, and no NATS is named.', {
      fix: 'Give --nats <url> or WATCHKEEPER_NATS_URL.',
    });
  }
  if (env['WATCHKEEPER_MODELS'] === 's3') {
    const shelf = await openS3Shelf({ ...s3Settings(env), clock });
    return { shelf, close: () => Promise.resolve() };
  }
  const shelf = await openFileShelf({ folder: join(data, 'models'), clock });
  return { shelf, close: () => Promise.resolve() };
}

/** The folder of the site that `--data` names, else of the demo below it; a running one before one that does not. */
export function dataFolderOf({ cwd }: CliContext, data: string): string {
  const given = resolve(cwd, data);
  const sites = [given, join(given, 'demo')].filter((each) => existsSync(join(each, KEY_FILE)));
  const runs = (folder: string): boolean => {
    const file = readSiteFile(folder);
    return file !== undefined && isRunning(file);
  };
  return sites.find(runs) ?? sites[0] ?? given;
}
