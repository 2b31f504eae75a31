import assert from 'node:assert/strict';
import type { DeadLetter } from '../../src/store/store.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { line } from '../support/e2e/records.ts';
import { describe } from '../support/suite.ts';

describe('dead letters of a site', (it) => {
  it('lists what POST /v1/logs rejected among the newest, not behind all of the journal', async () => {
    const site = await E2eSite.start({ withNats: false });
    try {
      const bad = (message: string) => ({ ...line(), level: 'LOUD', message });
      const ends: number[] = [];
      for (const message of ['first', 'second', 'third']) {
        await site.logs([line(), bad(message)]);
        ends.push(site.handle.parts.journal.durableLsn);
      }
      await site.handle.engine.archivist.flushed();
      const { letters } = await site.http.get<{ letters: DeadLetter[] }>('/v1/dlq');
      const texts = letters.map(({ body }) => Buffer.from(String(body), 'base64').toString());
      assert.deepEqual(
        texts.map((text) => (JSON.parse(text) as { message: string }).message),
        ['third', 'second', 'first'],
      );
      assert.ok(letters.every(({ lsn }) => lsn > 0 && lsn <= (ends.at(-1) ?? 0)));
    } finally {
      await site.close();
    }
  });
});
