import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import { ROLES, openTokenStore } from '../../src/security/tokens.ts';
import { describe } from '../support/suite.ts';
import { fakeTerminal, runIn } from './fake-terminal.ts';

describe('token', (it) => {
  let data = '';
  it.beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'wk-token-'));
    writeFileSync(join(data, 'site-keys.json'), '{}');
  });
  it.afterEach(() => {
    rmSync(data, { recursive: true, force: true });
  });
  const run = (...args: readonly string[]) =>
    runIn(fakeTerminal(), ['token', ...args, '--data', data]);

  for (const role of ROLES) {
    it(`issues one of the role ${role} that a site takes, printed alone`, async () => {
      const { code, out } = await run('issue', '--role', role, '--name', 'ana');
      assert.equal(code, 0);
      const tokens = await openTokenStore({ folder: data, clock: fakeTerminal().clock });
      const identity = tokens.verify(out.trim());
      assert.deepEqual([identity?.role, identity?.name], [role, 'ana']);
    });
  }

  it('reaches a site that runs within a second, both ways', async () => {
    const clock = new SimulatedClock();
    const running = await openTokenStore({ folder: data, clock });
    const token = (await run('issue', '--role', 'viewer')).out.trim();
    clock.advance(1000);
    const id = running.verify(token)?.id ?? '';
    assert.notEqual(id, '');
    assert.equal((await run('revoke', id)).code, 0);
    clock.advance(1000);
    assert.equal(running.verify(token), undefined);
    assert.equal((await run('revoke', id)).code, 1);
  });

  it('binds a viewer to a filter, and nobody else', async () => {
    const filter = 'service:payment* -user_id:u1';
    const { code } = await run('issue', '--role', 'viewer', '--filter', filter);
    assert.equal(code, 0);
    const { tokens } = JSON.parse((await run('list', '--json')).out) as {
      readonly tokens: readonly Record<string, unknown>[];
    };
    assert.equal(tokens[0]?.['filter'], filter);
    assert.ok((await run('list')).out.includes(filter));
    assert.equal((await run('issue', '--role', 'operator', '--filter', 'a:b')).code, 2);
    const wrong = await run('issue', '--role', 'viewer', '--filter', 'servce:x');
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.err, /Column 1 of the filter: There is no field "servce"/);
  });

  it('binds to a service and an end, and lists without the secret', async () => {
    const args = ['--role', 'service', '--service', 'pay', '--ttl', '30d', '--json'];
    const issued = JSON.parse((await run('issue', ...args)).out) as Record<string, unknown>;
    const { tokens } = JSON.parse((await run('list', '--json')).out) as {
      readonly tokens: readonly Record<string, unknown>[];
    };
    assert.equal(tokens.length, 1);
    const [listed = {}] = tokens;
    assert.equal(listed['service'], 'pay');
    assert.equal(Number(listed['expiresAt']) - Number(listed['createdAt']), 30 * 86_400_000);
    const text = (await run('list')).out;
    assert.match(text, /service +pay +pay/);
    for (const shown of [text, readFileSync(join(data, 'tokens.json'), 'utf8')])
      assert.ok(!shown.includes(String(issued['token'])));
  });

  for (const args of [
    ['issue'],
    ['issue', '--role', 'king'],
    ['issue', '--role', 'admin', '--service', 'pay'],
    ['issue', '--role', 'viewer', '--ttl', 'soon'],
  ]) {
    it(`refuses ${args.join(' ')}`, async () => {
      assert.equal((await run(...args)).code, 2);
      assert.match((await run('list')).out, /There is no token/);
    });
  }

  it('takes the demo below a folder that has no site, and refuses where none was started', async () => {
    rmSync(join(data, 'site-keys.json'));
    const { code, err } = await run('issue', '--role', 'viewer');
    assert.equal(code, 2);
    assert.match(err, /There is no site in/);
    mkdirSync(join(data, 'demo'));
    writeFileSync(join(data, 'demo', 'site-keys.json'), '{}');
    assert.equal((await run('issue', '--role', 'viewer')).code, 0);
    assert.ok(readFileSync(join(data, 'demo', 'tokens.json'), 'utf8').includes('viewer'));
  });
});
