import assert from 'node:assert/strict';
import { subjectId } from '../../src/model/subject.ts';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { describe } from '../support/suite.ts';
import { fakeTerminal, runIn } from '../cli/fake-terminal.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { line, lines } from '../support/e2e/records.ts';

/** Lets a process crash: what the journal holds is all that is left. */
async function crash(site: E2eSite): Promise<void> {
  const { journal } = site.handle.parts;
  await journal.durable(journal.nextLsn - 1);
  site.handle.engine.abandon();
  await site.handle.parts.journal.close();
  await site.down();
}

describe('detectors that are configured anew', (it) => {
  let site: E2eSite;
  it.beforeEach(() => {
    site = E2eSite.prepare({ withNats: false });
  });
  it.afterEach(() => site.close());

  const spikes = async (): Promise<readonly string[]> =>
    (await site.api.alerts({ type: 'error_spike' })).alerts.map(({ summary }) => summary);

  it('are listed with the options that are in force, and the site with its key', async () => {
    site.editDetectors((text) => text.replace('threshold: 100', 'threshold: 90'));
    await site.up();
    type Listed = { readonly detectors: readonly { id: string; options: object }[] };
    const { detectors } = await site.http.get<Listed>('/v1/detectors');
    const spike = detectors.find(({ id }) => id === 'error_spike');
    assert.equal((spike?.options as { threshold?: unknown }).threshold, 90);
    assert.ok(detectors.every(({ options }) => Object.keys(options).length > 0));
    const { id, publicKey } = site.handle.parts.keyRing.current();
    assert.deepEqual(await site.http.get('/v1/site'), {
      site: 'local',
      key_id: id,
      public_key: Buffer.from(publicKey).toString('base64url'),
    });
  });

  it('keep what they had counted, and go by the new threshold', async () => {
    await site.up();
    await site.logs(lines(60, { user_id: 'u-1' }).slice(0, 40));
    await site.settled();
    const user = subjectId('user', 'u-1');
    const counted = (await site.api.subject(user))?.detectors;
    await site.down();
    site.editDetectors((text) =>
      text.replace('threshold: 100', 'threshold: 45').replace('clear_at: 50', 'clear_at: 20'),
    );
    await site.up();
    assert.deepEqual((await site.api.subject(user))?.detectors, counted);
    await site.logs(lines(5));
    await site.settled();
    assert.deepEqual(await spikes(), []);
    await site.logs([line()]);
    await site.settled();
    assert.deepEqual(await spikes(), ['46 errors in 5 minutes']);
    // The user's detector was not changed: 40 before and 10 now are its 50.
    await site.logs(lines(9, { user_id: 'u-1', service: 'other' }));
    await site.settled();
    assert.equal((await site.api.alerts({ type: 'suspicious_user_activity' })).alerts.length, 0);
    await site.logs([line({ user_id: 'u-1', service: 'other' })]);
    await site.settled();
    assert.equal((await site.api.alerts({ type: 'suspicious_user_activity' })).alerts.length, 1);
  });

  it('replay what came before the change under the old threshold', async () => {
    await site.up({ tuning: { snapshotEveryMs: 3_600_000 } });
    await site.logs(lines(60));
    await site.settled();
    await crash(site);
    site.editDetectors((text) =>
      text.replace('threshold: 100', 'threshold: 30').replace('clear_at: 50', 'clear_at: 10'),
    );
    await site.up();
    await site.settled();
    assert.deepEqual(await spikes(), [], 'the 31st of the old errors must not fire afterwards');
    await site.logs([line()]);
    await site.settled();
    assert.equal((await spikes()).length, 1);
  });

  it('count on from a state that held more than the new threshold has room for', async () => {
    await site.up();
    await site.logs(lines(100));
    await site.settled();
    await site.down();
    const strict = (text: string) =>
      text.replace('threshold: 100', 'threshold: 5').replace('clear_at: 50', 'clear_at: 2');
    site.editDetectors(strict);
    await site.up();
    await site.logs([line()]);
    await site.settled();
    assert.equal((await spikes()).length, 1);
    assert.equal((await site.api.deadLetters({ limit: 10 })).letters.length, 0);
  });

  it('are refused with file, line, column and the likely spelling', async () => {
    site.editDetectors((text) => text.replace('    threshold: 100', '    treshold: 100'));
    const place = /anomaly_schema\.yaml:10:5\b[\s\S]*treshold[\s\S]*Did you mean "threshold"/;
    await assert.rejects(site.up(), (error) => {
      assert.ok(isWatchkeeperError(error, 'CONFIG_INVALID'), String(error));
      assert.match(error.message, place);
      return true;
    });
    const args = ['--config', site.configFolder, '--data', site.dataFolder, '--port', '0'];
    const up = await runIn(fakeTerminal(), ['up', ...args, '--no-provision']);
    assert.equal(up.code, 78);
    assert.match(up.err, place);
    const check = await runIn(fakeTerminal(), ['config', 'check', '--config', site.configFolder]);
    assert.equal(check.code, 78);
    assert.match(check.err + check.out, place);
  });

  it('leave the running state alone when the new file is wrong', async () => {
    await site.up();
    await site.logs(lines(100));
    await site.settled();
    await site.down();
    site.editDetectors((text) => text.replace('window: 5 minutes', 'window: 5 lightyears'));
    await assert.rejects(site.up(), (error) => isWatchkeeperError(error, 'CONFIG_INVALID'));
    site.editDetectors((text) => text.replace('window: 5 lightyears', 'window: 5 minutes'));
    await site.up();
    await site.logs([line()]);
    await site.settled();
    assert.equal((await spikes()).length, 1);
  });
});
