import type { Batch } from './batch.ts';
import type { BufferContents, BufferFacts, BufferStore } from './buffer-store.ts';

/** A buffer that outlives the client but not the process. Close it before it is opened again. */
export function memoryBuffer(): BufferStore {
  const batches = new Map<number, Batch>();
  let facts: BufferFacts | undefined;
  return {
    survivesPowerLoss: false,
    get count() {
      return batches.size;
    },
    get bytes() {
      let sum = 0;
      for (const { payload } of batches.values()) sum += payload.length;
      return sum;
    },
    open: (): BufferContents => ({
      batches: [...batches.values()].sort((a, b) => a.id - b.id),
      facts,
    }),
    commit(change) {
      for (const batch of change.added) batches.set(batch.id, batch);
      for (const id of change.removed) batches.delete(id);
      facts = change.facts;
    },
    close: () => undefined,
  };
}
