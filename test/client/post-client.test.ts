import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { nodeCrypto } from '../../src/client/node-crypto.ts';
import type { PostAnswer } from '../../src/client/ports.ts';
import { PostClient, type PostOptions } from '../../src/client/post-client.ts';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import { concatBytes } from '../../src/security/bytes.ts';
import { generateDeviceKey } from '../../src/security/device-key.ts';
import type { NackBody } from '../../src/wire/control-bodies.ts';
import { decodeControl, encodeControlFrame } from '../../src/wire/control.ts';
import { bodyOf, FRAME, splitFrames } from '../../src/wire/frame.ts';
import { describe } from '../support/suite.ts';
import { FakeGateway } from './fake-gateway.ts';

const identity = generateDeviceKey();
const empty = new Uint8Array(0);

/** A client whose requests go to `gateway` by way of `fault`, which may answer in its place. */
function setUp(options: Partial<PostOptions> = {}) {
  const clock = new SimulatedClock();
  const gateway = new FakeGateway(clock, identity.publicKey);
  const requests: { readonly at: number; readonly signedAt: number; readonly bytes: number }[] = [];
  const faults: ((answer: () => PostAnswer) => PostAnswer | undefined)[] = [];
  const client = new PostClient(
    {
      device: 'watch-1',
      crypto: nodeCrypto(identity.privateKey),
      clock,
      random: () => 0.5,
      site: gateway.site,
      siteKeys: [gateway.current.publicKey],
      ...options,
    },
    (body) => {
      const [hello] = splitFrames(body);
      const { signed_at: signedAt = 0 } = decodeControl(FRAME.hello, bodyOf(hello!.frame));
      requests.push({ at: clock.monotonic(), signedAt, bytes: body.length });
      const answer = faults.shift()?.(() => take(gateway, body)) ?? take(gateway, body);
      return answer.status === 0 ? Promise.reject(new Error('reset')) : Promise.resolve(answer);
    },
  );
  return { clock, gateway, client, requests, faults };
}

function take(gateway: FakeGateway, body: Uint8Array): PostAnswer {
  const [hello, ...frames] = splitFrames(body);
  const rest = body.subarray(hello!.frame.length);
  const bodyHash = createHash('sha256').update(rest).digest();
  const { signed_at: signedAt = 0 } = decodeControl(FRAME.hello, bodyOf(hello!.frame));
  const verdict = gateway.hello(bodyOf(hello!.frame), { signedAt, bodyHash });
  if ('code' in verdict) return refusal(verdict.code === 'IDENTITY' ? 401 : 409, verdict);
  const nacks: NackBody[] = [];
  for (const frame of frames) {
    const nack = gateway.take(verdict.device, frame);
    if (nack !== undefined && nacks.length === 0) nacks.push(nack);
  }
  const watch = gateway.watches.get(verdict.device)!;
  const acks = ([0, 1] as const).map((lane) => [lane, watch.seq[lane]] as const);
  const welcome = encodeControlFrame(FRAME.welcome, gateway.welcome(verdict.device));
  const refused = nacks.map((nack) => encodeControlFrame(FRAME.nack, nack));
  watch.durable.splice(0, 2, ...watch.seq);
  return {
    status: 200,
    body: concatBytes(welcome, encodeControlFrame(FRAME.ack, { acks }), ...refused),
  };
}

function refusal(status: number, nack: NackBody): PostAnswer {
  return { status, body: encodeControlFrame(FRAME.nack, nack) };
}

/** Lets time pass until `promise` settles. */
async function finish(clock: SimulatedClock, promise: Promise<void>): Promise<void> {
  let isDone = false;
  const done = promise.finally(() => {
    isDone = true;
  });
  done.catch(() => undefined);
  for (let turn = 0; !isDone && turn < 2_000; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!isDone) clock.advance(100);
  }
  assert.ok(isDone, 'It did not finish.');
  await done;
}

const records = (...numbers: number[]) => numbers.map((n) => ({ n, timestamp: n }));
const numbers = (gateway: FakeGateway): number[] =>
  gateway.received.flatMap((each) => each.records.map(({ n }) => n));

describe('post client', (it) => {
  it('delivers everything in one request, and nothing when there is nothing', async () => {
    const { clock, gateway, client, requests } = setUp();
    await client.flush();
    assert.equal(requests.length, 0);
    client.send(records(1, 2), 3);
    client.send(records(3), 0);
    await finish(clock, client.flush());
    assert.deepEqual(numbers(gateway), [3, 1, 2]);
    assert.equal(requests.length, 1);
    assert.equal(client.buffered, 0);
    assert.equal(client.epoch, 1);
  });

  it('splits a backlog over requests, within the credits', async () => {
    const { clock, gateway, client, requests } = setUp();
    for (let n = 0; n < 300; n += 1) client.send([{ n, pad: 'x'.repeat(2_000) }], 2);
    await finish(clock, client.flush());
    assert.equal(gateway.received.length, 300);
    assert.equal(requests.length >= 3, true);
    assert.equal(Math.max(...requests.map(({ bytes }) => bytes)) < 330_000, true);
  });

  it('sends the same bytes again when an answer was lost, and counts nothing twice', async () => {
    const { clock, gateway, client, requests, faults } = setUp();
    const lost = (answer: () => PostAnswer): PostAnswer => {
      answer();
      return { status: 0, body: empty };
    };
    faults.push(lost, lost);
    client.send(records(1), 1);
    client.send(records(2), 1);
    await finish(clock, client.flush());
    assert.deepEqual(numbers(gateway), [1, 2]);
    // The welcome of the third request already says that they are durable.
    assert.equal(gateway.duplicates >= 2, true);
    assert.equal(requests.length, 3);
  });

  it('waits as long as it is told, and longer each time', async () => {
    const { clock, gateway, client, requests, faults } = setUp();
    faults.push(
      () => ({ status: 503, body: empty, retryAfterMs: 20_000 }),
      () => ({ status: 503, body: Uint8Array.of(1, 2, 3) }),
      () => refusal(503, { code: 'BUSY', message: '', retry_after_ms: 30_000 }),
    );
    client.send(records(1), 1);
    await finish(clock, client.flush());
    const waits = requests.slice(1).map(({ at }, index) => at - (requests[index]?.at ?? 0));
    assert.deepEqual(waits, [20_000, 3_000, 30_000]);
    assert.deepEqual(numbers(gateway), [1]);
    assert.equal(client.counters.badMessages, 1);
  });

  it('opens another epoch at once when the site asks for it', async () => {
    const { clock, gateway, client, requests } = setUp();
    client.send(records(1), 1);
    await finish(clock, client.flush());
    gateway.watches.set('watch-1', { ...gateway.watches.get('watch-1')!, epoch: 9 });
    client.send(records(2), 1);
    await finish(clock, client.flush());
    assert.equal(client.epoch, 10);
    assert.deepEqual(
      gateway.received.map(({ epoch, seq }) => [epoch, seq]),
      [
        [1, 1],
        [10, 1],
      ],
    );
    const [, second, third] = requests;
    assert.equal((third?.at ?? 0) - (second?.at ?? 0), 0);
  });

  it('changes to another key only when it was told to trust it', async () => {
    for (const isTrusted of [true, false]) {
      const next = new FakeGateway(new SimulatedClock(), identity.publicKey).current;
      const trusted = isTrusted ? [next.publicKey] : [];
      const { gateway } = setUp();
      const own = setUp({ siteKeys: [gateway.current.publicKey, ...trusted] });
      own.gateway.keys.set(gateway.current.id, gateway.current);
      own.gateway.keys.set(next.id, next);
      const { id: key_id, publicKey: public_key } = next;
      const announcement = encodeControlFrame(FRAME.key, { key_id, public_key, not_before: 0 });
      own.faults.push((answer) => ({
        status: 200,
        body: concatBytes(answer().body, announcement),
      }));
      own.client.send(records(1), 1);
      await finish(own.clock, own.client.flush());
      own.client.send(records(2), 1);
      await finish(own.clock, own.client.flush());
      assert.equal(own.gateway.hellos.at(-1)?.key_id === next.id, isTrusted);
      assert.deepEqual(numbers(own.gateway), [1, 2]);
    }
  });

  it('says so when the site refuses it', async () => {
    const cases = [
      [401, 'UNAUTHENTICATED'],
      [403, 'DEVICE_REVOKED'],
    ] as const;
    for (const [status, code] of cases) {
      const { clock, client, faults } = setUp();
      faults.push(() => refusal(status, { code: 'IDENTITY', message: '' }));
      client.send(records(1), 1);
      await assert.rejects(finish(clock, client.flush()), (e) => isWatchkeeperError(e, code));
      assert.equal(client.buffered, 1);
    }
  });

  it('never signs an earlier time than before, and learns the site’s', async () => {
    const { clock, client, requests } = setUp();
    client.send(records(1), 1);
    await finish(clock, client.flush());
    client.send(records(2), 1);
    await finish(clock, client.flush());
    clock.jump(-3_600_000);
    client.send(records(3), 1);
    await finish(clock, client.flush());
    const signed = requests.map(({ signedAt }) => signedAt);
    assert.deepEqual(
      signed,
      [...signed].sort((a, b) => a - b),
    );
    assert.equal((signed[1] ?? 0) - (signed[0] ?? 0) >= 5_000, true);
  });

  it('lets two callers share one exchange', async () => {
    const { clock, gateway, client, requests } = setUp();
    client.send(records(1), 1);
    const first = client.flush();
    const second = client.flush();
    await finish(
      clock,
      Promise.all([first, second]).then(() => undefined),
    );
    assert.equal(requests.length, 1);
    assert.deepEqual(numbers(gateway), [1]);
  });
});
