import { join } from 'node:path';
import type { StartSiteOptions } from '../cli/site-contract.ts';
import type { Clock } from '../core/clock.ts';
import { WatchkeeperError } from '../core/errors.ts';
import type { AlertBus } from '../federation/alert-bus.ts';
import { ModelRegistry } from '../ml/registry/model-registry.ts';
import { openModelSigner } from '../security/model-signer.ts';
import { openFileShelf } from '../store/models/file-shelf.ts';
import { openS3Shelf } from '../store/models/s3-shelf.ts';

/** The registry of the site's models: files in the data folder, or NATS or S3 when sites share them. */
export async function openModels(
  {
    dataFolder,
    modelsInNats,
    modelsInS3,
  }: Pick<StartSiteOptions, 'dataFolder' | 'modelsInNats' | 'modelsInS3'>,
  clock: Clock,
  bus: AlertBus | undefined,
): Promise<ModelRegistry> {
  const signer = await openModelSigner(dataFolder);
  if (modelsInS3 !== undefined) {
    const shelf = await openS3Shelf({ ...modelsInS3, clock });
    return new ModelRegistry({ shelf, signer, clock });
  }
  if (modelsInNats !== true) {
    const shelf = await openFileShelf({ folder: join(dataFolder, 'models'), clock });
    return new ModelRegistry({ shelf, signer, clock });
  }
  if (bus !== undefined) return new ModelRegistry({ shelf: bus.models, signer, clock });
  throw new WatchkeeperError(
    'PREREQUISITE_MISSING',
    'Models are to be in NATS, and there is none.',
    {
      fix: 'Give --nats <url>, or leave WATCHKEEPER_MODELS out.',
    },
  );
}
