import assert from 'node:assert/strict';
import { JetStreamApiError, type JetStreamManager, type StreamConfig } from '@nats-io/jetstream';
import { alertStreamName, claimAlertStream } from '../../src/federation/alert-stream.ts';
import { alertSubject } from '../../src/federation/nats-channel.ts';
import { subjectId } from '../../src/model/subject.ts';
import { seedAlert } from '../support/notifications.ts';
import { describe } from '../support/suite.ts';

const NOT_FOUND = new JetStreamApiError({ code: 404, err_code: 10059, description: 'not found' });
const NO_SPACE = new JetStreamApiError({ code: 500, err_code: 10047, description: 'no space' });
const IN_USE = new JetStreamApiError({ code: 400, err_code: 10058, description: 'in use' });

/** A manager without streams that answers each `add` with the next of `answers`. */
function manager(answers: (Error | undefined)[]): {
  readonly manager: JetStreamManager;
  readonly asked: Partial<StreamConfig>[];
} {
  const asked: Partial<StreamConfig>[] = [];
  const streams = {
    info: () => Promise.reject(NOT_FOUND),
    add: (config: Partial<StreamConfig>) => {
      asked.push(config);
      const answer = answers.shift();
      return answer === undefined ? Promise.resolve({}) : Promise.reject(answer);
    },
  };
  return { manager: { streams } as unknown as JetStreamManager, asked };
}

const OWNER = { site: 'local', instance: 'a1' };

describe('alerts stream', (it) => {
  it('has a name of its own for every site', () => {
    const sites = ['local', 'Local', 'lab 2', 'lab.2', 'lab_2', 'lab-2', 'lab*', 'lab>'];
    const names = sites.map(alertStreamName);
    assert.equal(new Set(names).size, sites.length);
    for (const name of names) assert.match(name, /^WK_ALERTS_[A-Z0-9_-]+$/);
    assert.equal(names[0], 'WK_ALERTS_LOCAL');
  });

  it('asks for less where the server has no room for more', async () => {
    const { manager: server, asked } = manager([NO_SPACE, NO_SPACE, undefined]);
    await claimAlertStream(server, OWNER);
    const sizes = asked.map(({ max_bytes: bytes }) => bytes ?? 0);
    assert.equal(sizes.length, 3);
    assert.deepEqual(
      sizes,
      [...sizes].sort((a, b) => b - a),
    );
  });

  it('gives up with the reason of the server', async () => {
    await assert.rejects(claimAlertStream(manager([NO_SPACE, NO_SPACE, NO_SPACE]).manager, OWNER), {
      message: 'no space',
    });
    const raced = manager([IN_USE]);
    await assert.rejects(claimAlertStream(raced.manager, OWNER), { message: 'in use' });
    assert.equal(raced.asked.length, 1);
    const broken = manager([new Error('timeout')]);
    await assert.rejects(claimAlertStream(broken.manager, OWNER), { message: 'timeout' });
  });
});

describe('subject of an alert', (it) => {
  it('has six tokens whatever the names hold, and says type and subject plainly', () => {
    assert.equal(
      alertSubject(seedAlert()),
      'alerts.v1.local.high.error_spike.service_3apayment-service',
    );
    const odd = seedAlert({
      site: 'Lab.2 >',
      type: 'My.Type *',
      subject: subjectId('user', 'a.b@C:d'),
    });
    const tokens = alertSubject(odd).split('.');
    assert.equal(tokens.length, 6);
    for (const token of tokens) assert.match(token, /^[a-z0-9_-]+$/);
  });
});
