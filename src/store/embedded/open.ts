import { join } from 'node:path';
import type { DecodePayload, Store } from '../store.ts';
import { SnapshotArchive } from '../snapshots/snapshot-archive.ts';
import { EmbeddedAlertStore } from './alert-store.ts';
import { EmbeddedDeadLetterStore } from './dead-letter-store.ts';
import { Environment } from './environment.ts';
import { EmbeddedRecordStore } from './record-store.ts';
import { EmbeddedShelf } from './snapshot-shelf.ts';

export interface EmbeddedStoreOptions {
  /** Made when it does not exist; one process at a time. */
  readonly folder: string;
  readonly site: string;
  readonly decode: DecodePayload;
  /** Reads only, what is there already, also while a site writes. @default false */
  readonly readOnly?: boolean;
}

/**
 * Opens the store that needs no server: LMDB in `folder`/`site`. Every value
 * carries a CRC-32 that is checked whenever it is read.
 * @throws WatchkeeperError STORE_FAILED when it cannot be opened, STORE_CORRUPT when its totals are gone.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { folder, site, decode, readOnly = false } = options;
  const environment = new Environment(join(folder, encodeURIComponent(site)), { readOnly });
  const records = new EmbeddedRecordStore(environment, decode);
  if (!readOnly) await records.upgrade();
  return {
    kind: 'embedded',
    records,
    alerts: new EmbeddedAlertStore(environment),
    deadLetters: new EmbeddedDeadLetterStore(environment),
    snapshots: new SnapshotArchive(new EmbeddedShelf(environment)),
    ping: async () => {
      environment.get('totals', ['records']);
    },
    close: () => environment.close(),
  };
}
