import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import { openTokenStore, type TokenStore } from '../../src/security/tokens.ts';
import { describe } from '../support/suite.ts';

describe('token store', (it) => {
  let folder: string;
  let clock: SimulatedClock;
  let tokens: TokenStore;
  it.beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wk-tokens-'));
    clock = new SimulatedClock();
    tokens = await openTokenStore({ folder, clock });
  });
  it.afterEach(() => rm(folder, { recursive: true, force: true }));
  const file = () => join(folder, 'tokens.json');

  it('issues tokens of the published form that speak for whom they were issued', async () => {
    const { id, token } = await tokens.issue({
      role: 'service',
      name: 'payments',
      service: 'payment',
    });
    assert.match(token, /^wk_[0-9a-f]{10}_[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(tokens.verify(token), {
      id,
      role: 'service',
      name: 'payments',
      service: 'payment',
    });
  });

  it('keeps a filter of a viewer, through a restart', async () => {
    const filter = 'service:payment*';
    const { token } = await tokens.issue({ role: 'viewer', name: 'v', filter });
    assert.equal(tokens.verify(token)?.filter, filter);
    const again = await openTokenStore({ folder, clock });
    assert.equal(again.verify(token)?.filter, filter);
    assert.equal(again.list()[0]?.filter, filter);
    for (const [role, wrong] of [
      ['viewer', 'service:('],
      ['viewer', ' '],
      ['operator', 'a:b'],
      ['admin', 'a:b'],
      ['service', 'a:b'],
    ] as const) {
      await assert.rejects(tokens.issue({ role, name: 'x', filter: wrong }), `${role} ${wrong}`);
    }
    assert.equal(tokens.size, 1);
  });

  it('keeps hashes only, in a file of its owner, and leaves nothing beside it', async () => {
    const { token } = await tokens.issue({ role: 'admin', name: 'a' });
    const text = await readFile(file(), 'utf8');
    assert.ok(!text.includes(token.split('_').at(-1)!));
    assert.equal((await stat(file())).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['tokens.json']);
  });

  it('knows its tokens after a restart', async () => {
    const { token, id } = await tokens.issue({ role: 'viewer', name: 'v' });
    const again = await openTokenStore({ folder, clock });
    assert.equal(again.verify(token)?.id, id);
    assert.equal(again.size, 1);
  });

  it('refuses every token that differs in one character', async () => {
    const { token } = await tokens.issue({ role: 'viewer', name: 'v' });
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'abcXYZ019_-'), (at, character) => {
        const other = token.slice(0, at) + character + token.slice(at + 1);
        assert.equal(tokens.verify(other) !== undefined, other === token);
      }),
    );
    for (const wrong of ['', 'wk__', `${token}x`, ` ${token}`, token.toUpperCase()]) {
      assert.equal(tokens.verify(wrong), undefined);
    }
  });

  it('ends a token at its expiry', async () => {
    const { token, id } = await tokens.issue({ role: 'viewer', name: 'v', ttlMs: 1_000 });
    clock.advance(999);
    assert.ok(tokens.isActive(id));
    assert.ok(tokens.verify(token));
    clock.advance(1);
    assert.equal(tokens.verify(token), undefined);
    assert.equal(tokens.isActive(id), false);
    assert.deepEqual(tokens.list(), []);
  });

  it('ends a token when it is revoked, for good', async () => {
    const { token, id } = await tokens.issue({ role: 'viewer', name: 'v' });
    assert.equal(await tokens.revoke(id), true);
    assert.equal(await tokens.revoke(id), false);
    assert.equal(tokens.verify(token), undefined);
    assert.equal((await openTokenStore({ folder, clock })).verify(token), undefined);
  });

  it('lists tokens with their last use, without secrets', async () => {
    const { token, id } = await tokens.issue({ role: 'operator', name: 'o', ttlMs: 5_000 });
    clock.advance(10);
    tokens.verify(token);
    assert.deepEqual(tokens.list(), [
      {
        id,
        role: 'operator',
        name: 'o',
        service: undefined,
        createdAt: clock.now() - 10,
        expiresAt: clock.now() + 4_990,
        lastUsedAt: clock.now(),
      },
    ]);
  });

  it('keeps all tokens that are issued at the same time', async () => {
    const issued = await Promise.all(
      Array.from({ length: 8 }, (_, index) => tokens.issue({ role: 'viewer', name: `v${index}` })),
    );
    const again = await openTokenStore({ folder, clock });
    for (const { token } of issued) assert.ok(again.verify(token));
  });

  it('sees within a second what another process changed', async () => {
    const other = await openTokenStore({ folder, clock });
    const { token, id } = await other.issue({ role: 'viewer', name: 'v' });
    clock.advance(1_000);
    assert.ok(tokens.verify(token));
    await other.revoke(id);
    clock.advance(1_000);
    assert.equal(tokens.verify(token), undefined);
  });

  it('keeps its tokens while the file is broken, and refuses to start from such a file', async () => {
    const { token } = await tokens.issue({ role: 'viewer', name: 'v' });
    for (const broken of ['{', '{"tokens":[{"id":"x"}]}', '[]', 'null']) {
      await writeFile(file(), broken);
      clock.advance(1_000);
      assert.ok(tokens.verify(token));
      await assert.rejects(openTokenStore({ folder, clock }), { code: 'CONFIG_INVALID' });
      await assert.rejects(tokens.issue({ role: 'viewer', name: 'w' }), { code: 'CONFIG_INVALID' });
    }
    await rm(file());
    clock.advance(1_000);
    assert.equal(tokens.verify(token), undefined);
  });

  it('takes a given admin token while it runs, and never writes it', async () => {
    const seed = `wk_ci01_${'s'.repeat(43)}`;
    const seeded = await openTokenStore({ folder, clock, seed });
    assert.deepEqual(seeded.verify(seed), {
      id: 'ci01',
      role: 'admin',
      name: 'WATCHKEEPER_TOKEN',
      service: undefined,
    });
    assert.equal(seeded.verify(`wk_ci01_${'t'.repeat(43)}`), undefined);
    assert.equal(seeded.size, 1);
    assert.deepEqual(await readdir(folder), []);
    assert.equal(tokens.verify(seed), undefined);
  });

  it('refuses a seed and a service of the wrong form, without repeating the seed', async () => {
    await assert.rejects(
      openTokenStore({ folder, clock, seed: 'hunter2' }),
      (error: Error) => /WATCHKEEPER_TOKEN/.test(error.message) && !/hunter2/.test(error.message),
    );
    await assert.rejects(tokens.issue({ role: 'service', name: 's', service: 'a b' }), {
      code: 'CONFIG_INVALID',
    });
  });
});
