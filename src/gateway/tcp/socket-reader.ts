import type { Socket } from 'node:net';

/** Reads a socket piece by piece, when asked; the socket is not read ahead beyond its own buffer. */
export class SocketReader {
  readonly #socket: Socket;
  #isStopped = false;
  #wake: () => void = () => undefined;
  /** The piece that was read last. */
  last: Uint8Array = new Uint8Array(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    for (const event of ['readable', 'end', 'close', 'error']) {
      socket.on(event, () => {
        this.#wake();
      });
    }
  }

  /** Whether `stop` was called. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The next piece; `undefined` when there is none any more. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#isStopped) return undefined;
      const piece = this.#socket.read() as Buffer | null;
      if (piece !== null) {
        this.last = piece;
        return piece;
      }
      if (this.#socket.readableEnded || this.#socket.destroyed) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Reads no more. */
  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }
}
