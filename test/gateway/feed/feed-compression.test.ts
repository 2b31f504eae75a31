import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { inflateRawSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { decodeFeed, encodeFeed } from '../../../src/gateway/feed/codec.ts';
import type { FeedMessage } from '../../../src/model/feed.ts';
import { startGateway, type Fixture } from '../../support/http-fixture.ts';
import { describe } from '../../support/suite.ts';

interface Arrived {
  readonly isCompressed: boolean;
  readonly wireBytes: number;
  readonly message: FeedMessage;
}

/** A browser that looks at the frames themselves (RFC 6455, 5.2). */
class FrameReader {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);

  private constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    this.#bytes = Buffer.from(head);
  }

  static async dial(url: string, extensions: string | undefined) {
    const headers: Record<string, string> = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    };
    if (extensions !== undefined) headers['sec-websocket-extensions'] = extensions;
    const asked = request(`${url}/ui/ws`, { headers });
    asked.end();
    const [answer, socket, head] = await once(asked, 'upgrade');
    return {
      agreed: answer.headers['sec-websocket-extensions'] as string | undefined,
      reader: new FrameReader(socket, head),
    };
  }

  say(payload: Uint8Array): void {
    const head = Buffer.from([0x82, 0xfe, payload.length >> 8, payload.length & 255, 0, 0, 0, 0]);
    this.#socket.write(Buffer.concat([head, payload]));
  }

  async next(type: FeedMessage['type']): Promise<Arrived> {
    for (;;) {
      const arrived = await this.#frame();
      if (arrived.message.type === type) return arrived;
    }
  }

  async #frame(): Promise<Arrived> {
    const [first = 0, second = 0] = await this.#take(2);
    assert.equal(first & 0x8f, 0x82, 'expected a whole binary message');
    const long = second === 126 ? 2 : second === 127 ? 8 : 0;
    const length =
      long === 0
        ? second
        : (await this.#take(long)).readUIntBE(long - Math.min(long, 6), Math.min(long, 6));
    const body = await this.#take(length);
    const isCompressed = (first & 0x40) !== 0;
    const tail = Buffer.from([0, 0, 0xff, 0xff]);
    const plain = isCompressed
      ? inflateRawSync(Buffer.concat([body, tail]), { finishFlush: 2 })
      : body;
    return { isCompressed, wireBytes: length, message: decodeFeed(plain) };
  }

  async #take(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) {
      const [more] = (await once(this.#socket, 'data')) as [Buffer];
      this.#bytes = Buffer.concat([this.#bytes, more]);
    }
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  close(): void {
    this.#socket.destroy();
  }
}

function frameOf(actors: number): FeedMessage {
  return {
    type: 'frame',
    version: 1,
    at: 1,
    mailbox: new Uint32Array(actors),
    rate: new Float32Array(actors),
    restarts: new Uint32Array(actors),
    state: new Uint8Array(actors),
  };
}

describe('the feed over permessage-deflate', (it) => {
  let gateway: Fixture;
  it.beforeEach(async () => {
    gateway = await startGateway();
  });
  it.afterEach(async () => {
    await gateway.close();
  });

  const greeted = async (extensions: string | undefined) => {
    const dialed = await FrameReader.dial(gateway.url, extensions);
    dialed.reader.say(encodeFeed({ type: 'hello', proto: 1, token: gateway.tokens.viewer }));
    await dialed.reader.next('alerts');
    return dialed;
  };

  it('compresses a large message and leaves a small one, with nothing kept between them', async () => {
    const { reader, agreed } = await greeted('permessage-deflate; client_max_window_bits');
    assert.match(agreed ?? '', /server_no_context_takeover/);
    assert.match(agreed ?? '', /client_no_context_takeover/);
    const large = frameOf(1_000);
    gateway.site.emit(large);
    const packed = await reader.next('frame');
    assert.equal(packed.isCompressed, true);
    assert.ok(packed.wireBytes * 10 < encodeFeed(large).length, `${packed.wireBytes} bytes`);
    assert.deepEqual(packed.message, large);
    gateway.site.emit(frameOf(2));
    const small = await reader.next('frame');
    assert.equal(small.isCompressed, false);
    assert.deepEqual(small.message, frameOf(2));
    reader.close();
  });

  it('compresses nothing for who does not offer it', async () => {
    const { reader, agreed } = await greeted(undefined);
    assert.equal(agreed, undefined);
    gateway.site.emit(frameOf(1_000));
    assert.equal((await reader.next('frame')).isCompressed, false);
    reader.close();
  });

  it('bounds what a browser sends by its size after decompression', async () => {
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/ui/ws`);
    socket.on('error', () => undefined);
    await once(socket, 'open');
    assert.match(socket.extensions, /permessage-deflate/);
    // Compressed these are fewer bytes than a request may have.
    socket.send(Buffer.alloc(1_048_576));
    const [code] = (await once(socket, 'close')) as [number];
    assert.equal(code, 1009);
  });
});
