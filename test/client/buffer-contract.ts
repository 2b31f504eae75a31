import type { Batch } from '../../src/client/batch.ts';
import type {
  BufferChange,
  BufferContents,
  BufferFacts,
  BufferStore,
} from '../../src/client/buffer-store.ts';

// Runs in Node and in browsers alike, so it brings its own assertions.

/** Opens one and the same medium anew, as the next process would. */
export type Reopen = () => BufferStore;

export interface ContractCase {
  readonly name: string;
  run(reopen: Reopen): Promise<void>;
}

export function aBatch(id: number, size = 10): Batch {
  const frameClass = ([0, 1, 2, 3] as const)[id % 4] ?? 0;
  const payload = Uint8Array.from({ length: size }, (_, index) => (id * 31 + index) % 256);
  return { id, frameClass, payload, records: id, from: 1_767_225_600_000 + id, to: id + 2 ** 41 };
}

export const noFacts: BufferFacts = {
  nextId: 1,
  highestEpoch: 0,
  lanes: [
    { nextSeq: 1, flights: [] },
    { nextSeq: 1, flights: [] },
  ],
};

const fullFacts: BufferFacts = {
  nextId: 77,
  highestEpoch: 4_294_967_295,
  epoch: {
    epoch: 4_294_967_295,
    site: 'local',
    keyId: 'ab'.repeat(16),
    publicKey: new Uint8Array(32).fill(1),
    enc: new Uint8Array(32).fill(2),
    secrets: new Uint8Array(88).fill(3),
  },
  lanes: [
    {
      nextSeq: 2 ** 53 - 1,
      flights: [
        { seq: 2 ** 53 - 3, frameClass: 1, gap: { dropped: [0, 1, 2, 3], from: 5, to: 2 ** 41 } },
        { seq: 2 ** 53 - 2, frameClass: 0, id: 4 },
      ],
    },
    { nextSeq: 1, flights: [] },
  ],
  gap: { dropped: [0, 0, 0, 9], from: 1, to: 2 },
};

const change = (part: Partial<BufferChange>): BufferChange => ({
  added: [],
  removed: [],
  facts: noFacts,
  ...part,
});

async function reread(store: BufferStore, reopen: Reopen): Promise<BufferContents> {
  await store.close();
  const next = reopen();
  const contents = await next.open();
  await next.close();
  return contents;
}

/** What every adapter of the port must do. */
export const bufferContract: readonly ContractCase[] = [
  {
    name: 'is empty when it is new',
    async run(reopen) {
      const store = reopen();
      same(await store.open(), { batches: [], facts: undefined });
      same(store.count, 0);
      await store.close();
    },
  },
  {
    name: 'gives back batches by id, and all facts, byte for byte',
    async run(reopen) {
      const store = reopen();
      await store.open();
      await store.commit(change({ added: [aBatch(1), aBatch(2, 48 * 1024)] }));
      await store.commit(change({ added: [aBatch(4), aBatch(9, 0)], facts: fullFacts }));
      same(store.count, 4);
      const { batches, facts } = await reread(store, reopen);
      same(batches, [aBatch(1), aBatch(2, 48 * 1024), aBatch(4), aBatch(9, 0)]);
      same(facts, fullFacts);
    },
  },
  {
    name: 'forgets what is removed, also in the change that added it, and unknown ids',
    async run(reopen) {
      const store = reopen();
      await store.open();
      await store.commit(change({ added: [aBatch(1), aBatch(2), aBatch(3)], removed: [2, 99] }));
      await store.commit(change({ removed: [1] }));
      same(store.count, 1);
      same((await reread(store, reopen)).batches, [aBatch(3)]);
    },
  },
  {
    name: 'keeps the newest of facts, without what they no longer have',
    async run(reopen) {
      const store = reopen();
      await store.open();
      await store.commit(change({ facts: fullFacts }));
      await store.commit(change({ facts: { ...noFacts, nextId: 5 } }));
      same((await reread(store, reopen)).facts, { ...noFacts, nextId: 5 });
    },
  },
  {
    name: 'takes the same batch again without holding it twice',
    async run(reopen) {
      const store = reopen();
      await store.open();
      await store.commit(change({ added: [aBatch(1)] }));
      await store.commit(change({ added: [aBatch(1), aBatch(2)] }));
      same(store.count, 2);
      same((await reread(store, reopen)).batches, [aBatch(1), aBatch(2)]);
    },
  },
  {
    name: 'gives its room back: hundreds come and go, and little stays',
    async run(reopen) {
      const store = reopen();
      await store.open();
      await store.commit(change({ added: [aBatch(1)] }));
      let most = 0;
      for (let id = 2; id < 300; id += 1) {
        const removed = id > 11 ? [id - 10] : [];
        const facts = { ...noFacts, nextId: id + 1 };
        await store.commit({ added: [aBatch(id, 1_000)], removed, facts });
        most = Math.max(most, store.bytes);
      }
      same(store.count, 11);
      ok(most < 64 * 1024, `took ${most} bytes for 10 kB`);
      const { batches, facts } = await reread(store, reopen);
      same(
        batches.map(({ id }) => id),
        [1, 290, 291, 292, 293, 294, 295, 296, 297, 298, 299],
      );
      same(facts?.nextId, 300);
    },
  },
  {
    name: 'goes on where it was, over many lives',
    async run(reopen) {
      for (let life = 1; life <= 12; life += 1) {
        const store = reopen();
        const { batches } = await store.open();
        same(batches.length, life - 1);
        await store.commit(change({ added: [aBatch(life, 700)] }));
        await store.close();
        await store.close();
      }
    },
  },
];

function same(actual: unknown, expected: unknown): void {
  const [a, b] = [text(actual), text(expected)];
  if (a !== b) throw new Error(`Expected ${b.slice(0, 500)}, and it is ${a.slice(0, 500)}.`);
}

function ok(isTrue: boolean, complaint: string): void {
  if (!isTrue) throw new Error(complaint);
}

/** Canonical: bytes as their numbers, keys in order, nothing for `undefined`. */
function text(value: unknown): string {
  if (value instanceof Uint8Array) return `<${value.join()}>`;
  if (Array.isArray(value)) return `[${value.map(text).join()}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${key}:${text(each)}`)
    .join()}}`;
}
