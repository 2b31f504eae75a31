import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../src/wire/frame.ts';
import { ackedUpTo, greeted } from './load.ts';
import { SealedDevice, type SiteKeyInfo } from './sealed-device.ts';

/** One connected device that seals as it sends, and tells how long each frame's ack took. */
export class DeviceLine {
  readonly #socket: WebSocket;
  readonly #device: SealedDevice;
  readonly #sentAt: number[] = [];
  readonly #onAck: (latencyMs: number) => void;
  #acked = 0;

  private constructor(socket: WebSocket, device: SealedDevice, onAck: (latencyMs: number) => void) {
    this.#socket = socket;
    this.#device = device;
    this.#onAck = onAck;
    socket.on('message', (data: Buffer) => {
      this.#take(ackedUpTo(data) ?? 0);
    });
  }

  static async connect(
    at: { readonly port: number; readonly id: string; readonly site: SiteKeyInfo },
    onAck: (latencyMs: number) => void,
  ): Promise<DeviceLine> {
    const device = new SealedDevice(at.id, 1, at.site);
    const url = `ws://127.0.0.1:${at.port}/v1/device`;
    const socket = new WebSocket(url, SUBPROTOCOL, { perMessageDeflate: false });
    await greeted(socket, device);
    return new DeviceLine(socket, device, onAck);
  }

  /** Frames sent and not acked. */
  get flying(): number {
    return this.#sentAt.length - this.#acked;
  }

  send(payload: Uint8Array): void {
    const frame = this.#device.seal(payload, 1);
    this.#sentAt.push(performance.now());
    this.#socket.send(frame);
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.terminate();
  }

  #take(upTo: number): void {
    const now = performance.now();
    for (; this.#acked < upTo; this.#acked += 1) {
      this.#onAck(now - (this.#sentAt[this.#acked] ?? now));
    }
  }
}

/** Connects devices `w<from>` to `w<from + count − 1>`, some at a time. */
export async function connectLines(
  options: {
    readonly port: number;
    readonly site: SiteKeyInfo;
    readonly from: number;
    readonly count: number;
  },
  onAck: (latencyMs: number) => void,
): Promise<DeviceLine[]> {
  const { port, site } = options;
  const lines: DeviceLine[] = [];
  for (let index = 0; index < options.count; index += 100) {
    const ids = Array.from(
      { length: Math.min(100, options.count - index) },
      (_, n) => `w${options.from + index + n}`,
    );
    lines.push(
      ...(await Promise.all(ids.map((id) => DeviceLine.connect({ port, id, site }, onAck)))),
    );
  }
  return lines;
}
