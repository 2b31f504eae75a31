import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import { hex } from '../../src/security/bytes.ts';
import { keyIdOf } from '../../src/security/key-id.ts';
import { KEY_FILE, openKeyRing, publicHalf, publicKeyRing } from '../../src/security/key-ring.ts';
import { rawPrivateKey } from '../../src/security/raw-keys.ts';
import { describe } from '../support/suite.ts';

describe('key ring', (it) => {
  let folder: string;
  let clock: SimulatedClock;
  it.beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wk-ring-'));
    clock = new SimulatedClock();
  });
  it.afterEach(() => rm(folder, { recursive: true }));

  it('makes a first key and finds it again after a restart', async () => {
    const ring = await openKeyRing({ folder, clock });
    const key = ring.current();
    assert.equal(key.id, keyIdOf(key.publicKey));
    assert.match(key.id, /^[0-9a-f]{32}$/);
    const again = await openKeyRing({ folder, clock });
    assert.deepEqual(again.current(), key);
    const secret = again.privateKey(key.id);
    assert.equal(
      secret && hex(rawPrivateKey(secret)),
      hex(rawPrivateKey(ring.privateKey(key.id)!)),
    );
  });

  it('writes a file that only its owner may read, and leaves no other behind', async () => {
    const ring = await openKeyRing({ folder, clock });
    await ring.rotate();
    assert.equal((await stat(join(folder, KEY_FILE))).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), [KEY_FILE]);
  });

  it('takes a new key into force at its time and keeps the old one', async () => {
    const ring = await openKeyRing({ folder, clock });
    const first = ring.current();
    const second = await ring.rotate({ notBefore: clock.wall() + 1_000 });
    assert.equal(ring.current().id, first.id);
    clock.advance(999);
    assert.equal(ring.current().id, first.id);
    clock.advance(1);
    assert.equal(ring.current().id, second.id);
    assert.ok(ring.privateKey(first.id));
    const again = await openKeyRing({ folder, clock });
    assert.deepEqual(again.list(), [first, second]);
    assert.deepEqual(again.current(), second);
  });

  it('has a key in force even when the clock stands before all of them', async () => {
    const ring = await openKeyRing({ folder, clock });
    await ring.rotate();
    const early = await openKeyRing({ folder, clock: new SimulatedClock(0) });
    assert.equal(early.current().id, ring.list()[0]?.id);
  });

  it('destroys an old key for good, and never the one in force', async () => {
    const ring = await openKeyRing({ folder, clock });
    const first = ring.current();
    await assert.rejects(ring.destroy(first.id), (e) => isWatchkeeperError(e, 'CONFLICT'));
    await ring.rotate();
    await ring.destroy(first.id);
    assert.equal(ring.privateKey(first.id), undefined);
    assert.equal(ring.find(first.id), undefined);
    await assert.rejects(ring.destroy(first.id), (e) => isWatchkeeperError(e, 'NOT_FOUND'));
    assert.equal((await openKeyRing({ folder, clock })).list().length, 1);
  });

  it('seals the file under a passphrase', async () => {
    const passphrase = 'correct horse';
    const ring = await openKeyRing({ folder, clock, passphrase });
    const { id } = ring.current();
    const secret = rawPrivateKey(ring.privateKey(id)!);
    const text = await readFile(join(folder, KEY_FILE), 'utf8');
    assert.equal(text.includes(Buffer.from(secret).toString('base64')), false);
    assert.equal(text.includes('private_key'), false);
    assert.equal((await openKeyRing({ folder, clock, passphrase })).current().id, id);
    for (const options of [
      { folder, clock },
      { folder, clock, passphrase: 'wrong' },
    ]) {
      await assert.rejects(openKeyRing(options), (e) => isWatchkeeperError(e, 'CONFIG_INVALID'));
    }
  });

  it('seals a file that was clear when a passphrase is first given', async () => {
    const { id } = (await openKeyRing({ folder, clock })).current();
    assert.equal((await openKeyRing({ folder, clock, passphrase: 'p' })).current().id, id);
    assert.equal((await readFile(join(folder, KEY_FILE), 'utf8')).includes('private_key'), false);
    await assert.rejects(
      openKeyRing({ folder, clock }),
      (e) =>
        isWatchkeeperError(e, 'CONFIG_INVALID') &&
        /no passphrase was given/.test(e.message) &&
        /--key-passphrase-file or WATCHKEEPER_KEY_PASSPHRASE/.test(e.fix ?? ''),
    );
  });

  it('has a public half that finds keys and knows the one in force, without secrets', async () => {
    const ring = await openKeyRing({ folder, clock });
    const first = ring.current();
    const second = await ring.rotate({ notBefore: clock.wall() + 1_000 });
    for (const half of [publicHalf(ring), publicKeyRing(ring.list(), clock)]) {
      assert.deepEqual(half.find(second.id), second);
      assert.equal(half.find('none'), undefined);
      assert.deepEqual(half.current(), first);
      assert.deepEqual(Object.keys(half).sort(), ['current', 'find']);
    }
  });

  it('refuses a damaged file instead of making a new key, and does not quote it', async () => {
    const content = [
      'secret',
      '[]',
      '{"version":2}',
      '{"version":1}',
      '{"version":1,"keys":[]}',
      '{"version":1,"keys":[7]}',
      '{"version":1,"keys":[{"private_key":"c2VjcmV0","not_before":0}]}',
      '{"version":1,"sealed":{}}',
      '{"version":1,"sealed":7}',
    ];
    for (const text of content) {
      await writeFile(join(folder, KEY_FILE), text);
      for (const extra of [{}, { passphrase: 'p' }]) {
        await assert.rejects(
          openKeyRing({ folder, clock, ...extra }),
          (e) => isWatchkeeperError(e, 'CONFIG_INVALID') && !e.message.includes('secret'),
          text,
        );
      }
    }
  });

  it('says when the folder is not there', async () => {
    await assert.rejects(openKeyRing({ folder: join(folder, 'none'), clock }), /ENOENT/);
  });
});
