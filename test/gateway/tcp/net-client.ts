import { connect as connectTcp, type Socket } from 'node:net';

/** A socket whose answers can be waited for. */
export class NetClient {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #isClosed = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (piece: Buffer) => {
      this.#received = Buffer.concat([this.#received, piece]);
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  static async connect(port: number, localAddress = '127.0.0.1'): Promise<NetClient> {
    const socket = connectTcp({ host: '127.0.0.1', port, localAddress, allowHalfOpen: true });
    const client = new NetClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    // Where nobody listens, TCP may connect a port of the ephemeral range to itself, and hold it.
    if (socket.localPort === port && socket.localAddress === socket.remoteAddress) {
      socket.destroy();
      throw new Error('It connected to itself.');
    }
    return client;
  }

  get received(): Buffer {
    return this.#received;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  /** Resolves when what came satisfies this; fails when the connection closes before. */
  async until(isEnough: (received: Buffer) => boolean): Promise<Buffer> {
    while (!isEnough(this.#received)) {
      if (this.#isClosed) throw new Error('The connection closed before the answer came.');
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#received;
  }

  async untilText(text: string): Promise<void> {
    await this.until((received) => received.includes(Buffer.from(text, 'latin1')));
  }

  /** Resolves when the other side has ended the connection. */
  async closed(): Promise<void> {
    this.socket.resume();
    while (!this.#isClosed) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  close(): void {
    this.socket.destroy();
  }
}
