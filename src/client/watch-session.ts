import type { Clock } from '../core/clock.ts';
import type { FrameClass, Lane } from '../model/frame.ts';
import type { AckBody, Credits, HelloBody, NackBody, WelcomeBody } from '../wire/control-bodies.ts';
import { encodeControlFrame } from '../wire/control.ts';
import { FRAME } from '../wire/frame.ts';
import { encodeGap } from '../wire/gap.ts';
import { helloInput, type HelloContext } from '../wire/hello-input.ts';
import { BufferKeeper } from './buffer-keeper.ts';
import type { BufferFacts, BufferStore } from './buffer-store.ts';
import { encodeBatches, type Batch, type WatchRecord } from './batch.ts';
import { DURABLE_LIMITS, Outbox, type OutboxLimits } from './outbox.ts';
import { resumeLane, saveLane } from './saved-lane.ts';
import type { EpochStorage, SiteKeyInfo, WatchCrypto } from './ports.ts';
import { SendLane, type Cargo, type Flight } from './send-lane.ts';
import { EpochSource, savedEpoch, type WatchEpoch } from './watch-epoch.ts';

export interface SessionOptions {
  readonly device: string;
  readonly firmware: string;
  readonly clock: Clock;
  readonly crypto: WatchCrypto;
  readonly storage: EpochStorage;
  /** Where the buffer outlives the process. */
  readonly bufferStore?: BufferStore;
  readonly buffer?: Partial<OutboxLimits>;
  /** Frames per lane that may be unacked on one connection. */
  readonly maxFramesInFlight: number;
}

export interface SessionCounters {
  sentFrames: number;
  /** Sent before, and sent again. */
  resentFrames: number;
  ackedFrames: number;
  ackedRecords: number;
  /** Acked, but dropped by the site under overload. */
  shedFrames: number;
  /** Epochs opened. */
  epochs: number;
}

/** What a nack asks of the connection. */
export type NackAction = 'continue' | 'reconnect' | 'refused';

/**
 * The watch's half of the protocol apart from sockets and waiting: buffer,
 * lanes, epoch, credits. Its async methods must not overlap.
 *
 * Longer than the house's measure: what is sent, repeated, acked and stored
 * is decided on the same few fields, and each order of them matters.
 */
export class WatchSession {
  readonly #options: SessionOptions;
  readonly #epochs: EpochSource;
  readonly #keeper: BufferKeeper;
  readonly outbox: Outbox;
  #lanes: readonly [SendLane, SendLane] = [new SendLane(), new SendLane()];
  #epoch: WatchEpoch | undefined;
  #credits: Credits = [0, 0, 0, 0];
  /** Monotonic ms until which a lane waits after a refusal. */
  readonly #pausedUntil: [number, number] = [0, 0];
  readonly #highestSent: [number, number] = [0, 0];
  #isDraining = false;
  #repeatsOnly = false;
  readonly counters: SessionCounters = {
    sentFrames: 0,
    resentFrames: 0,
    ackedFrames: 0,
    ackedRecords: 0,
    shedFrames: 0,
    epochs: 0,
  };

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#epochs = new EpochSource(options.device, options.crypto, options.storage);
    const { bufferStore: store, buffer } = options;
    this.#keeper = new BufferKeeper(store, () => this.#facts());
    const limits = store === undefined ? buffer : { ...DURABLE_LIMITS, ...buffer };
    this.outbox = new Outbox(limits, this.#keeper);
  }

  /** Takes up what the buffer store keeps: before anything but `add`. @throws WatchkeeperError as the store does */
  async open(): Promise<void> {
    const contents = await this.#keeper.open();
    if (contents === undefined) return;
    const { batches, facts } = contents;
    const epoch = facts?.epoch && (await this.#epochs.resume(facts.epoch));
    const byId = new Map(batches.map((batch) => [batch.id, batch]));
    // From here on at once: the store must never see half of what was kept.
    this.#lanes = [resumeLane(facts?.lanes[0], byId), resumeLane(facts?.lanes[1], byId)];
    const numbered = new Set(this.#flown().map(({ id }) => id));
    this.#keeper.begin();
    this.outbox.adopt({
      batches,
      nextId: facts?.nextId ?? 1,
      gap: facts?.gap,
      isNumbered: (id) => numbered.has(id),
    });
    this.#epochs.raiseTo((facts?.highestEpoch ?? 0) + 1);
    if (epoch === undefined) return;
    this.#epoch = epoch;
    this.#repeatsOnly = this.#options.bufferStore?.survivesPowerLoss === false;
  }

  /** Resolves when all that was added so far, and every number given, is in the buffer store. */
  commit(): Promise<void> {
    return this.#keeper.commit();
  }

  /** Writes what is left and closes the buffer store. */
  close(): Promise<void> {
    return this.#keeper.close();
  }

  /**
   * Whether the open epoch came from a store that may have forgotten its last
   * numbers: then it gives no new ones, and ends when all it has is acked.
   */
  get repeatsOnly(): boolean {
    return this.#repeatsOnly;
  }

  /** The key of the open epoch. */
  get siteKey(): SiteKeyInfo | undefined {
    return this.#epoch;
  }

  get epoch(): number {
    return this.#epoch?.epoch ?? 0;
  }

  get keyId(): string | undefined {
    return this.#epoch?.keyId;
  }

  get site(): string | undefined {
    return this.#epoch?.site;
  }

  /** Numbered and not acked. */
  get unacked(): number {
    return this.#lanes[0].flights.length + this.#lanes[1].flights.length;
  }

  /** Sent on this connection and not acked. */
  get inFlight(): number {
    return this.#lanes[0].inFlight + this.#lanes[1].inFlight;
  }

  /** While draining nothing new is numbered, so that the epoch can end with nothing unacked. */
  set isDraining(value: boolean) {
    this.#isDraining = value;
  }

  /** Puts records in the buffer. @throws WatchkeeperError RECORD_INVALID */
  add(records: readonly WatchRecord[], frameClass: FrameClass): void {
    for (const payload of encodeBatches(records, this.#options.clock.now())) {
      this.outbox.add({ ...payload, frameClass }, this.#options.clock.now());
    }
  }

  /** Whether everything up to batch `id`, and every gap report, is acked. */
  isDelivered(id: number): boolean {
    const gapInFlight = this.#lanes[0].flights.some(({ cargo }) => cargo.type === 'gap');
    return !this.outbox.holdsUpTo(id) && !this.outbox.hasGap && !gapInFlight;
  }

  /** Makes sure that an epoch is open and in the store; an open one is kept when it is of the same site. */
  async ensureEpoch(key: SiteKeyInfo): Promise<void> {
    if (this.#epoch?.site !== key.site) {
      this.endEpoch();
      this.#epoch = await this.#epochs.open(key);
      this.counters.epochs += 1;
      this.#keeper.touch();
    }
    // Also of one that is open: an earlier attempt to write it may have failed.
    await this.commit();
  }

  /** Forgets the epoch's keys; what is not acked will be numbered and sealed anew. */
  endEpoch(): void {
    const flights = this.#lanes.flatMap((lane) => lane.flights);
    for (const { cargo } of flights) if (cargo.type === 'gap') this.outbox.returnGap(cargo.gap);
    this.outbox.restore(this.#flown());
    this.#lanes = [new SendLane(), new SendLane()];
    this.#highestSent.fill(0);
    this.#pausedUntil.fill(0);
    this.#epoch = undefined;
    this.#isDraining = false;
    this.#repeatsOnly = false;
    this.#keeper.touch();
  }

  /** A signed hello frame for the open epoch. */
  async hello(context: HelloContext): Promise<Uint8Array> {
    const epoch = this.#openEpoch();
    const body: Omit<HelloBody, 'signature'> = {
      device: this.#options.device,
      epoch: epoch.epoch,
      key_id: epoch.keyId,
      enc: epoch.seal.enc,
      acked: [this.#lanes[0].acked, this.#lanes[1].acked],
      firmware: this.#options.firmware,
      clock: Math.floor(this.#options.clock.now()),
      ...('signedAt' in context ? { signed_at: context.signedAt } : {}),
    };
    const signature = await this.#options.crypto.sign(helloInput(body, context));
    return encodeControlFrame(FRAME.hello, { ...body, signature });
  }

  /** A new connection: nothing has been sent on it. */
  restart(): void {
    for (const lane of this.#lanes) lane.rewindAll();
    this.#pausedUntil.fill(0);
  }

  /** Resumes behind what the site has; `false` when its numbers and ours cannot both be right. */
  welcome({ acked, credits }: WelcomeBody): boolean {
    const fits = this.#lanes.every((lane, index) => {
      const seq = acked[index] ?? 0;
      return seq >= lane.acked && seq < lane.nextSeq;
    });
    if (!fits) return false;
    this.#ackLane(0, acked[0]);
    this.#ackLane(1, acked[1]);
    this.#credits = credits;
    return true;
  }

  ack({ acks, shed }: AckBody): void {
    for (const [lane, seq] of acks) this.#ackLane(lane, seq);
    this.counters.shedFrames += shed?.length ?? 0;
  }

  flow(credits: Credits): void {
    this.#credits = credits;
  }

  nack(body: NackBody): NackAction {
    switch (body.code) {
      case 'GAP':
        return this.#onGap(body);
      case 'CREDITS':
      case 'BUSY':
        return this.#onBusy(body);
      case 'SIZE':
      case 'MALFORMED':
        return this.#onUnwanted(body);
      case 'KEY_UNKNOWN':
        this.endEpoch();
        return 'reconnect';
      case 'EPOCH':
        this.#epochs.raiseTo(body.expected ?? 0);
        this.endEpoch();
        return 'reconnect';
      case 'IDENTITY':
        return 'refused';
    }
  }

  /** The next frame to send on this connection, `undefined` when there is none or it has to wait. */
  async #next(): Promise<Uint8Array | undefined> {
    for (const lane of [0, 1] as const) {
      const flight = this.#pausedUntil[lane] <= this.#options.clock.monotonic() && this.#pick(lane);
      if (flight) return await this.#prepare(lane, flight);
    }
    return undefined;
  }

  /**
   * The next frames, up to about `maxBytes`. They may leave the watch: the
   * store knows their numbers. @throws what the store does
   */
  async take(maxBytes: number): Promise<readonly Uint8Array[]> {
    const frames: Uint8Array[] = [];
    for (let size = 0; size < maxBytes;) {
      const frame = await this.#next();
      if (frame === undefined) break;
      frames.push(frame);
      size += frame.length;
    }
    await this.commit();
    return frames;
  }

  /** Ms until a paused lane may go on; `undefined` when none is paused. */
  get pausedFor(): number | undefined {
    const now = this.#options.clock.monotonic();
    const waits = this.#pausedUntil.map((until) => until - now).filter((wait) => wait > 0);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  #pick(index: Lane): Flight | undefined {
    const lane = this.#lanes[index];
    if (lane.inFlight >= this.#options.maxFramesInFlight) return undefined;
    const allows = (frameClass: FrameClass): boolean =>
      lane.inFlightOf(frameClass) < this.#credits[frameClass];
    const waiting = lane.waiting;
    if (waiting !== undefined) return allows(waiting.frameClass) ? waiting : undefined;
    if (this.#isDraining || this.#repeatsOnly) return undefined;
    const gap = index === 0 && allows(1) ? this.outbox.takeGap() : undefined;
    if (gap !== undefined) return this.#number(lane, 1, { type: 'gap', gap });
    const batch = this.outbox.take(index, allows);
    return batch && this.#number(lane, batch.frameClass, { type: 'data', batch });
  }

  #number(lane: SendLane, frameClass: FrameClass, cargo: Cargo): Flight {
    this.#keeper.touch();
    return lane.number(frameClass, cargo);
  }

  async #prepare(index: Lane, flight: Flight): Promise<Uint8Array> {
    const { epoch, seal } = this.#openEpoch();
    const { frameClass, seq, cargo } = flight;
    const kind = cargo.type === 'gap' ? FRAME.gap : FRAME.data;
    const header = { kind, frameClass, lane: index, epoch, seq };
    flight.frame ??= await seal.seal(header, plaintextOf(cargo));
    this.#lanes[index].markSent();
    this.counters.sentFrames += 1;
    if (seq <= this.#highestSent[index]) this.counters.resentFrames += 1;
    else this.#highestSent[index] = seq;
    return flight.frame;
  }

  #ackLane(index: Lane, seq: number): void {
    const lane = this.#lanes[index];
    // A number that was never given acks nothing: losing records would be worse than sending them twice.
    if (seq >= lane.nextSeq) return;
    for (const { cargo } of lane.ack(seq)) {
      this.counters.ackedFrames += 1;
      if (cargo.type !== 'data') continue;
      this.counters.ackedRecords += cargo.batch.records;
      this.outbox.release(cargo.batch);
    }
  }

  #onGap({ lane = 0, expected = 0 }: NackBody): NackAction {
    const own = this.#lanes[lane];
    if (expected <= own.acked || expected > own.nextSeq) {
      this.endEpoch();
      return 'reconnect';
    }
    own.rewind(expected);
    return 'continue';
  }

  #onBusy({ lane, seq, retry_after_ms: wait = 1_000 }: NackBody): NackAction {
    const until = this.#options.clock.monotonic() + Math.max(1, wait);
    if (lane === undefined || seq === undefined) {
      this.#pausedUntil.fill(until);
      return 'continue';
    }
    this.#pausedUntil[lane] = until;
    this.#lanes[lane].rewindAfterWait(seq);
    return 'continue';
  }

  /** The site will never take this frame, and no later one without it: leave it out in a new epoch. */
  #onUnwanted({ lane, seq }: NackBody): NackAction {
    const flight = this.#lanes[lane ?? 0].flights.find((each) => each.seq === seq);
    if (lane === undefined || flight === undefined) return 'refused';
    this.endEpoch();
    if (flight.cargo.type === 'data') {
      this.outbox.withdraw(flight.cargo.batch);
    }
    return 'reconnect';
  }

  /** Batches that have a number, oldest first in each lane. */
  #flown(): Batch[] {
    const flights = this.#lanes.flatMap((lane) => lane.flights);
    return flights.flatMap(({ cargo }) => (cargo.type === 'data' ? [cargo.batch] : []));
  }

  #facts(): BufferFacts {
    const { gap, lastId } = this.outbox;
    const epoch = this.#epoch && savedEpoch(this.#epoch);
    return {
      nextId: lastId + 1,
      highestEpoch: this.#epochs.highest,
      lanes: [saveLane(this.#lanes[0]), saveLane(this.#lanes[1])],
      ...(epoch === undefined ? {} : { epoch }),
      ...(gap === undefined ? {} : { gap }),
    };
  }

  #openEpoch(): WatchEpoch {
    if (this.#epoch === undefined) throw new Error('No epoch is open.');
    return this.#epoch;
  }
}

function plaintextOf(cargo: Cargo): Uint8Array {
  return cargo.type === 'gap' ? encodeGap(cargo.gap) : cargo.batch.payload;
}
