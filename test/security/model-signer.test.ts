import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateDeviceKey } from '../../src/security/device-key.ts';
import {
  createModelSigner,
  MODEL_KEY_FILE,
  openModelSigner,
} from '../../src/security/model-signer.ts';
import { describe } from '../support/suite.ts';

const BYTES = Buffer.from('stages');

describe('the signer of models', (it) => {
  let folder = '';
  it.beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wk-signer-'));
  });
  it.afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('trusts its own key and those given, and knows no others', () => {
    const [one, two, three] = [1, 2, 3].map(() => createModelSigner(generateDeviceKey()));
    const trusting = createModelSigner({
      ...generateDeviceKey(),
      trusted: [(one as { publicKey: Uint8Array }).publicKey],
    });
    const verdicts = [one, two, three].map((signer) =>
      trusting.verify(String(signer?.id), BYTES, signer?.sign(BYTES) ?? BYTES),
    );
    assert.deepEqual(verdicts, [true, undefined, undefined]);
    assert.equal(trusting.verify(trusting.id, BYTES, trusting.sign(BYTES)), true);
    assert.equal(trusting.verify(trusting.id, Buffer.from('other'), trusting.sign(BYTES)), false);
    assert.equal(trusting.verify(trusting.id, BYTES, new Uint8Array(3)), false);
  });

  it('makes its key once, also when several begin at the same time', async () => {
    const signers = await Promise.all([1, 2, 3, 4].map(() => openModelSigner(folder)));
    const again = await openModelSigner(folder);
    assert.deepEqual(new Set(signers.map(({ id }) => id)), new Set([again.id]));
    assert.deepEqual(readdirSync(folder), [MODEL_KEY_FILE]);
    assert.equal(statSync(join(folder, MODEL_KEY_FILE)).mode & 0o777, 0o600);
  });

  it('takes trusted keys from its file', async () => {
    const own = await openModelSigner(folder);
    const other = createModelSigner(generateDeviceKey());
    const path = join(folder, MODEL_KEY_FILE);
    const content = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const trusted = [Buffer.from(other.publicKey).toString('base64')];
    writeFileSync(path, JSON.stringify({ ...content, trusted }));
    const signer = await openModelSigner(folder);
    assert.equal(signer.id, own.id);
    assert.equal(signer.verify(other.id, BYTES, other.sign(BYTES)), true);
  });

  it('refuses a damaged file without showing what is in it', async () => {
    const secret = 'c2VjcmV0';
    for (const text of [
      '',
      '[]',
      '{"private_key":"c2VjcmV0"',
      `{"private_key":"${secret}","trusted":[]}`,
    ]) {
      writeFileSync(join(folder, MODEL_KEY_FILE), text);
      await assert.rejects(openModelSigner(folder), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'CONFIG_INVALID');
        return !error.message.includes(secret);
      });
    }
  });
});
