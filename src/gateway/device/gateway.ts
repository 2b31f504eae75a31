import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Cancel } from '../../core/clock.ts';
import { FRAME } from '../../wire/frame.ts';
import type { SiteKey } from '../../security/key-ring.ts';
import type { DeviceEndpoint } from '../device-endpoint.ts';
import type { Intake } from '../intake.ts';
import { PenaltyBox } from '../penalty-box.ts';
import type { DeviceBeat } from './beats.ts';
import { identify } from './certified-device.ts';
import type { DeviceCore, DeviceGatewayOptions } from './core.ts';
import { answerPost, type PostAnswer } from './post.ts';
import { SocketServer } from './socket-server.ts';
import { Switchboard } from './switchboard.ts';
import type { DeviceTotals } from './tally.ts';

/** Where watches come in, with what the rest of the site asks of it. */
export interface DeviceGateway extends DeviceEndpoint {
  /** Tells a watch that an acked frame went to the dead letters; `false` (and counted) when it is not connected. */
  note(device: string, frame: string, reason: string): boolean;
  /** Tells all connected watches of a site key that was added. */
  announceKey(key: SiteKey): void;
  /** The latest beat of a watch since the start. */
  beat(device: string): DeviceBeat | undefined;
  readonly totals: DeviceTotals;
  /** Sockets closed, by close code. */
  readonly closes: ReadonlyMap<number, number>;
  /** Hellos refused, by nack code. */
  readonly refusedHellos: ReadonlyMap<string, number>;
}

const SWEEP_MS = 1_000;

export function createDeviceGateway(options: DeviceGatewayOptions): DeviceGateway {
  return new Gateway(options);
}

class Gateway implements DeviceGateway {
  readonly #board: Switchboard;
  readonly #core: DeviceCore;
  readonly #intake: Intake;
  readonly #server: SocketServer;
  readonly #stopSweep: Cancel;
  #drained: Promise<void> | undefined;

  constructor(options: DeviceGatewayOptions) {
    const { clock, metrics, intake, penalties = new PenaltyBox(clock, { metrics }) } = options;
    this.#intake = intake;
    this.#board = new Switchboard(options);
    this.#core = this.#board.core;
    this.#server = new SocketServer(this.#board, {
      random: options.random ?? randomBytes,
      penalties,
    });
    this.#stopSweep = clock.every(SWEEP_MS, () => {
      this.#server.sweep();
      this.#core.tally.publish();
    });
    metrics.observed(
      'watchkeeper_devices_online',
      'Watches with a live socket.',
      () => this.online,
    );
    metrics.observed(
      'watchkeeper_devices_waiting',
      'Sockets paused for want of room.',
      () => this.#core.waiting.size,
    );
    metrics.observed(
      'watchkeeper_held_bytes',
      'Bytes held back from paused sockets.',
      () => this.#core.hold.bytes,
    );
  }

  get online(): number {
    return this.#core.online.size;
  }

  get totals(): DeviceTotals {
    return this.#core.tally;
  }

  get closes(): ReadonlyMap<number, number> {
    return this.#core.tally.closes;
  }

  get refusedHellos(): ReadonlyMap<string, number> {
    return this.#core.tally.refusedHellos;
  }

  isOnline(device: string): boolean {
    return this.#board.find(device) !== undefined;
  }

  beat(device: string): DeviceBeat | undefined {
    return this.#core.beats.latest(device);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.upgrade(request, socket, head);
  }

  post(body: Uint8Array, socket?: Duplex): Promise<PostAnswer> {
    const barrier = (callback: (isDurable: boolean) => void): void => {
      this.#intake.barrier(callback);
    };
    return answerPost(body, { core: this.#core, barrier, sender: identify(socket) });
  }

  note(device: string, frame: string, reason: string): boolean {
    const isTold =
      this.#board.find(device)?.tell(FRAME.note, { frame, reason: reason.slice(0, 256) }) ?? false;
    const result = isTold ? 'sent' : 'offline';
    this.#core.tally.count('watchkeeper_notes_total', 'Notes on dead letters to watches.', {
      result,
    });
    return isTold;
  }

  announceKey({ id, publicKey, notBefore }: SiteKey): void {
    const { clock, online } = this.#core;
    const siteTime = Math.max(0, Math.round(notBefore - clock.wall() + clock.now()));
    const body = { key_id: id, public_key: publicKey, not_before: siteTime };
    for (const connection of online.values()) connection.tell(FRAME.key, body);
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<void> {
    this.#core.isDraining = true;
    this.#server.quiet();
    // Acks go out at the end of a commit, barriers are released after that.
    await new Promise<void>((resolve) => {
      this.#intake.barrier(() => {
        resolve();
      });
    });
    await this.#server.close();
    this.#core.tally.publish();
    this.#stopSweep();
    this.#board.stop();
  }
}
