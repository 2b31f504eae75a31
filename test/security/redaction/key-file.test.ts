import assert from 'node:assert/strict';
import { mkdtempSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { openRedactionKey } from '../../../src/security/redaction/key-file.ts';
import { describe } from '../../support/suite.ts';

describe('openRedactionKey', (it) => {
  it('makes a key once, that only its owner can read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'redaction-'));
    const keys = await Promise.all([openRedactionKey(folder)]);
    assert.deepEqual(Buffer.from(await openRedactionKey(folder)), Buffer.from(keys[0] ?? []));
    assert.equal(statSync(join(folder, 'redaction.key')).mode & 0o777, 0o600);
  });

  it('refuses a damaged file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'redaction-'));
    await openRedactionKey(folder, (bytes) => Buffer.alloc(bytes, 1));
    truncateSync(join(folder, 'redaction.key'), 5);
    await assert.rejects(openRedactionKey(folder), (error) =>
      isWatchkeeperError(error, 'CONFIG_INVALID'),
    );
  });
});
