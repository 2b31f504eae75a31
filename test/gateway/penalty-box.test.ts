import assert from 'node:assert/strict';
import { connect } from 'node:net';
import fc from 'fast-check';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import { PENALTY_LIMITS, PenaltyBox } from '../../src/gateway/penalty-box.ts';
import { startGateway } from '../support/http-fixture.ts';
import { createFakeSite } from '../support/fake-site.ts';
import { describe } from '../support/suite.ts';

const LIMITS = { burst: 3, perSecond: 2, bytesPerRefusal: 1_000, maxMs: 2_000, held: 4 };

/** A box, and when each answer of it went out. */
function scene(limits = LIMITS): {
  clock: SimulatedClock;
  box: PenaltyBox;
  answered: string[];
  refuse: (sender: string, times?: number, bytes?: number) => void;
} {
  const clock = new SimulatedClock();
  const begun = clock.monotonic();
  const box = new PenaltyBox(clock, { limits });
  const answered: string[] = [];
  const refuse = (sender: string, times = 1, bytes = 0): void => {
    for (let time = 0; time < times; time += 1) {
      const answer = (): unknown => answered.push(`${sender}@${clock.monotonic() - begun}`);
      box.refuse(sender, answer, bytes);
    }
  };
  return { clock, box, answered, refuse };
}

describe('PenaltyBox', (it) => {
  it('answers the first refusals at once, and the next at the rate', () => {
    const { clock, answered, refuse } = scene();
    refuse('a', 5);
    assert.deepEqual(answered, ['a@0', 'a@0', 'a@0']);
    clock.advance(499);
    assert.equal(answered.length, 3);
    clock.advance(501);
    assert.deepEqual(answered.slice(3), ['a@500', 'a@1000']);
  });

  it('lets nobody wait for another, nor longer than the longest', () => {
    const { clock, answered, refuse } = scene({ ...LIMITS, held: 99 });
    refuse('a', 30);
    refuse('b');
    assert.equal(answered.at(-1), 'b@0');
    clock.advance(2_000);
    assert.equal(answered.length, 31);
  });

  it('counts a large refusal as several, and lets nobody wait for the first', () => {
    const { clock, answered, refuse } = scene();
    refuse('a', 1, 1e9);
    assert.deepEqual(answered, ['a@0']);
    refuse('a');
    clock.advance(499);
    assert.equal(answered.length, 1);
    clock.advance(1);
    assert.deepEqual(answered.slice(1), ['a@500']);
    refuse('b', 1, 999);
    refuse('b', 1, 1_999);
    refuse('b', 1, 2_000);
    assert.equal(answered.length, 4);
    clock.advance(1_500);
    assert.deepEqual(answered.slice(4), ['b@2000']);
  });

  it('answers two refusals of a mebibyte at once, as shipped, and the third later', () => {
    const { clock, answered, refuse } = scene(PENALTY_LIMITS);
    refuse('a', 3, 1_048_000);
    assert.deepEqual(answered, ['a@0', 'a@0']);
    clock.advance(PENALTY_LIMITS.maxMs);
    assert.equal(answered.length, 3);
  });

  it('forgives with time', () => {
    const { clock, answered, refuse } = scene();
    refuse('a', 3);
    clock.advance(1_000);
    refuse('a', 2);
    assert.deepEqual(answered.slice(3), ['a@1000', 'a@1000']);
  });

  it('holds back what is counted only when it is asked to', () => {
    const { clock, box, answered } = scene();
    for (let time = 0; time < 4; time += 1) box.count('a');
    box.hold('a', () => answered.push('a'));
    box.hold('b', () => answered.push('b'));
    assert.deepEqual(answered, ['b']);
    clock.advance(500);
    assert.deepEqual(answered, ['b', 'a']);
  });

  it('holds back no more than it may, and answers each exactly once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.nat(700))), (steps) => {
        const { clock, answered, refuse } = scene();
        let asked = 0;
        for (const [sender, ms] of steps) {
          refuse(`s${sender}`);
          asked += 1;
          assert.ok(asked - answered.length <= LIMITS.held);
          clock.advance(ms);
        }
        clock.advance(LIMITS.maxMs);
        assert.equal(answered.length, asked);
      }),
    );
  });

  it('remembers a bounded number of senders', () => {
    const { answered, box, refuse } = scene();
    refuse('a', 3);
    for (let other = 0; other < 10_000; other += 1) box.count(`o${other}`);
    refuse('a');
    assert.equal(answered.length, 4);
  });
});

describe('refusals of the HTTP gateway', (it) => {
  it('make who repeats them wait, and nobody else: neither another, nor its own good requests', async () => {
    const clock = new SimulatedClock();
    const site = createFakeSite();
    const penalties = new PenaltyBox(clock, { limits: PENALTY_LIMITS });
    const gateway = await startGateway({ api: site, penalties });
    try {
      const bad = (as: 'service' | 'admin'): Promise<number> =>
        gateway
          .call('/v1/logs', { as, body: '[[[', headers: { 'content-type': 'application/json' } })
          .then(({ status }) => status);
      for (let time = 0; time < PENALTY_LIMITS.burst; time += 1) {
        assert.equal(await bad('service'), 400);
      }
      let waited: number | undefined;
      const held = bad('service').then((status) => (waited = status));
      assert.equal(await bad('admin'), 400);
      const good = await gateway.call('/v1/logs', { as: 'service', body: [] });
      assert.equal(good.status, 200);
      assert.equal(waited, undefined);
      clock.advance(500);
      assert.equal(await held, 400);
    } finally {
      await gateway.close();
    }
  });
});

describe('refusals of large bodies', (it) => {
  it('count as several, but not those of which some records were taken', async () => {
    const clock = new SimulatedClock();
    const penalties = new PenaltyBox(clock, { limits: PENALTY_LIMITS });
    const gateway = await startGateway({ api: createFakeSite(), penalties });
    const post = (path: string, body: string): Promise<number> =>
      gateway
        .call(path, { as: 'service', body, headers: { 'content-type': 'application/json' } })
        .then(({ status }) => status);
    const [blank, path] = [' '.repeat(1_000_000), '/services/collector'];
    try {
      const partly = `{"event":"x"}${blank}{"event":""}`;
      for (let time = 0; time < 6; time += 1) assert.equal(await post(path, partly), 400);
      const unreadable = `{"event":""}${blank}{"event":""}`;
      for (let time = 0; time < 2; time += 1) assert.equal(await post(path, unreadable), 400);
      let answered: number | undefined;
      const third = post(path, unreadable).then((status) => (answered = status));
      assert.equal(await post(path, '{"event":"x"}'), 200);
      await gateway.call('/healthz');
      assert.equal(answered, undefined);
      // The third may still be on its way when the clock is moved.
      const moving = setInterval(() => {
        clock.advance(PENALTY_LIMITS.maxMs);
      }, 5);
      assert.equal(await third, 400);
      clearInterval(moving);
    } finally {
      await gateway.close();
    }
  });
});

describe('requests of one connection', (it) => {
  /** Statuses of the answers to so many requests in one write, until the server ends. */
  const pipelined = async (url: string, count: number): Promise<readonly string[]> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const one = 'GET /healthz HTTP/1.1\r\nHost: a\r\n';
    socket.end(`${`${one}\r\n`.repeat(count - 1)}${one}Connection: close\r\n\r\n`);
    let text = '';
    for await (const bytes of socket) text += String(bytes);
    return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status ?? '');
  };

  it('are all answered while they are few, and cut when they are many', async () => {
    const gateway = await startGateway();
    try {
      assert.deepEqual(await pipelined(gateway.url, 12), new Array(12).fill('200'));
      assert.deepEqual(await pipelined(gateway.url, 200), new Array(16).fill('200'));
      assert.equal((await gateway.call('/healthz')).status, 200);
      for (let turn = 0; turn < 40; turn += 1) {
        assert.equal((await gateway.call('/healthz')).status, 200);
      }
    } finally {
      await gateway.close();
    }
  });
});
