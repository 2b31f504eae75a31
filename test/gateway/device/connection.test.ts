import assert from 'node:assert/strict';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import type { Span } from '../../../src/core/trace.ts';
import type { Connection } from '../../../src/gateway/device/connection.ts';
import { Switchboard } from '../../../src/gateway/device/switchboard.ts';
import { decodeShed } from '../../../src/gateway/device/shed-outcome.ts';
import { ENTRY } from '../../../src/model/journal-entry.ts';
import { encodeControlFrame } from '../../../src/wire/control.ts';
import { encodeFrame, FRAME, readHeader } from '../../../src/wire/frame.ts';
import { decodeJournalHello } from '../../../src/wire/journal-hello.ts';
import {
  dataFrame,
  helloFrame,
  SITE_KEY,
  testParts,
  type HelloOptions,
  type TestSiteOptions,
} from '../../support/device-site.ts';
import { RecordingLink } from '../../support/test-watch.ts';
import { describe } from '../../support/suite.ts';

const BEAT = { battery: 80, worn: true, charging: false, buffered: 3, oldest: 1_000 };

interface Client {
  readonly link: RecordingLink;
  readonly connection: Connection;
}

function siteOf(options: TestSiteOptions = {}) {
  const clock = new SimulatedClock();
  const parts = testParts({ clock, ...options });
  parts.directory.enroll('w1');
  parts.directory.enroll('w2');
  const board = new Switchboard(parts.options);
  const connect = (): Client => {
    const link = new RecordingLink();
    return { link, connection: board.connect(link, new Uint8Array(32).fill(1)) };
  };
  const hello = (client: Client, greeting: HelloOptions = { device: 'w1' }): void => {
    const [{ nonce } = { nonce: new Uint8Array(32) }] = client.link.bodies(FRAME.challenge);
    client.connection.receive(helloFrame(greeting, nonce, parts.directory.key(greeting.device)));
  };
  const live = (greeting?: HelloOptions): Client => {
    const client = connect();
    hello(client, greeting);
    parts.journal.commit();
    return client;
  };
  return { ...parts, clock, board, connect, hello, live };
}

function closeOf({ link }: Pick<Client, 'link'>): number | undefined {
  return link.closed?.code;
}

function lastNack({ link }: Client): unknown {
  return link.bodies(FRAME.nack).at(-1);
}

describe('connection', (it) => {
  it('begins with a challenge that names the site and its key', () => {
    const { connect, clock } = siteOf();
    const [challenge] = connect().link.bodies(FRAME.challenge);
    assert.deepEqual(challenge, {
      nonce: new Uint8Array(32).fill(1),
      server_time: clock.now(),
      site: 'test',
      key_id: SITE_KEY.id,
      public_key: SITE_KEY.publicKey,
    });
  });

  it('welcomes a signed hello, and journals it so that the worker can check it again', () => {
    const { connect, hello, journal } = siteOf();
    const client = connect();
    hello(client);
    const [welcome] = client.link.bodies(FRAME.welcome);
    assert.deepEqual(welcome?.acked, [0, 0]);
    assert.deepEqual(welcome?.credits, [128, 128, 128, 128]);
    journal.commit();
    const [entry] = journal.entries;
    assert.equal(entry?.kind, ENTRY.hello);
    assert.equal(entry?.subject, 'w1');
    assert.equal(decodeJournalHello(entry!.body).body.device, 'w1');
  });

  it('journals a hello again only for another epoch or key exchange', () => {
    const { live, journal } = siteOf();
    const count = (): number => journal.entries.filter(({ kind }) => kind === ENTRY.hello).length;
    live();
    live();
    assert.equal(count(), 1);
    live({ device: 'w1', enc: new Uint8Array(32).fill(9) });
    assert.equal(count(), 2);
    live({ device: 'w1', epoch: 2 });
    assert.equal(count(), 3);
  });

  it('refuses a hello that is not right, says why, and closes', () => {
    const other = siteOf().directory.key('w1');
    const table: readonly (readonly [
      string,
      string,
      number,
      (site: ReturnType<typeof siteOf>, client: Client) => void,
    ])[] = [
      [
        'unknown device',
        'IDENTITY',
        4001,
        (site, { connection }) => {
          connection.receive(
            helloFrame({ device: 'nobody' }, new Uint8Array(32).fill(1), site.directory.key('w1')),
          );
        },
      ],
      [
        'signed by another key',
        'IDENTITY',
        4001,
        (_site, { connection }) => {
          connection.receive(helloFrame({ device: 'w1' }, new Uint8Array(32).fill(1), other));
        },
      ],
      [
        'signed for another challenge',
        'IDENTITY',
        4001,
        (site, { connection }) => {
          connection.receive(
            helloFrame({ device: 'w1' }, new Uint8Array(32), site.directory.key('w1')),
          );
        },
      ],
      [
        'revoked device',
        'IDENTITY',
        4403,
        (site, client) => {
          site.directory.revoke('w1');
          site.hello(client);
        },
      ],
      [
        'unknown site key',
        'KEY_UNKNOWN',
        4002,
        (site, client) => {
          site.hello(client, { device: 'w1', keyId: 'cd'.repeat(16) });
        },
      ],
      [
        'epoch below the known one',
        'EPOCH',
        4002,
        (site, client) => {
          site.live({ device: 'w1', epoch: 5 });
          site.hello(client, { device: 'w1', epoch: 4 });
        },
      ],
      [
        'more acked than the site has',
        'EPOCH',
        4002,
        (site, client) => {
          site.hello(client, { device: 'w1', acked: [1, 0] });
        },
      ],
      [
        'not msgpack',
        'MALFORMED',
        4000,
        (_site, { connection }) => {
          const header = { kind: FRAME.hello, frameClass: 0, lane: 0, epoch: 0, seq: 0 } as const;
          connection.receive(encodeFrame(header, Uint8Array.of(0xc1)));
        },
      ],
    ];
    for (const [name, code, close, act] of table) {
      const site = siteOf();
      const client = site.connect();
      act(site, client);
      site.journal.commit();
      assert.equal((lastNack(client) as { code: string }).code, code, name);
      assert.equal(client.link.closed?.code, close, name);
      assert.equal(client.link.bodies(FRAME.welcome).length, 0, name);
      assert.equal(client.link.bodies(FRAME.bye)[0]?.code, close, name);
      assert.equal(site.board.core.tally.refusedHellos.get(code), 1, name);
    }
  });

  it('tells which epoch it would accept', () => {
    const site = siteOf();
    site.live({ device: 'w1', epoch: 5 });
    const below = site.connect();
    site.hello(below, { device: 'w1', epoch: 4 });
    assert.equal((lastNack(below) as { expected: number }).expected, 5);
    const rewound = site.connect();
    site.hello(rewound, { device: 'w1', epoch: 5, acked: [0, 7] });
    assert.equal((lastNack(rewound) as { expected: number }).expected, 6);
  });

  it('acks only what is durable, both lanes in one frame for each commit', () => {
    const { live, journal } = siteOf();
    const { link, connection } = live();
    connection.receive(dataFrame(1, 1));
    connection.receive(Buffer.concat([dataFrame(1, 2), dataFrame(2, 1), dataFrame(3, 2)]));
    assert.deepEqual(link.bodies(FRAME.ack), []);
    journal.commit(2);
    assert.deepEqual(link.bodies(FRAME.ack), [{ acks: [[0, 2]] }]);
    journal.commit();
    assert.deepEqual(link.bodies(FRAME.ack).at(-1), { acks: [[1, 2]] });
    connection.receive(Buffer.concat([dataFrame(0, 3), dataFrame(2, 3)]));
    journal.commit();
    assert.deepEqual(link.bodies(FRAME.ack).at(-1), {
      acks: [
        [0, 3],
        [1, 3],
      ],
    });
  });

  it('journals the frame as it came, under the device, at the time it came', () => {
    const { live, journal, clock } = siteOf();
    const { connection } = live();
    clock.advance(500);
    const frame = dataFrame(2, 1);
    connection.receive(frame);
    journal.commit();
    const entry = journal.entries.at(-1);
    assert.deepEqual(
      [entry?.kind, entry?.subject, entry?.observedAt],
      [ENTRY.frame, 'w1', clock.now()],
    );
    assert.deepEqual(Buffer.from(entry!.body), Buffer.from(frame));
  });

  it('acks a durable duplicate at once, one in flight with its commit, and journals neither', () => {
    const { live, journal, board } = siteOf();
    const { link, connection } = live();
    connection.receive(dataFrame(1, 1));
    journal.commit();
    connection.receive(dataFrame(1, 2));
    connection.receive(dataFrame(1, 2));
    assert.equal(link.bodies(FRAME.ack).length, 1, 'the one in flight waits');
    connection.receive(dataFrame(1, 1));
    assert.deepEqual(link.bodies(FRAME.ack).at(-1), { acks: [[0, 1]] });
    journal.commit();
    assert.deepEqual(link.bodies(FRAME.ack).at(-1), { acks: [[0, 2]] });
    assert.equal(journal.entries.filter(({ kind }) => kind === ENTRY.frame).length, 2);
    assert.deepEqual([board.core.tally.received, board.core.tally.duplicates], [4, 2]);
  });

  it('nacks a gap once with the number it expects, and again when the watch does not come back', () => {
    const { live, journal, board, clock } = siteOf();
    const client = live();
    client.connection.receive(Buffer.concat([dataFrame(1, 1), dataFrame(1, 3), dataFrame(1, 4)]));
    assert.deepEqual(
      client.link
        .bodies(FRAME.nack)
        .map(({ code, lane, seq, expected }) => [code, lane, seq, expected]),
      [['GAP', 0, 3, 2]],
    );
    clock.advance(200);
    client.connection.receive(dataFrame(1, 5));
    assert.equal(client.link.bodies(FRAME.nack).length, 2);
    client.connection.receive(dataFrame(3, 4));
    assert.deepEqual(
      (lastNack(client) as { expected: number }).expected,
      1,
      'the other lane counts for itself',
    );
    journal.commit();
    assert.deepEqual(client.link.acked, [1, 0]);
    assert.equal(board.core.tally.rejected.gap, 4);
  });

  it('nacks a frame of another epoch and keeps the connection', () => {
    const { live } = siteOf();
    const client = live({ device: 'w1', epoch: 3 });
    client.connection.receive(dataFrame(1, 1, { epoch: 4 }));
    const { code, expected } = lastNack(client) as { code: string; expected: number };
    assert.deepEqual([code, expected], ['EPOCH', 3]);
    assert.equal(client.link.closed, undefined);
  });

  it('closes on what cannot be a frame here, counted, with a typed nack', () => {
    const control = { frameClass: 0, lane: 0, epoch: 0, seq: 0 } as const;
    const oversize = Buffer.from(dataFrame(1, 1));
    oversize.writeUInt32BE(65_536, 16);
    const wrongLane = Buffer.from(dataFrame(1, 1));
    wrongLane[3] = 1;
    const table: readonly (readonly [string, Uint8Array, string])[] = [
      ['an empty message', new Uint8Array(0), 'MALFORMED'],
      ['half a header', dataFrame(1, 1).subarray(0, 10), 'MALFORMED'],
      ['half a body', dataFrame(1, 1).subarray(0, 30), 'MALFORMED'],
      ['a length above the limit', oversize, 'SIZE'],
      ['a lane that is not that of the class', wrongLane, 'MALFORMED'],
      [
        'a frame of the gateway',
        encodeFrame({ ...control, kind: FRAME.welcome }, new Uint8Array(1)),
        'MALFORMED',
      ],
      [
        'a beat that is not a map',
        encodeFrame({ ...control, kind: FRAME.beat }, Uint8Array.of(1)),
        'MALFORMED',
      ],
    ];
    for (const [name, bytes, code] of table) {
      const { live, board } = siteOf();
      const client = live();
      client.connection.receive(bytes);
      assert.equal((lastNack(client) as { code: string }).code, code, name);
      assert.equal(client.link.closed?.code, 4000, name);
      const { received, rejected } = board.core.tally;
      assert.deepEqual([received, rejected.malformed + rejected.size], [1, 1], name);
    }
  });

  it('takes the frames before a broken one in the same message', () => {
    const { live, journal } = siteOf();
    const { link, connection } = live();
    connection.receive(Buffer.concat([dataFrame(1, 1), Uint8Array.of(9, 9)]));
    assert.equal(link.closed?.code, 4000);
    journal.commit();
    assert.equal(journal.entries.filter(({ kind }) => kind === ENTRY.frame).length, 1);
  });

  it('takes nothing before hello', () => {
    const { connect, journal } = siteOf();
    const client = connect();
    client.connection.receive(dataFrame(1, 1));
    assert.equal(client.link.closed?.code, 4000);
    client.connection.receive(dataFrame(1, 1));
    journal.commit();
    assert.equal(journal.nextLsn, 1);
  });

  it('opens another epoch on the same connection, but not another device', () => {
    const site = siteOf();
    const client = site.live();
    client.connection.receive(dataFrame(1, 1));
    site.hello(client, { device: 'w1', epoch: 2 });
    client.connection.receive(dataFrame(1, 1, { epoch: 2 }));
    assert.deepEqual(client.link.bodies(FRAME.welcome).at(-1)?.acked, [0, 0]);
    site.journal.commit();
    assert.deepEqual(client.link.bodies(FRAME.ack), [{ acks: [[0, 1]] }]);
    site.hello(client, { device: 'w2' });
    assert.equal(client.link.closed?.code, 4000);
  });

  it('hands over to a second connection without losing or doubling what is in flight', () => {
    const { live, connect, hello, journal } = siteOf();
    const first = live();
    first.connection.receive(Buffer.concat([dataFrame(1, 1), dataFrame(1, 2)]));
    journal.commit(1);
    const second = connect();
    hello(second);
    assert.equal(first.link.closed?.code, 4004);
    assert.deepEqual(second.link.bodies(FRAME.welcome)[0]?.acked, [1, 0], 'only what is durable');
    second.connection.receive(Buffer.concat([dataFrame(1, 2), dataFrame(1, 3)]));
    journal.commit();
    assert.deepEqual(second.link.acked, [3, 0]);
    const seqs = journal.entries
      .filter(({ kind }) => kind === ENTRY.frame)
      .map(({ body }) => readHeader(body).seq);
    assert.deepEqual(seqs, [1, 2, 3]);
    assert.deepEqual(first.link.acked, [1, 0]);
  });

  it('does not ack frames of an epoch that is over under the numbers of the new one', () => {
    const { live, connect, hello, journal } = siteOf();
    const first = live();
    for (let seq = 1; seq <= 5; seq += 1) first.connection.receive(dataFrame(1, seq));
    const second = connect();
    hello(second, { device: 'w1', epoch: 2 });
    second.connection.receive(dataFrame(1, 1, { epoch: 2 }));
    journal.commit(5);
    assert.deepEqual(second.link.acked, [0, 0]);
    journal.commit();
    assert.deepEqual(second.link.acked, [1, 0]);
  });

  it('refuses frames of a connection whose epoch was replaced elsewhere', () => {
    const { live, sessions, board } = siteOf();
    const client = live();
    sessions.open(sessions.slot('w1'), 7, 1);
    client.connection.receive(dataFrame(1, 1));
    const { code, expected } = lastNack(client) as { code: string; expected: number };
    assert.deepEqual([code, expected], ['EPOCH', 7]);
    assert.equal(board.core.tally.rejected.epoch, 1);
  });

  it('closes the socket of a device that is revoked', () => {
    const { live, directory, board } = siteOf();
    const client = live();
    const other = live({ device: 'w2' });
    directory.revoke('w1');
    assert.equal(client.link.closed?.code, 4403);
    assert.equal(other.link.closed, undefined);
    assert.equal(board.find('w1'), undefined);
  });

  it('keeps the latest beat', () => {
    const { live, board, clock } = siteOf();
    const { connection } = live();
    connection.receive(encodeControlFrame(FRAME.beat, { ...BEAT, battery: 90 }));
    clock.advance(10);
    connection.receive(encodeControlFrame(FRAME.beat, BEAT));
    assert.deepEqual(board.core.beats.latest('w1'), { ...BEAT, at: clock.now() });
  });

  it('goes when the watch says bye, whatever comes after it', () => {
    const { live, board, journal } = siteOf();
    const { link, connection } = live();
    const bye = encodeControlFrame(FRAME.bye, { code: 1000, resume_after_ms: 0, reason: '' });
    connection.receive(Buffer.concat([bye, dataFrame(1, 1)]));
    assert.equal(link.closed?.code, 1000);
    journal.commit();
    assert.equal(journal.entries.length, 1);
    assert.equal(board.find('w1'), undefined);
    connection.receive(dataFrame(1, 1));
    connection.end(4000, 'again');
    assert.equal(link.closed?.code, 1000);
  });

  it('sheds by class under pressure: journalled as an outcome, acked with the mark', () => {
    const { live, journal, intake, board } = siteOf({ intakeLimits: { entries: 100 } });
    const { link, connection } = live();
    for (let seq = 1; seq <= 74; seq += 1) connection.receive(dataFrame(1, seq));
    connection.receive(Buffer.concat([dataFrame(3, 1), dataFrame(2, 2), dataFrame(3, 3)]));
    journal.commit();
    assert.deepEqual(link.bodies(FRAME.ack).at(-1), {
      acks: [
        [0, 74],
        [1, 3],
      ],
      shed: [
        [1, 1],
        [1, 3],
      ],
    });
    const outcome = journal.entries.find(({ kind }) => kind === ENTRY.outcome);
    assert.deepEqual(decodeShed(outcome!.body), { epoch: 1, lane: 1, seq: 1, frameClass: 3 });
    assert.equal(outcome!.subject, 'w1');
    assert.deepEqual(intake.counters.shed, [0, 0, 0, 2]);
    assert.equal(board.core.tally.accepted, 77);
    assert.equal(intake.counters.accepted, 77);
  });

  it('marks every shed frame even when one ack cannot hold them', () => {
    const { live, journal } = siteOf({
      intakeLimits: { entries: 10_000, shedDebug: 0, pressed: 0 },
    });
    const { link, connection } = live();
    for (let seq = 1; seq <= 600; seq += 1) connection.receive(dataFrame(3, seq));
    journal.commit();
    const marks = link.bodies(FRAME.ack).flatMap(({ shed = [] }) => shed.map(([, seq]) => seq));
    assert.deepEqual(
      marks,
      Array.from({ length: 600 }, (_, index) => index + 1),
    );
  });

  it('leaves shed marks of an epoch that is over to that epoch', () => {
    const { live, connect, hello, journal } = siteOf({
      intakeLimits: { shedDebug: 0, pressed: 0 },
    });
    live().connection.receive(dataFrame(3, 1));
    const second = connect();
    hello(second, { device: 'w1', epoch: 2 });
    second.connection.receive(dataFrame(1, 1, { epoch: 2 }));
    journal.commit();
    assert.deepEqual(second.link.bodies(FRAME.ack), [{ acks: [[0, 1]] }]);
  });

  it('stops reading when there is no room, keeps what it has read, and goes on at relief', () => {
    const { live, journal, intake, board } = siteOf({ intakeLimits: { entries: 10 } });
    const { link, connection } = live();
    for (let seq = 1; seq <= 9; seq += 1) connection.receive(dataFrame(1, seq));
    connection.receive(Buffer.concat([dataFrame(2, 1), dataFrame(2, 2)]));
    connection.receive(dataFrame(1, 10));
    assert.equal(link.isPaused, true);
    assert.equal(board.core.waiting.size, 1);
    assert.equal(board.core.tally.received, 9);
    journal.commit();
    assert.deepEqual(link.acked, [9, 0]);
    intake.folded(10, 1_000);
    assert.equal(link.isPaused, false);
    assert.equal(board.core.hold.bytes, 0);
    journal.commit();
    assert.deepEqual(link.acked, [10, 2]);
    assert.deepEqual(link.bodies(FRAME.nack), []);
  });

  it('holds a hello that finds no room, and its clock for hello with it', () => {
    const { connect, hello, journal, intake, clock, live } = siteOf({
      intakeLimits: { entries: 4 },
    });
    const other = live({ device: 'w2' });
    for (let seq = 1; seq <= 5; seq += 1) other.connection.receive(dataFrame(0, seq));
    const client = connect();
    hello(client);
    clock.advance(60_000);
    client.connection.check();
    assert.equal(client.link.closed, undefined);
    assert.equal(client.link.isPaused, true);
    journal.commit();
    intake.folded(6, 1_000);
    assert.equal(client.link.bodies(FRAME.welcome).length, 1);
  });

  it('nacks what it cannot hold when the memory for it is used up', () => {
    const { live, board, intake, journal } = siteOf({
      intakeLimits: { entries: 2 },
      limits: { heldBytes: 100 },
    });
    const { link, connection } = live();
    connection.receive(dataFrame(1, 1));
    connection.receive(dataFrame(2, 1));
    assert.equal(board.core.hold.bytes, 60);
    connection.receive(Buffer.concat([dataFrame(2, 2), dataFrame(2, 3)]));
    const nacks = link.bodies(FRAME.nack).map(({ code, lane, expected }) => [code, lane, expected]);
    assert.deepEqual(nacks, [['BUSY', 1, 1]], 'the other lane goes on');
    assert.equal(board.core.tally.rejected.busy, 2);
    connection.closed();
    assert.equal(board.core.hold.bytes, 0);
    journal.commit();
    intake.folded(2, 1_000);
  });

  it('takes credits away by class before it sheds, and gives them back at relief', () => {
    const { live, journal, intake } = siteOf({ intakeLimits: { entries: 100 } });
    const { link, connection } = live();
    const credits = (): unknown => link.bodies(FRAME.flow).at(-1)?.credits;
    for (let seq = 1; seq <= 71; seq += 1) connection.receive(dataFrame(1, seq));
    journal.commit();
    assert.deepEqual(credits(), [128, 128, 128, 0]);
    for (let seq = 72; seq <= 87; seq += 1) connection.receive(dataFrame(1, seq));
    journal.commit();
    assert.deepEqual(credits(), [128, 128, 0, 0]);
    const late = live({ device: 'w2' });
    assert.deepEqual(late.link.bodies(FRAME.welcome)[0]?.credits, [128, 128, 0, 0]);
    intake.folded(30, 0);
    assert.deepEqual(credits(), [128, 128, 128, 128]);
    assert.deepEqual(late.link.bodies(FRAME.flow).at(-1)?.credits, [128, 128, 128, 128]);
  });

  it('nacks above the rate of the device, on whatever connection, then closes', () => {
    const limits = { framesPerSecond: 10, frameBurst: 5, rateStrikes: 3 };
    const { live, clock, board } = siteOf({ limits });
    const first = live();
    for (let seq = 1; seq <= 5; seq += 1) first.connection.receive(dataFrame(1, seq));
    const client = live();
    client.connection.receive(dataFrame(1, 6));
    assert.deepEqual(lastNack(client), {
      code: 'CREDITS',
      lane: 0,
      seq: 6,
      expected: 6,
      retry_after_ms: 100,
      message: 'The device sends above its rate.',
    });
    clock.advance(100);
    client.connection.receive(dataFrame(1, 6));
    assert.equal(board.core.tally.accepted, 6);
    for (let left = 0; left < 3; left += 1) client.connection.receive(dataFrame(1, 7));
    assert.equal(client.link.closed?.code, 4029);
    assert.equal(board.core.tally.rejected.rate, 4);
    const other = live({ device: 'w2' });
    other.connection.receive(dataFrame(1, 1));
    assert.equal(lastNack(other), undefined, 'another device has a bucket of its own');
  });

  it('limits bytes as well as frames', () => {
    const { live } = siteOf({ limits: { bytesPerSecond: 1_000, byteBurst: 100 } });
    const client = live();
    client.connection.receive(dataFrame(1, 1, { bytes: 40 }));
    client.connection.receive(dataFrame(1, 2, { bytes: 40 }));
    assert.equal((lastNack(client) as { code: string; retry_after_ms: number }).retry_after_ms, 20);
  });

  it('refuses without losing its place while the disk is full, and goes on when it is not', () => {
    const { live, journal, board } = siteOf();
    const client = live();
    journal.setState('full');
    client.connection.receive(dataFrame(1, 1));
    const {
      code,
      expected,
      retry_after_ms: retry,
    } = lastNack(client) as { code: string; expected: number; retry_after_ms: number };
    assert.deepEqual([code, expected, retry], ['BUSY', 1, 5_000]);
    journal.setState('ok');
    client.connection.receive(dataFrame(1, 1));
    journal.commit();
    assert.deepEqual(client.link.acked, [1, 0]);
    assert.equal(board.core.tally.rejected.journal_full, 1);
  });

  it('closes when the journal has failed, and acks nothing more', () => {
    const { live, journal, connect, hello } = siteOf();
    const client = live();
    client.connection.receive(dataFrame(1, 1));
    journal.setState('failed');
    client.connection.receive(dataFrame(1, 2));
    assert.equal(client.link.closed?.code, 1011);
    assert.deepEqual(client.link.acked, [0, 0]);
    const late = connect();
    hello(late, { device: 'w2' });
    assert.deepEqual(
      [late.link.closed?.code, (lastNack(late) as { code: string }).code],
      [1011, 'BUSY'],
    );
  });

  it('keeps to its limits on waiting', () => {
    const { connect, live, clock } = siteOf();
    const silent = connect();
    clock.advance(4_999);
    silent.connection.check();
    assert.equal(silent.link.closed, undefined);
    clock.advance(1);
    silent.connection.check();
    assert.equal(closeOf(silent), 4008);

    const idle = live();
    clock.advance(59_999);
    idle.connection.check();
    assert.equal(idle.link.pings, 0);
    clock.advance(1);
    idle.connection.check();
    assert.equal(idle.link.pings, 1);
    idle.connection.pong();
    clock.advance(60_000);
    idle.connection.check();
    clock.advance(9_999);
    idle.connection.check();
    assert.equal(idle.link.closed, undefined);
    clock.advance(1);
    idle.connection.check();
    assert.equal(closeOf(idle), 4008);
    assert.equal(idle.link.pings, 2);
  });

  it('gives a message ten seconds to become whole, pongs or not', () => {
    const { live, clock } = siteOf();
    const { link, connection } = live();
    link.midMessage = true;
    connection.check();
    for (let second = 1; second <= 10; second += 1) {
      assert.equal(link.closed, undefined, `at ${second - 1} s`);
      clock.advance(1_000);
      connection.pong();
      connection.check();
    }
    assert.equal(closeOf({ link }), 4008);
    const busy = live();
    busy.link.midMessage = true;
    for (let seq = 1; seq <= 30; seq += 1) {
      clock.advance(1_000);
      busy.connection.check();
      busy.connection.receive(dataFrame(1, seq));
    }
    assert.equal(busy.link.closed, undefined, 'messages come to an end in between');
  });

  it('records a span for a frame when somebody traces', () => {
    const spans: Span[] = [];
    const { live, clock } = siteOf({ tracer: { isOn: true, record: (span) => spans.push(span) } });
    live().connection.receive(dataFrame(2, 1));
    const start = clock.monotonic();
    assert.deepEqual(spans, [
      { name: 'gateway.receive', trace: 'w1/1/1/1', link: 'lsn:2', start, end: start },
    ]);
  });
});
