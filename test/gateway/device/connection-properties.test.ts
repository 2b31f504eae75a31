import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import type { Connection } from '../../../src/gateway/device/connection.ts';
import { SESSION_PARTS, SessionTable } from '../../../src/gateway/device/sessions.ts';
import { decodeShed } from '../../../src/gateway/device/shed-outcome.ts';
import { Switchboard } from '../../../src/gateway/device/switchboard.ts';
import { laneOf, type FrameClass, type Lane } from '../../../src/model/frame.ts';
import { ENTRY } from '../../../src/model/journal-entry.ts';
import { encodeControlFrame } from '../../../src/wire/control.ts';
import { FRAME, readHeader } from '../../../src/wire/frame.ts';
import {
  bodiesOf,
  dataFrame,
  helloFrame,
  TestDirectory,
  testParts,
} from '../../support/device-site.ts';
import type { MemoryJournal } from '../../support/memory-journal.ts';
import { RecordingLink } from '../../support/test-watch.ts';
import { describe } from '../../support/suite.ts';

const DEVICES = ['w1', 'w2', 'w3'];
const NONCE = new Uint8Array(32).fill(1);
const directory = new TestDirectory();
for (const device of DEVICES) directory.enroll(device);

/** Signing is the slow part, so the same hello is signed once. */
const signed = new Map<string, Uint8Array>();

function hello(device: string, epoch: number, acked: readonly [number, number]): Uint8Array {
  const name = `${device} ${epoch} ${acked.join(' ')}`;
  const frame =
    signed.get(name) ?? helloFrame({ device, epoch, acked }, NONCE, directory.key(device));
  signed.set(name, frame);
  return frame;
}

type Step =
  | {
      readonly do: 'send';
      readonly device: number;
      readonly frameClass: FrameClass;
      readonly count: number;
    }
  | { readonly do: 'resend'; readonly device: number }
  | {
      readonly do: 'duplicate';
      readonly device: number;
      readonly lane: Lane;
      readonly back: number;
    }
  | {
      readonly do: 'skip';
      readonly device: number;
      readonly frameClass: FrameClass;
      readonly ahead: number;
    }
  | { readonly do: 'connect' | 'drop' | 'epoch' | 'beat'; readonly device: number }
  | { readonly do: 'commit'; readonly count: number }
  | { readonly do: 'fold'; readonly count: number }
  | { readonly do: 'full'; readonly on: boolean }
  | { readonly do: 'snapshot' | 'crash' | 'snapshot and crash' };

type WatchStep = Extract<Step, { readonly device: number }>;

const device = fc.nat(DEVICES.length - 1);
const frameClass = fc.constantFrom<FrameClass>(0, 1, 2, 3);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      device,
      frameClass,
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('resend' as const), device }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('duplicate' as const),
      device,
      lane: fc.constantFrom<Lane>(0, 1),
      back: fc.nat(5),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('skip' as const),
      device,
      frameClass,
      ahead: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('connect' as const, 'drop' as const, 'beat' as const),
      device,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('epoch' as const), device }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      count: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fold' as const),
      count: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('full' as const), on: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('snapshot' as const, 'crash' as const, 'snapshot and crash' as const),
    }),
  },
);

/** A watch that deletes on ack, as real ones do. */
class Watch {
  readonly name: string;
  epoch = 1;
  /** Per lane: frames not acked yet, oldest first, and the last number given out. */
  readonly unacked: [Uint8Array[], Uint8Array[]] = [[], []];
  readonly sealed: [number, number] = [0, 0];
  readonly acked: [number, number] = [0, 0];
  link: RecordingLink | undefined;
  connection: Connection | undefined;

  constructor(name: string) {
    this.name = name;
  }

  seal(each: FrameClass): Uint8Array {
    const lane = laneOf(each);
    this.sealed[lane] += 1;
    const frame = dataFrame(each, this.sealed[lane], { epoch: this.epoch, bytes: 16 });
    this.unacked[lane].push(frame);
    return frame;
  }

  ack(lane: Lane, seq: number): void {
    this.acked[lane] = Math.max(this.acked[lane], seq);
    this.unacked[lane] = this.unacked[lane].filter((frame) => readHeader(frame).seq > seq);
  }

  newEpoch(): void {
    this.epoch += 1;
    this.unacked[0] = [];
    this.unacked[1] = [];
    this.sealed.fill(0);
    this.acked.fill(0);
  }
}

/** One run: a site that may crash, three watches, and what must hold after every step. */
class World {
  #parts = testParts({
    directory,
    clock: new SimulatedClock(),
    intakeLimits: { entries: 24 },
    limits: { heldBytes: 400 },
  });
  #board = new Switchboard(this.#parts.options);
  #snapshot: { readonly lsn: number; readonly parts: readonly Uint8Array[] } | undefined;
  #unfolded = 0;
  readonly watches = DEVICES.map((name) => new Watch(name));

  get journal(): MemoryJournal {
    return this.#parts.journal;
  }

  run(each: Step): void {
    if (each.do === 'commit') this.journal.commit(each.count);
    else if (each.do === 'fold') this.#fold(each.count);
    else if (each.do === 'full') this.journal.setState(each.on ? 'full' : 'ok');
    else if (each.do === 'snapshot') this.#takeSnapshot();
    else if (each.do === 'crash') this.#crash();
    else if (each.do === 'snapshot and crash') {
      this.#takeSnapshot();
      this.#crash();
    } else if ('device' in each) this.#act(each, this.watches[each.device]!);
    this.check();
  }

  #act(each: WatchStep, watch: Watch): void {
    switch (each.do) {
      case 'send': {
        const frames = Array.from({ length: each.count }, () => watch.seal(each.frameClass));
        watch.connection?.receive(Buffer.concat(frames));
        return;
      }
      case 'resend':
        for (const frame of watch.unacked.flat()) watch.connection?.receive(frame);
        return;
      case 'duplicate': {
        const seq = Math.max(1, watch.sealed[each.lane] - each.back);
        if (seq > watch.acked[each.lane]) return;
        const options = { epoch: watch.epoch, bytes: 16 };
        watch.connection?.receive(dataFrame(each.lane === 0 ? 1 : 2, seq, options));
        return;
      }
      case 'skip': {
        const seq = watch.sealed[laneOf(each.frameClass)] + 1 + each.ahead;
        watch.connection?.receive(
          dataFrame(each.frameClass, seq, { epoch: watch.epoch, bytes: 16 }),
        );
        return;
      }
      case 'beat':
        watch.connection?.receive(
          encodeControlFrame(FRAME.beat, {
            battery: 1,
            worn: true,
            charging: true,
            buffered: 0,
            oldest: 0,
          }),
        );
        return;
      case 'epoch':
        watch.newEpoch();
        this.#connect(watch);
        return;
      case 'connect':
        this.#connect(watch);
        return;
      case 'drop':
        watch.connection?.closed();
        watch.connection = undefined;
    }
  }

  #connect(watch: Watch): void {
    const link = new RecordingLink();
    const { epoch } = watch;
    link.onSend = (message) => {
      this.#sent(watch, message, { epoch, link });
    };
    watch.connection = this.#board.connect(link, NONCE);
    watch.link = link;
    watch.connection.receive(hello(watch.name, watch.epoch, [watch.acked[0], watch.acked[1]]));
  }

  /** Each ack is checked against the journal at the very moment it is sent. */
  #sent(
    watch: Watch,
    message: Uint8Array,
    { epoch, link }: { epoch: number; link: RecordingLink },
  ): void {
    const acks = bodiesOf(FRAME.ack, [message]).flatMap((body) => body.acks);
    const [welcome] = bodiesOf(FRAME.welcome, [message]);
    const told: (readonly [Lane, number])[] = [...acks];
    if (welcome !== undefined) told.push([0, welcome.acked[0]], [1, welcome.acked[1]]);
    for (const [lane, seq] of told) {
      const durable = this.#durable(watch.name, epoch, lane).length;
      assert.ok(seq <= durable, `${watch.name} lane ${lane}: told ${seq}, durable ${durable}`);
      if (link === watch.link && epoch === watch.epoch) watch.ack(lane, seq);
    }
  }

  #fold(count: number): void {
    const done = Math.min(count, this.journal.durableLsn - this.#unfolded);
    this.#unfolded += done;
    this.#parts.intake.folded(done, done * 16);
  }

  #takeSnapshot(): void {
    const parts = Array.from({ length: SESSION_PARTS }, (_, part) =>
      this.#parts.sessions.snapshot(part),
    );
    this.#snapshot = { lsn: this.journal.durableLsn, parts };
  }

  #crash(): void {
    const journal = this.journal.crash();
    const sessions = new SessionTable();
    for (const part of this.#snapshot?.parts ?? []) sessions.restore(part);
    for (const entry of journal.entries.slice(this.#snapshot?.lsn ?? 0)) sessions.apply(entry);
    this.#parts = testParts({
      directory,
      journal,
      sessions,
      clock: new SimulatedClock(),
      intakeLimits: { entries: 24 },
      limits: { heldBytes: 400 },
    });
    this.#board = new Switchboard(this.#parts.options);
    this.#unfolded = journal.durableLsn;
    for (const watch of this.watches) watch.connection = undefined;
  }

  /** Sequence numbers of what is durable of a lane, in journal order. */
  #durable(name: string, epoch: number, lane: Lane): number[] {
    return this.journal.entries.flatMap((entry) => {
      if (entry.subject !== name) return [];
      const at =
        entry.kind === ENTRY.frame
          ? readHeader(entry.body)
          : entry.kind === ENTRY.outcome
            ? decodeShed(entry.body)
            : undefined;
      return at !== undefined && at.epoch === epoch && at.lane === lane ? [at.seq] : [];
    });
  }

  check(): void {
    const { received, accepted, duplicates, rejected } = this.#board.core.tally;
    const refused = Object.values(rejected).reduce((sum, count) => sum + count, 0);
    assert.equal(received, accepted + duplicates + refused, 'the ledger balances');
    const { counters } = this.#parts.intake;
    assert.equal(accepted, counters.accepted);
    assert.equal(
      accepted,
      counters.journalled + counters.shed.reduce((sum, count) => sum + count, 0),
    );
    assert.deepEqual(counters.shed.slice(0, 2), [0, 0]);
    assert.ok(this.#board.core.hold.bytes <= 400);
    for (const watch of this.watches) {
      for (const lane of [0, 1] as const) {
        const seqs = this.#durable(watch.name, watch.epoch, lane);
        assert.deepEqual(
          seqs,
          Array.from({ length: seqs.length }, (_, index) => index + 1),
        );
      }
    }
  }

  /** The trouble is over: everything that a watch still has gets through. */
  settle(): void {
    this.journal.setState('ok');
    for (const watch of this.watches) {
      this.journal.commit();
      this.#fold(1e6);
      this.#connect(watch);
      for (let round = 0; watch.unacked.flat().length > 0; round += 1) {
        assert.ok(round < 200, `${watch.name} never got rid of its frames`);
        for (const frame of watch.unacked.flat()) watch.connection?.receive(frame);
        this.journal.commit();
        this.#fold(1e6);
        this.journal.commit();
      }
      for (const lane of [0, 1] as const) {
        assert.equal(this.#durable(watch.name, watch.epoch, lane).length, watch.sealed[lane]);
      }
    }
    this.check();
    assert.equal(this.#board.core.hold.bytes, 0);
    assert.equal(this.#board.core.waiting.size, 0);
  }
}

describe('connections under any interleaving', (it) => {
  it(
    'ack only what is durable, journal nothing twice, leave no hole, and lose nothing',
    () => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 150, size: 'max' }), (steps) => {
          const world = new World();
          for (const each of steps) world.run(each);
          world.settle();
        }),
        { numRuns: 200 },
      );
    },
    { deadlineMs: 120_000 },
  );

  it(
    'answer any bytes with a close or a nack, and never with an exception',
    () => {
      const parts = testParts({ directory, clock: new SimulatedClock() });
      const board = new Switchboard(parts.options);
      const valid = dataFrame(1, 1);
      const hostile = fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, value]) => {
          const bytes = Buffer.from(valid);
          bytes[at] = value;
          return bytes;
        }),
        fc
          .tuple(fc.integer({ min: 1, max: 14 }), fc.uint8Array({ maxLength: 80 }))
          .map(([kind, body]) => {
            const bytes = Buffer.alloc(20 + body.length);
            bytes[0] = 1;
            bytes[1] = kind;
            bytes.writeUInt32BE(body.length, 16);
            bytes.set(body, 20);
            return bytes;
          }),
      );
      fc.assert(
        fc.property(
          fc.boolean(),
          fc.array(hostile, { minLength: 1, maxLength: 5 }),
          (isGreeted, messages) => {
            const link = new RecordingLink();
            const connection = board.connect(link, NONCE);
            if (isGreeted) connection.receive(hello('w1', 1, [0, 0]));
            for (const message of messages) connection.receive(message);
            parts.journal.commit();
            connection.closed();
            const { received, accepted, duplicates, rejected } = board.core.tally;
            const refused = Object.values(rejected).reduce((sum, count) => sum + count, 0);
            assert.equal(received, accepted + duplicates + refused);
          },
        ),
        { numRuns: 3_000 },
      );
      assert.ok(board.core.tally.rejected.malformed > 500);
    },
    { deadlineMs: 60_000 },
  );
});
