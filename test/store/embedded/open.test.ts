import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { describe } from '../../support/suite.ts';
import { declareStoreContract } from '../store-contract.ts';
import { decode } from '../support/codec.ts';

describe('embedded store', (it) => {
  const folders = new Map<Store, string>();
  const openIn = async (folder: string): Promise<Store> => {
    const store = await openEmbeddedStore({ folder, site: 'test', decode });
    folders.set(store, folder);
    return store;
  };
  declareStoreContract(it, {
    runs: 60,
    fresh: () => openIn(mkdtempSync(join(tmpdir(), 'wk-store-'))),
    reopen: async (store) => {
      await store.close();
      return openIn(folders.get(store)!);
    },
    end: async (store) => {
      await store.close();
      rmSync(folders.get(store)!, { recursive: true });
    },
  });
});
