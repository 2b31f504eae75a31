import assert from 'node:assert/strict';
import type { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import { ENTRY } from '../../../src/model/journal-entry.ts';
import { encodeControlFrame } from '../../../src/wire/control.ts';
import { FRAME, splitFrames } from '../../../src/wire/frame.ts';
import { decodeJournalHello } from '../../../src/wire/journal-hello.ts';
import {
  bodiesOf,
  dataFrame,
  helloFrame,
  postBody,
  testSite,
  type TestSite,
  type TestSiteOptions,
} from '../../support/device-site.ts';
import { describe } from '../../support/suite.ts';

interface Options extends TestSiteOptions {
  readonly epoch?: number;
}

function siteOf(
  options: Options = {},
): TestSite & { request(frames: readonly Uint8Array[], at?: number): Uint8Array } {
  const site = testSite(options);
  site.directory.enroll('w1');
  const request = (frames: readonly Uint8Array[], at = site.clock.now()): Uint8Array =>
    postBody(
      { device: 'w1', signedAt: at, epoch: options.epoch ?? 1 },
      frames,
      site.directory.key('w1'),
    );
  return { ...site, request };
}

async function post(
  site: TestSite,
  body: Uint8Array,
): Promise<{ status: number; body: Uint8Array }> {
  const answer = site.gateway.post(body);
  site.journal.commit();
  return answer;
}

function nackOf({ body }: { readonly body: Uint8Array }) {
  return bodiesOf(FRAME.nack, [body])[0];
}

describe('POST of frames', (it) => {
  it('names no frame number when it refuses a control frame', async () => {
    const site = siteOf();
    const beside = encodeControlFrame(FRAME.flow, { credits: [1, 1, 1, 1] });
    const { status, body } = await post(site, site.request([beside, dataFrame(1, 1)]));
    assert.equal(status, 200);
    assert.deepEqual(nackOf({ body }), {
      code: 'MALFORMED',
      message: 'Frames of kind 9 are not for this place.',
    });
    assert.deepEqual(bodiesOf(FRAME.welcome, [body])[0]?.acked, [1, 0]);
  });

  it('answers welcome and ack once everything is durable', async () => {
    const site = siteOf();
    let isAnswered = false;
    const body = site.request([dataFrame(1, 1), dataFrame(1, 2), dataFrame(3, 1)]);
    const answer = site.gateway.post(body).finally(() => (isAnswered = true));
    site.journal.commit(3);
    await Promise.resolve();
    await Promise.resolve();
    assert.equal(isAnswered, false);
    site.journal.commit();
    const { status, body: frames } = await answer;
    assert.equal(status, 200);
    assert.equal(splitFrames(frames)[0]?.header.kind, FRAME.welcome);
    assert.deepEqual(bodiesOf(FRAME.welcome, [frames])[0]?.acked, [2, 1]);
    assert.deepEqual(bodiesOf(FRAME.ack, [frames]), [
      {
        acks: [
          [0, 2],
          [1, 1],
        ],
      },
    ]);
    assert.equal(site.gateway.online, 0);
  });

  it('journals a hello that the worker can check: its time and the hash of the rest', async () => {
    const site = siteOf();
    await post(site, site.request([dataFrame(1, 1)]));
    const hello = decodeJournalHello(site.journal.entries[0]!.body);
    assert.ok('signedAt' in hello.context && hello.context.signedAt === site.clock.now());
    await post(site, site.request([dataFrame(1, 2)]));
    assert.equal(site.journal.entries.filter(({ kind }) => kind === ENTRY.hello).length, 1);
  });

  it('changes nothing when the same request comes again', async () => {
    const site = siteOf();
    const body = site.request([dataFrame(1, 1), dataFrame(1, 2)]);
    const first = await post(site, body);
    const again = await post(site, body);
    assert.deepEqual(bodiesOf(FRAME.ack, [again.body]), bodiesOf(FRAME.ack, [first.body]));
    assert.equal(site.journal.entries.length, 3);
    assert.equal(site.gateway.totals.duplicates, 2);
  });

  it('refuses a hello whose time is old or too far off', async () => {
    const clock = siteOf().clock as SimulatedClock;
    const site = siteOf({ clock });
    const now = clock.now();
    assert.equal((await post(site, site.request([], now - 300_001))).status, 401);
    assert.equal((await post(site, site.request([], now + 300_001))).status, 401);
    assert.equal((await post(site, site.request([], now + 300_000))).status, 200);
    const older = await post(site, site.request([dataFrame(1, 1)], now));
    assert.deepEqual([older.status, nackOf(older)?.code], [401, 'IDENTITY']);
    assert.match(nackOf(older)?.message ?? '', /older/);
    assert.equal(nackOf(older)?.server_time, Math.round(now));
  });

  it('refuses a body that is not the one that was signed', async () => {
    const site = siteOf();
    const body = Buffer.from(site.request([dataFrame(1, 1)]));
    body[body.length - 1]! ^= 1;
    assert.equal((await post(site, body)).status, 401);
    const challenged = helloFrame({ device: 'w1' }, new Uint8Array(32), site.directory.key('w1'));
    assert.equal((await post(site, challenged)).status, 401);
    assert.equal(site.journal.nextLsn, 1);
  });

  it('answers one nack with a fitting status to what it cannot take', async () => {
    const site = siteOf({ limits: { postBytes: 2_000 } });
    const key = site.directory.key('w1');
    const at = { device: 'w1', signedAt: site.clock.now() };
    const huge = Buffer.from(dataFrame(1, 1));
    huge.writeUInt32BE(70_000, 16);
    const table: readonly (readonly [string, Uint8Array, number, string])[] = [
      ['nothing', new Uint8Array(0), 400, 'MALFORMED'],
      ['no hello', dataFrame(1, 1), 400, 'MALFORMED'],
      ['cut short', site.request([dataFrame(1, 1)]).subarray(0, -1), 400, 'MALFORMED'],
      ['too large', new Uint8Array(2_001), 413, 'SIZE'],
      ['a frame too large', huge, 413, 'SIZE'],
      ['unknown device', postBody({ ...at, device: 'no' }, [], key), 401, 'IDENTITY'],
      ['unknown key', postBody({ ...at, keyId: 'ee' }, [], key), 409, 'KEY_UNKNOWN'],
      ['acked too much', postBody({ ...at, acked: [1, 1] }, [], key), 409, 'EPOCH'],
    ];
    for (const [name, body, status, code] of table) {
      const answer = await post(site, body);
      assert.deepEqual([answer.status, nackOf(answer)?.code], [status, code], name);
      assert.equal(splitFrames(answer.body).length, 1, name);
    }
    site.directory.revoke('w1');
    assert.equal((await post(site, site.request([]))).status, 403);
  });

  it('acks what came before a gap and nacks the gap, once for each lane', async () => {
    const site = siteOf();
    const frames = [dataFrame(1, 1), dataFrame(1, 3), dataFrame(1, 4), dataFrame(2, 2)];
    const { status, body } = await post(site, site.request(frames));
    assert.equal(status, 200);
    assert.deepEqual(bodiesOf(FRAME.ack, [body]), [{ acks: [[0, 1]] }]);
    const nacks = bodiesOf(FRAME.nack, [body]).map(({ code, lane, expected }) => [
      code,
      lane,
      expected,
    ]);
    assert.deepEqual(nacks, [
      ['GAP', 0, 2],
      ['GAP', 1, 1],
    ]);
  });

  it('refuses frames that are not for the gateway, takes beats, and leaves bye alone', async () => {
    const site = siteOf();
    const beat = { battery: 50, worn: false, charging: true, buffered: 0, oldest: 0 };
    const flow = encodeControlFrame(FRAME.flow, { credits: [0, 0, 0, 0] });
    const bye = encodeControlFrame(FRAME.bye, { code: 1000, resume_after_ms: 0, reason: '' });
    const answer = await post(
      site,
      site.request([encodeControlFrame(FRAME.beat, beat), bye, flow]),
    );
    assert.deepEqual([answer.status, nackOf(answer)?.code], [200, 'MALFORMED']);
    assert.deepEqual(site.gateway.beat('w1'), { ...beat, at: site.clock.now() });
  });

  it('says busy, full or too fast with a status when nothing could be taken', async () => {
    const fast = siteOf({ limits: { framesPerSecond: 1, frameBurst: 1 } });
    await post(fast, fast.request([dataFrame(1, 1)]));
    const rate = await post(fast, fast.request([dataFrame(1, 2)]));
    assert.deepEqual([rate.status, nackOf(rate)?.retry_after_ms], [429, 1_000]);

    const busy = siteOf({ intakeLimits: { entries: 2 } });
    await post(busy, busy.request([dataFrame(1, 1)]));
    assert.equal((await post(busy, busy.request([dataFrame(2, 1)]))).status, 503);
    await post(busy, busy.request([dataFrame(0, 2)]));
    assert.equal(
      (await post(busy, busy.request([dataFrame(0, 3)]))).status,
      503,
      'not even the hello',
    );

    const full = siteOf();
    full.journal.setState('full');
    assert.equal((await post(full, full.request([dataFrame(1, 1)]))).status, 507);
    full.journal.setState('failed');
    assert.equal((await post(full, full.request([dataFrame(1, 1)]))).status, 503);
  });

  it('marks what was shed', async () => {
    const site = siteOf({ intakeLimits: { shedDebug: 0, pressed: 0 } });
    const { body } = await post(site, site.request([dataFrame(3, 1), dataFrame(2, 2)]));
    assert.deepEqual(bodiesOf(FRAME.ack, [body]), [{ acks: [[1, 2]], shed: [[1, 1]] }]);
  });

  it('answers 503 when the journal fails before the frames are durable', async () => {
    const site = siteOf();
    const answer = site.gateway.post(site.request([dataFrame(1, 1)]));
    site.journal.setState('failed');
    assert.equal((await answer).status, 503);
  });

  it('answers 503 once the site drains', async () => {
    const site = siteOf();
    await site.gateway.drain();
    assert.equal((await site.gateway.post(site.request([]))).status, 503);
  });

  it('keeps no more than a table row for each device', async () => {
    const site = siteOf();
    for (let index = 0; index < 50; index += 1) {
      const id = `p${index}`;
      const key = site.directory.enroll(id);
      await post(
        site,
        postBody({ device: id, signedAt: site.clock.now() }, [dataFrame(1, 1)], key),
      );
    }
    assert.equal(site.sessions.size, 50);
    assert.equal(site.gateway.online, 0);
    assert.equal(site.gateway.beat('p1'), undefined);
  });
});
