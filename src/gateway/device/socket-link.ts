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
    else socket.send(message, SEND_OPTIONS);
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

  #cut(): void {
    if (this.closeCode !== undefined) return;
    this.closeCode = CLOSE.slowReader;
    // A close frame would only join the queue that is not read.
    this.#socket.terminate();
    this.#options.onSlowReader();
  }
}

const SEND_OPTIONS = { binary: true, compress: false, fin: true } as const;
/** A close frame holds at most 123 bytes of text; reasons here are ASCII but for device ids, which are too. */
const MAX_REASON = 120;
