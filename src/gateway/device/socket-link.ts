import type { WebSocket } from 'ws';
import type { Link } from './link.ts';
import { CLOSE } from './close-codes.ts';

interface SocketLinkOptions {
  readonly sendBufferBytes: number;
  /** The watch does not read what it is sent; the socket has been cut. */
  readonly onSlowReader: () => void;
}

/** The parser inside `ws`; its fields are not public, and nothing public tells a message that stopped half way. */
interface Receiver {
  readonly _state?: number;
  readonly _bufferedBytes?: number;
  readonly _fragmented?: number;
}

/** The writer inside `ws`; in state 0 it writes at once and in order. */
interface Sender {
  readonly _state?: number;
  sendFrame(list: readonly Buffer[]): void;
}

/** A WebSocket as the transport of a connection. */
export class SocketLink implements Link {
  /** The code this side closed with. */
  closeCode: number | undefined;
  readonly #socket: WebSocket;
  readonly #options: SocketLinkOptions;
  #isPaused = false;

  constructor(socket: WebSocket, options: SocketLinkOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  send(message: Uint8Array): void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > this.#options.sendBufferBytes) this.#cut();
    else if (message.length > SMALL || !this.#sendWhole(message)) {
      socket.send(message, SEND_OPTIONS);
    }
  }

  close(code: number, reason: string): void {
    if (this.closeCode !== undefined) return;
    this.closeCode = code;
    // The closing handshake needs the watch's answer to be read.
    this.resume();
    this.#socket.close(code, reason.slice(0, MAX_REASON));
  }

  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  ping(): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  isMidMessage(): boolean {
    const receiver = (this.#socket as unknown as { readonly _receiver?: Receiver })._receiver;
    if (receiver === undefined) return false;
    const { _state: state = 0, _bufferedBytes: bytes = 0, _fragmented: fragments = 0 } = receiver;
    return state !== 0 || bytes > 0 || fragments > 0;
  }

  /** Sends a short message, such as an ack, in one write; `ws` would gather two. False when it has to queue. */
  #sendWhole(message: Uint8Array): boolean {
    const sender = (this.#socket as unknown as { readonly _sender?: Sender })._sender;
    if (sender?._state !== 0) return false;
    const frame = Buffer.allocUnsafe(2 + message.length);
    frame[0] = FINAL_BINARY;
    frame[1] = message.length;
    frame.set(message, 2);
    sender.sendFrame([frame]);
    return true;
  }

  #cut(): void {
    if (this.closeCode !== undefined) return;
    this.closeCode = CLOSE.slowReader;
    // A close frame would only join the queue that is not read.
    this.#socket.terminate();
    this.#options.onSlowReader();
  }
}

/** Longest payload whose length fits into the second byte of a frame's header (RFC 6455, section 5.2). */
const SMALL = 125;
const FINAL_BINARY = 0x82;
const SEND_OPTIONS = { binary: true, compress: false, fin: true } as const;
/** A close frame holds at most 123 bytes of text; reasons here are ASCII but for device ids, which are too. */
const MAX_REASON = 120;
