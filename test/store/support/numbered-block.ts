import type { Block } from '../../../src/store/store.ts';
import { block, entry, NOON, record } from './builders.ts';

/** A block of 40 records whose content follows from its number. */
export function numberedBlock(number: number): Block {
  const records = Array.from({ length: 20 }, (_, index) =>
    record({ message: `${number}.${index} ${'x'.repeat(500)}`, timestamp: NOON + number }),
  );
  return block([entry(number * 2, records), entry(number * 2 + 1, records)]);
}
