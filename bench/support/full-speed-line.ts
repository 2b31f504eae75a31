import { WebSocket } from 'ws';
import type { FrameClass, Lane } from '../../src/model/frame.ts';
import { decodeControl } from '../../src/wire/control.ts';
import { bodyOf, FRAME, splitFrames, SUBPROTOCOL } from '../../src/wire/frame.ts';
import { greeted } from './load.ts';
import { SealedDevice, type SiteKeyInfo } from './sealed-device.ts';

/** Frames of one class that a line has on their way at most; its credits may allow fewer. */
const WINDOW = 64;

/**
 * One watch that always sends as much as its credits allow, as log frames
 * (class 1) and debug frames (class 3) in turn, and counts what was acked.
 */
export class FullSpeedLine {
  /** By lane: frames sent and acked. */
  readonly sent: [number, number] = [0, 0];
  readonly acked: [number, number] = [0, 0];
  /** The least credits of class 3 that it was told. */
  leastCredits = WINDOW;
  refused = 0;
  isSending = true;
  #credits: readonly number[] = [WINDOW, WINDOW, WINDOW, WINDOW];
  readonly #socket: WebSocket;
  readonly #device: SealedDevice;
  readonly #payload: () => Uint8Array;

  private constructor(socket: WebSocket, device: SealedDevice, payload: () => Uint8Array) {
    this.#socket = socket;
    this.#device = device;
    this.#payload = payload;
    socket.on('message', (data: Buffer) => {
      this.#take(data);
      this.pump();
    });
  }

  static async connect(
    at: { readonly port: number; readonly id: string; readonly site: SiteKeyInfo },
    payload: () => Uint8Array,
  ): Promise<FullSpeedLine> {
    const device = new SealedDevice(at.id, 1, at.site);
    const url = `ws://127.0.0.1:${at.port}/v1/device`;
    const socket = new WebSocket(url, SUBPROTOCOL, { perMessageDeflate: false });
    await greeted(socket, device);
    return new FullSpeedLine(socket, device, payload);
  }

  get flying(): number {
    return this.sent[0] - this.acked[0] + (this.sent[1] - this.acked[1]);
  }

  pump(): void {
    if (!this.isSending) return;
    for (let isSent = true; isSent;) {
      const isLogSent = this.#sendOne(0, 1);
      isSent = this.#sendOne(1, 3) || isLogSent;
    }
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.terminate();
  }

  #sendOne(lane: Lane, frameClass: FrameClass): boolean {
    const window = Math.min(WINDOW, this.#credits[frameClass] ?? 0);
    if (this.sent[lane] - this.acked[lane] >= window) return false;
    this.sent[lane] += 1;
    this.#socket.send(this.#device.seal(this.#payload(), frameClass));
    return true;
  }

  #take(data: Buffer): void {
    for (const { header, frame } of splitFrames(data)) {
      if (header.kind === FRAME.nack) this.refused += 1;
      if (header.kind === FRAME.flow) {
        this.#credits = decodeControl(FRAME.flow, bodyOf(frame)).credits;
        this.leastCredits = Math.min(this.leastCredits, this.#credits[3] ?? 0);
      }
      if (header.kind !== FRAME.ack) continue;
      for (const [lane, seq] of decodeControl(FRAME.ack, bodyOf(frame)).acks) {
        if (lane === 0 || lane === 1) this.acked[lane] = Math.max(this.acked[lane], seq);
      }
    }
  }
}
