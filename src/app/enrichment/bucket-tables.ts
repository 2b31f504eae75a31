import type { KvBuckets } from '../../federation/kv-buckets.ts';
import { TABLE_LIMITS } from '../../streams/enrichment/lookup-table.ts';
import type { Buckets } from './lookup-files.ts';

/** Lookup tables out of buckets of NATS KV. */
export function bucketTables(buckets: KvBuckets): Buckets {
  return {
    get version() {
      return buckets.version;
    },
    async read({ name, key, bucket }) {
      return Object.freeze({ name, key, rows: await buckets.read(bucket, TABLE_LIMITS) });
    },
  };
}
