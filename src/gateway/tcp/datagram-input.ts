import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import type { SourceParser } from '../../wire/parsers/source/source-parser.ts';
import type { InputItem } from '../../wire/inputs/input-session.ts';
import { lineItem } from '../../wire/inputs/lines/line-session.ts';
import type { LineReaders } from '../../wire/parsers/config/line-readers.ts';
import type { InputConfig } from './input-config.ts';
import type { InputCounter } from './input-counts.ts';
import { inputParser } from './input-parser.ts';
import { bind, type Address } from './listen.ts';
import { peerPolicy } from './peer-policy.ts';
import type { RecordTaker } from './record-taker.ts';

export interface DatagramInputOptions {
  readonly config: InputConfig;
  readonly clock: Clock;
  readonly taker: RecordTaker;
  readonly counter: InputCounter;
  /** @default the formats */
  readonly readers?: LineReaders | undefined;
}

/** Datagrams that are taken in together. */
const BATCH = 256;
const RECEIVE_BUFFER_BYTES = 4_194_304;
const TEXT = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Syslog over UDP (RFC 5426): one datagram, one message. A sender cannot be
 * held back, so what does not fit the queue is dropped and counted.
 */
export class DatagramInput {
  readonly #options: DatagramInputOptions;
  readonly #socket: Socket;
  readonly #isAllowed: (address: string | undefined) => boolean;
  readonly #ended = new AbortController();
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #draining: Promise<void> | undefined;
  #dropped = 0;

  constructor(options: DatagramInputOptions) {
    this.#options = options;
    const { host, allow } = options.config;
    this.#isAllowed = peerPolicy(allow);
    const type = isIPv6(host) ? 'udp6' : 'udp4';
    this.#socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER_BYTES });
    this.#socket.on('message', (message, { address }) => {
      this.#receive(message, address);
    });
  }

  /** Datagrams that came and were lost for want of room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @throws WatchkeeperError PORT_IN_USE | CONFIG_INVALID */
  async listen(): Promise<Address> {
    const { config, counter } = this.#options;
    const socket = this.#socket;
    const address = await bind(config, {
      emitter: socket,
      listen: () => socket.bind({ address: config.host, port: config.port }),
      address: () => socket.address(),
    });
    socket.on('error', () => {
      counter.reject('socket');
    });
    return address;
  }

  /** Receives no more, and takes in what waits. */
  async drain(): Promise<void> {
    await this.#closeSocket();
    await this.#draining;
  }

  /** Gives up what still waits. */
  close(): void {
    void this.#closeSocket();
    this.#ended.abort();
    this.#drop('stopping', this.#queue.length);
    this.#queue = [];
  }

  #closed: Promise<void> | undefined;

  #closeSocket(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#socket.close(() => resolve()));
    return this.#closed;
  }

  #receive(message: Uint8Array, address: string): void {
    const { counter, config } = this.#options;
    if (!this.#isAllowed(address)) {
      counter.reject('not_allowed');
      return;
    }
    counter.add('bytes', message.length);
    const { queueDatagrams, queueBytes } = config.limits;
    const isFull =
      this.#queue.length >= queueDatagrams || this.#queuedBytes + message.length > queueBytes;
    if (isFull) {
      this.#drop('queue_full', 1);
      return;
    }
    this.#queue.push(message);
    this.#queuedBytes += message.length;
    this.#draining ??= this.#drainQueue().finally(() => {
      this.#draining = undefined;
    });
  }

  async #drainQueue(): Promise<void> {
    const { taker, config, readers } = this.#options;
    const parser = inputParser(config, readers);
    const { signal } = this.#ended;
    while (this.#queue.length > 0 && !signal.aborted) {
      const batch = this.#queue.splice(0, BATCH);
      const items = this.#items(batch, parser);
      try {
        await taker.take(items, { isAcked: false, signal });
      } catch {
        // The journal failed or the site stops: nobody will repeat these.
        this.#drop('not_durable', batch.length);
      }
      this.#queuedBytes -= batch.reduce((sum, { length }) => sum + length, 0);
    }
  }

  *#items(batch: readonly Uint8Array[], parser: SourceParser | undefined): Iterable<InputItem> {
    for (const message of batch) yield* this.#item(message, parser);
  }

  #item(message: Uint8Array, parser: SourceParser | undefined): readonly InputItem[] {
    const { clock, counter, config } = this.#options;
    const { lineBytes } = config.limits;
    if (message.length > lineBytes) counter.add('cut', 1);
    const line = TEXT.decode(message.subarray(0, lineBytes)).replace(/[\r\n\0]+$/, '');
    const outcome = parser?.parse(line, clock.now());
    return line === '' || outcome === undefined ? [] : [lineItem(line, outcome)];
  }

  #drop(reason: string, count: number): void {
    if (count === 0) return;
    this.#dropped += count;
    this.#options.counter.reject(reason, count);
  }
}
