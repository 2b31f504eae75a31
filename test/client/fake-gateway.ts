import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { unpack } from 'msgpackr';
import type { Clock } from '../../src/core/clock.ts';
import type { Lane } from '../../src/model/frame.ts';
import type { Connection, ConnectionEvents, Transport } from '../../src/client/ports.ts';
import { hex } from '../../src/security/bytes.ts';
import { keyIdOf } from '../../src/security/key-id.ts';
import { rawPublicKey } from '../../src/security/raw-keys.ts';
import type {
  BeatBody,
  Credits,
  ControlBodies,
  ControlKind,
} from '../../src/wire/control-bodies.ts';
import { decodeControl, encodeControlFrame } from '../../src/wire/control.ts';
import { bodyOf, FRAME, splitFrames, type Frame } from '../../src/wire/frame.ts';
import { decodeGap, type GapReport } from '../../src/wire/gap.ts';
import type { HelloContext } from '../../src/wire/hello-input.ts';
import { verifyHello } from '../../src/wire/hello.ts';
import { createOpener, type OpenSession } from '../../src/wire/opener.ts';

export interface Received {
  readonly epoch: number;
  readonly lane: Lane;
  readonly seq: number;
  readonly records: readonly { readonly n: number }[];
  readonly gap?: GapReport;
}

interface SiteKeyPair {
  readonly id: string;
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
  readonly notBefore: number;
}

interface Watch {
  readonly epoch: number;
  readonly open: OpenSession;
  /** Appended and durable sequence numbers by lane. */
  readonly seq: [number, number];
  readonly durable: [number, number];
}

interface Link {
  readonly events: ConnectionEvents;
  readonly challenge: Uint8Array;
  device: string | undefined;
  isOpen: boolean;
  /** When the last message on its way arrives: none overtakes another. */
  lastArrival: number;
}

/** A gateway and worker in memory that keep the protocol's rules; delays and cuts are the test's to choose. */
export class FakeGateway {
  readonly site = 'local';
  readonly keys = new Map<string, SiteKeyPair>();
  readonly received: Received[] = [];
  readonly beats: BeatBody[] = [];
  readonly answers: ControlBodies[typeof FRAME.res][] = [];
  readonly hellos: ControlBodies[typeof FRAME.hello][] = [];
  /** Bytes of every numbered frame ever seen, by enc/lane/seq: a second version of one is a broken cipher. */
  readonly #seen = new Map<string, string>();
  readonly watches = new Map<string, Watch>();
  duplicates = 0;
  /** Numbered frames in, refused ones too. */
  frames = 0;
  credits: Credits = [128, 128, 128, 128];
  /** Ms from a message to its effect, both ways. */
  latency: () => number = () => 5;
  /** Ms from append to durable; `undefined` = the ack never leaves. */
  commit: () => number | undefined = () => 2;
  /** Called for each message in; `true` cuts the connection before it takes effect. */
  cuts: () => boolean = () => false;
  /** Called for each numbered frame; a body refuses it. */
  refuses: (frame: Frame) => ControlBodies[typeof FRAME.nack] | undefined = () => undefined;
  isMute = false;
  current: SiteKeyPair;
  readonly #clock: Clock;
  readonly #devicePublicKey: Uint8Array;
  readonly #links = new Set<Link>();

  constructor(clock: Clock, devicePublicKey: Uint8Array) {
    this.#clock = clock;
    this.#devicePublicKey = devicePublicKey;
    this.current = this.addKey();
  }

  addKey(): SiteKeyPair {
    const { privateKey } = generateKeyPairSync('x25519');
    const publicKey = rawPublicKey(privateKey);
    const key = { id: keyIdOf(publicKey), publicKey, privateKey, notBefore: 0 };
    this.keys.set(key.id, key);
    this.current = key;
    return key;
  }

  get opener() {
    return createOpener({
      site: this.site,
      keyRing: {
        find: (id) => this.keys.get(id),
        privateKey: (id) => this.keys.get(id)?.privateKey,
      },
    });
  }

  get transport(): Transport {
    return { connect: (events) => this.#accept(events) };
  }

  get online(): number {
    return [...this.#links].filter(({ isOpen }) => isOpen).length;
  }

  /** Sends a control frame to every live watch. */
  tell<K extends ControlKind>(kind: K, body: ControlBodies[K]): void {
    for (const link of this.#links) this.#send(link, kind, body);
  }

  /** Sends bytes that need not be frames. */
  tellBytes(bytes: Uint8Array): void {
    for (const link of this.#links) this.#later(link, () => link.events.message(bytes));
  }

  cutAll(code = 1006): void {
    for (const link of this.#links) this.#cut(link, code);
  }

  #accept(events: ConnectionEvents): Connection {
    const link: Link = {
      events,
      challenge: randomBytes(32),
      device: undefined,
      isOpen: true,
      lastArrival: 0,
    };
    this.#links.add(link);
    this.#send(link, FRAME.challenge, {
      nonce: link.challenge,
      server_time: Math.floor(this.#clock.now()) + 5_000,
      site: this.site,
      key_id: this.current.id,
      public_key: this.current.publicKey,
    });
    return {
      send: (message) => {
        this.#later(link, () => this.#onMessage(link, message));
      },
      close: () => {
        link.isOpen = false;
        this.#links.delete(link);
      },
    };
  }

  #later(link: Link, task: () => void): void {
    const now = this.#clock.monotonic();
    link.lastArrival = Math.max(link.lastArrival, now + this.latency());
    this.#clock.after(link.lastArrival - now, () => {
      if (link.isOpen) task();
    });
  }

  #send<K extends ControlKind>(link: Link, kind: K, body: ControlBodies[K]): void {
    const frame = encodeControlFrame(kind, body);
    this.#later(link, () => {
      if (!this.isMute) link.events.message(frame);
    });
  }

  #cut(link: Link, code: number): void {
    link.isOpen = false;
    this.#links.delete(link);
    link.events.closed(code, 'cut');
  }

  #onMessage(link: Link, message: Uint8Array): void {
    if (this.cuts()) return this.#cut(link, 1006);
    for (const frame of splitFrames(message)) {
      const { kind } = frame.header;
      const body = bodyOf(frame.frame);
      if (kind === FRAME.hello) this.#onHello(link, body);
      else if (kind === FRAME.beat) this.beats.push(decodeControl(kind, body));
      else if (kind === FRAME.res) this.answers.push(decodeControl(kind, body));
      else if (kind === FRAME.data || kind === FRAME.gap) this.#onNumbered(link, frame);
    }
  }

  #onHello(link: Link, bytes: Uint8Array): void {
    const verdict = this.hello(bytes, { challenge: link.challenge });
    if ('code' in verdict) {
      this.#send(link, FRAME.nack, verdict);
      return;
    }
    link.device = verdict.device;
    this.#send(link, FRAME.welcome, this.welcome(verdict.device));
  }

  welcome(device: string): ControlBodies[typeof FRAME.welcome] {
    return {
      session: 's',
      acked: [...(this.watches.get(device)?.durable ?? [0, 0])] as [number, number],
      credits: this.credits,
      server_time: Math.floor(this.#clock.now()) + 5_000,
    };
  }

  hello(
    bytes: Uint8Array,
    context: HelloContext,
  ): ControlBodies[typeof FRAME.nack] | { readonly device: string } {
    const body = decodeControl(FRAME.hello, bytes);
    this.hellos.push(body);
    if (!verifyHello(body, context, this.#devicePublicKey)) {
      return { code: 'IDENTITY', message: 'bad signature' };
    }
    if (!this.keys.has(body.key_id)) return { code: 'KEY_UNKNOWN', message: '' };
    const known = this.watches.get(body.device);
    if (known !== undefined && body.epoch < known.epoch) {
      return { code: 'EPOCH', expected: known.epoch + 1, message: '' };
    }
    const sealed = { epoch: body.epoch, keyId: body.key_id, enc: body.enc };
    const open = this.opener.session(body.device, sealed);
    const goesOn = known?.epoch === body.epoch;
    this.watches.set(body.device, {
      epoch: body.epoch,
      open,
      seq: goesOn ? known.seq : [0, 0],
      durable: goesOn ? known.durable : [0, 0],
    });
    return { device: body.device };
  }

  #onNumbered(link: Link, frame: Frame): void {
    if (link.device === undefined) throw new Error('A frame came before the hello.');
    const nack = this.take(link.device, frame);
    if (nack !== undefined) this.#send(link, FRAME.nack, nack);
    else this.#commitLater(link, link.device, frame);
  }

  /** Takes a data or gap frame; answers a nack when it is refused. */
  take(device: string, frame: Frame): ControlBodies[typeof FRAME.nack] | undefined {
    const watch = this.watches.get(device);
    if (watch === undefined) throw new Error(`No hello of ${device}.`);
    const { lane, seq, epoch } = frame.header;
    this.frames += 1;
    this.#checkBytes(watch, frame);
    const refusal = this.refuses(frame);
    if (refusal !== undefined) return refusal;
    if (epoch !== watch.epoch)
      return { code: 'EPOCH', lane, seq, expected: watch.epoch, message: '' };
    if (seq <= watch.seq[lane]) {
      this.duplicates += 1;
      return undefined;
    }
    const expected = watch.seq[lane] + 1;
    if (seq > expected) return { code: 'GAP', lane, seq, expected, message: '' };
    watch.seq[lane] = seq;
    this.received.push({ epoch, lane, seq, ...this.#read(watch, frame) });
    return undefined;
  }

  #read(watch: Watch, { header, frame }: Frame): Pick<Received, 'records' | 'gap'> {
    const plaintext = this.opener.open(watch.open, frame);
    return header.kind === FRAME.gap
      ? { records: [], gap: decodeGap(plaintext) }
      : { records: unpack(plaintext) as Received['records'] };
  }

  #checkBytes(watch: Watch, { header: { lane, seq }, frame }: Frame): void {
    const name = `${watch.epoch}/${lane}/${seq}`;
    const bytes = hex(frame);
    const before = this.#seen.get(name);
    if (before !== undefined && before !== bytes) throw new Error(`${name} came with other bytes.`);
    this.#seen.set(name, bytes);
  }

  #commitLater(link: Link, device: string, { header: { lane } }: Frame): void {
    const delay = this.commit();
    const watch = this.watches.get(device);
    if (delay === undefined || watch === undefined) return;
    const seq = watch.seq[lane];
    this.#clock.after(delay, () => {
      watch.durable[lane] = Math.max(watch.durable[lane], seq);
      this.#send(link, FRAME.ack, { acks: [[lane, watch.durable[lane]]] });
    });
  }
}
