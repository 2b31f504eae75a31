import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOptions, type ServeOptions } from '../../src/cli/serve-options.ts';
import { systemClock } from '../../src/core/clock.ts';
import { openKeyRing } from '../../src/security/key-ring.ts';
import { describe } from '../support/suite.ts';
import { fakeTerminal, runIn } from './fake-terminal.ts';

describe('the passphrase of the site’s keys', (it) => {
  let folder: string;
  let file: string;
  it.beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wk-pass-'));
    file = join(folder, 'passphrase');
    writeFileSync(file, 'of the file\n');
  });
  it.afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const passphrase = (env: Record<string, string>, keyPassphraseFile?: string) => {
    const context = fakeTerminal({ env });
    const options: ServeOptions = {
      host: '127.0.0.1',
      port: 0,
      ...(keyPassphraseFile === undefined ? {} : { keyPassphraseFile }),
    };
    const changes = { dataFolder: folder, clock: {}, consoleAlerts: false };
    return startOptions(context, options, changes).keyPassphrase;
  };
  const ENV = { WATCHKEEPER_KEY_PASSPHRASE: 'of the environment' };

  it('comes from the file, else from the environment, else there is none', () => {
    assert.equal(passphrase({}), undefined);
    assert.equal(passphrase({ WATCHKEEPER_KEY_PASSPHRASE: '' }), undefined);
    assert.equal(passphrase(ENV), 'of the environment');
    assert.equal(passphrase(ENV, file), 'of the file');
  });

  it('is not taken from a file that is empty or cannot be read', () => {
    writeFileSync(file, '\n');
    assert.throws(() => passphrase(ENV, file), /is empty/);
    assert.throws(() => passphrase(ENV, join(folder, 'none')), /cannot be read/);
  });

  it('stops a start that has a wrong one or none, and says what to give', async () => {
    await openKeyRing({ folder, clock: systemClock, passphrase: 'right' });
    const up = ['up', '--port', '0', '--data', folder];
    const none = await runIn(fakeTerminal(), up);
    assert.match(none.err, /is sealed and no passphrase was given/);
    const wrong = await runIn(fakeTerminal(), [...up, '--key-passphrase-file', file]);
    assert.match(wrong.err, /the passphrase is wrong or the file is damaged/);
    assert.match(wrong.err, /--key-passphrase-file or WATCHKEEPER_KEY_PASSPHRASE/);
    assert.ok(none.code !== 0 && none.code === wrong.code);
    assert.ok(!wrong.err.includes('of the file'));
  });
});
