import assert from 'node:assert/strict';
import type { Store } from '../../src/store/store.ts';
import type { It } from '../support/suite.ts';
import { declareAlertContract } from './support/alert-contract.ts';
import { declareDeadLetterContract } from './support/dead-letter-contract.ts';
import { declareRecordContract } from './support/record-contract.ts';
import { declareSnapshotContract } from './support/snapshot-contract.ts';

/** One adapter under test. */
export interface Subject {
  /** A store that holds nothing yet. */
  fresh(): Promise<Store>;
  /** Closes a store and opens what it holds again. */
  reopen(store: Store): Promise<Store>;
  /** Ends a store that `fresh` gave, with all it holds. */
  end(store: Store): Promise<void>;
  /** How many random cases to try. */
  readonly runs: number;
}

/** What every adapter of the store does. */
export function declareStoreContract(it: It, subject: Subject): void {
  declareRecordContract(it, subject);
  declareAlertContract(it, subject);
  declareDeadLetterContract(it, subject);
  declareSnapshotContract(it, subject);

  it('answers a ping until it is closed, and closes twice as once', async () => {
    const store = await subject.fresh();
    await store.ping();
    await Promise.all([store.close(), store.close()]);
    await store.close();
    await assert.rejects(store.ping(), { code: 'STORE_FAILED' });
    await assert.rejects(store.records.count(), { code: 'STORE_FAILED' });
    await assert.rejects(store.alerts.get('a'), { code: 'STORE_FAILED' });
    await subject.end(store);
  });
}

/** Runs `body` with a store of its own. */
export async function withStore(
  subject: Subject,
  body: (store: Store) => Promise<void>,
): Promise<void> {
  const store = await subject.fresh();
  try {
    await body(store);
  } finally {
    await subject.end(store);
  }
}
