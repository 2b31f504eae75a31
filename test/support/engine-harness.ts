import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '../../src/actors/engine.ts';
import type { EngineOptions } from '../../src/actors/engine-options.ts';
import type { Opener } from '../../src/actors/ports.ts';
import { noBreadcrumbs } from '../../src/actors/watchdog.ts';
import type { Channel, Notification } from '../../src/alerts/channel.ts';
import { frameReader } from '../../src/app/frame-reader.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { noMetrics } from '../../src/core/metrics.ts';
import { SiteClock } from '../../src/core/site-clock.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import { noTracer } from '../../src/core/trace.ts';
import type { Change } from '../../src/alerts/alert-book.ts';
import type { ActorEvent } from '../../src/model/actor-event.ts';
import { ENTRY } from '../../src/model/journal-entry.ts';
import type { WireRecord } from '../../src/model/wire-record.ts';
import { openKeyRing, type KeyRing } from '../../src/security/key-ring.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import type { Journal } from '../../src/store/journal.ts';
import { openSegmentJournal } from '../../src/store/segment-journal.ts';
import type { Store } from '../../src/store/store.ts';
import type { DetectorSet } from '../../src/streams/detector.ts';
import { createGroupSealer, type GroupSealer } from '../../src/wire/group-sealer.ts';
import { createOpener } from '../../src/wire/opener.ts';
import { createTemplateMiners } from '../../src/wire/templates/template-miners.ts';
import { createRecordDecoder } from '../../src/wire/records/decode.ts';
import { encodeRecords } from '../../src/wire/records/encode.ts';
import { loadLogSchema } from '../../src/wire/records/schema.ts';

const schema = loadLogSchema(
  readFileSync(new URL('../../config/log_schema.yaml', import.meta.url), 'utf8'),
  'config/log_schema.yaml',
);
const decoder = createRecordDecoder(schema);

/** A channel that remembers what it was given, and can be made to fail. */
export class RecordingChannel implements Channel {
  readonly name: string;
  readonly delivered: Notification[] = [];
  fails = false;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(name = 'recorder') {
    this.name = name;
  }

  /** Resolves when `count` notifications have been delivered in all. */
  received(count: number): Promise<void> {
    if (this.delivered.length >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
    });
  }

  accepts(): boolean {
    return true;
  }

  deliver(notification: Notification): Promise<void> {
    if (this.fails) return Promise.reject(new Error('The far end is down.'));
    this.delivered.push(notification);
    for (const { count, resolve } of this.#waiting) if (this.delivered.length >= count) resolve();
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** An engine on a real journal and a real store in a folder of its own, under a clock that the test moves. */
export class EngineHarness {
  readonly folder = mkdtempSync(join(tmpdir(), 'wk-engine-'));
  readonly clock = new SimulatedClock();
  readonly channel = new RecordingChannel();
  readonly events: ActorEvent[] = [];
  readonly changes: Change[] = [];
  detectors: () => DetectorSet;
  overrides: Partial<EngineOptions> = {};
  journal!: Journal;
  store!: Store;
  engine!: Engine;
  #sealer!: GroupSealer;
  #keyRing!: KeyRing;
  #foldedEntries = 0;

  constructor(detectors: () => DetectorSet) {
    this.detectors = detectors;
  }

  /** Entries of all kinds that the engine reported as folded. */
  get folded(): number {
    return this.#foldedEntries;
  }

  async open(): Promise<Engine> {
    const clock = new SiteClock(this.clock);
    this.#keyRing ??= await openKeyRing({ folder: this.folder, clock });
    const { id, publicKey } = this.#keyRing.current();
    this.#sealer ??= createGroupSealer({
      site: 'test',
      recipient: { id, publicKey },
      gateway: 'g',
      epoch: 1,
    });
    this.journal = await openSegmentJournal({
      folder: join(this.folder, 'journal'),
      clock: systemClock,
      segmentBytes: 1024 * 1024,
    });
    const decode = (payload: Uint8Array) => decoder.wire(payload);
    this.store = await openEmbeddedStore({
      folder: join(this.folder, 'store'),
      site: 'test',
      decode,
    });
    this.engine = new Engine({
      site: 'test',
      clock,
      logger: silentLogger,
      metrics: noMetrics,
      tracer: noTracer,
      random: () => 0.5,
      journal: this.journal,
      store: this.store,
      opener: createOpener({ site: 'test', keyRing: this.#keyRing }) as unknown as Opener,
      decoder,
      frames: frameReader,
      miners: createTemplateMiners(),
      channels: [this.channel],
      companions: [],
      breadcrumbs: noBreadcrumbs,
      hangs: [],
      timing: { snapshotEveryMs: 1e12, passivateAfterMs: 0 },
      compile: () => this.detectors(),
      hooks: {
        folded: (entries) => {
          this.#foldedEntries += entries;
        },
        note: () => undefined,
        actorEvent: (event) => this.events.push(event),
        alertChanged: (change) => this.changes.push(change),
        isWatched: () => false,
        seen: () => undefined,
        fatal: (path, error) => {
          throw new Error(`${path}: ${String(error)}`);
        },
      },
      ...this.overrides,
    });
    await this.engine.recover();
    this.engine.start();
    if (this.engine.state.configContent === undefined) {
      await this.engine.command({
        id: 'config',
        type: 'config.set',
        hash: 'test',
        content: 'test',
      });
    }
    return this.engine;
  }

  /** Journals a group of a service's records; resolves when it is durable. */
  async post(service: string, records: readonly Partial<WireRecord>[]): Promise<number> {
    const full = records.map((record) => ({
      timestamp: this.clock.now(),
      level: 'ERROR' as const,
      service,
      message: 'went wrong',
      ...record,
    }));
    const body = this.#sealer.seal(service, encodeRecords(full));
    const entry = { kind: ENTRY.group, subject: service, observedAt: this.clock.now(), body };
    const lsn = this.journal.append(entry);
    await this.journal.durable(lsn);
    return lsn;
  }

  async enroll(device: string): Promise<void> {
    const publicKey = new Uint8Array(32);
    const id = `enroll-${device}`;
    await this.engine.command({ id, type: 'device.enroll', device, publicKey, by: 'test' });
  }

  /** Journals records of an enrolled watch, as when a dead letter of it is taken in again. */
  async postDevice(device: string, records: readonly WireRecord[]): Promise<void> {
    const body = this.#sealer.seal('watch', encodeRecords(records));
    const observedAt = this.clock.now();
    const lsn = this.journal.append({ kind: ENTRY.deviceGroup, subject: device, observedAt, body });
    await this.journal.durable(lsn);
  }

  /** Lets time pass second by second, each with its tick folded. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1000) {
      this.clock.advance(Math.min(1000, left));
      await this.settle();
    }
  }

  /** Waits until everything journalled so far is folded. */
  async settle(): Promise<void> {
    await this.journal.durable(this.journal.nextLsn - 1);
    let isDrained = false;
    const drained = this.engine.drained().then(() => {
      isDrained = true;
    });
    // A detector that waits for its restart needs time to pass; site time stands still meanwhile.
    for (let turn = 1; !isDrained; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (turn % 200 === 0) this.clock.wait(100);
    }
    await drained;
  }

  /** Waits until no snapshot is being written. */
  async snapshotted(): Promise<void> {
    await this.engine.snapshotted();
  }

  /** Ends the process as a power cut would, as far as one process can: nothing is saved. */
  async crash(): Promise<void> {
    this.engine.abandon();
    await this.journal.close();
    await this.store.close();
  }

  async stop(): Promise<void> {
    await this.engine.stop();
    await this.store.close();
    await this.journal.close();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
