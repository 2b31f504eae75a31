import assert from 'node:assert/strict';
import type { It } from '../../support/suite.ts';
import { withStore, type Subject } from '../store-contract.ts';
import { letter } from './builders.ts';

export function declareDeadLetterContract(it: It, subject: Subject): void {
  it('keeps dead letters by id and lists the newest first, page after page', () =>
    withStore(subject, async ({ deadLetters }) => {
      await deadLetters.put([]);
      assert.equal(await deadLetters.count(), 0);
      const all = [
        letter({ lsn: 12, ordinal: 3 }),
        letter({ lsn: 12, ordinal: 0 }),
        letter({ lsn: 9, stage: 'open', body: new Uint8Array(65_536).fill(7) }),
        letter({ lsn: 1 }),
      ];
      await deadLetters.put([...all].reverse());
      await deadLetters.put(all);
      assert.equal(await deadLetters.count(), 4);
      const found = [];
      let cursor: string | undefined;
      do {
        const page = await deadLetters.list({ limit: 2, ...(cursor !== undefined && { cursor }) });
        found.push(...page.letters);
        cursor = page.cursor;
      } while (cursor !== undefined);
      const plain = found.map((each) => ({ ...each, body: Uint8Array.from(each.body) }));
      assert.deepEqual(plain, all);
    }));

  it('replaces a dead letter by itself', () =>
    withStore(subject, async ({ deadLetters }) => {
      await deadLetters.put([letter({ reason: 'first' })]);
      await deadLetters.put([letter({ reason: 'second' })]);
      const { letters } = await deadLetters.list({ limit: 10 });
      assert.deepEqual(
        letters.map(({ reason }) => reason),
        ['second'],
      );
      await assert.rejects(deadLetters.list({ limit: 10, cursor: 'x' }), { code: 'QUERY_INVALID' });
    }));
}
