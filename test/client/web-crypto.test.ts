import assert from 'node:assert/strict';
import { connectWatch, generateWebDeviceKey, localEpochStorage } from '../../src/client/browser.ts';
import type { Connection } from '../../src/client/ports.ts';
import { systemClock } from '../../src/core/clock.ts';
import { describe } from '../support/suite.ts';
import { FakeGateway } from './fake-gateway.ts';

/** A browser's WebSocket as far as the client uses it, over a gateway in memory. */
function webSocketTo(gateway: FakeGateway): typeof WebSocket {
  class FakeWebSocket extends EventTarget {
    static readonly OPEN = 1;
    readyState = 1;
    binaryType = 'blob';
    readonly #connection: Connection;

    constructor() {
      super();
      this.#connection = gateway.transport.connect({
        message: (bytes) => {
          assert.equal(this.binaryType, 'arraybuffer');
          this.dispatchEvent(Object.assign(new Event('message'), { data: bytes.slice().buffer }));
        },
        closed: (code, reason) => {
          this.readyState = 3;
          this.dispatchEvent(Object.assign(new Event('close'), { code, reason }));
        },
      });
    }

    send(message: Uint8Array): void {
      this.#connection.send(message);
    }

    close(code: number, reason: string): void {
      this.readyState = 3;
      this.#connection.close(code, reason);
    }
  }
  return FakeWebSocket as unknown as typeof WebSocket;
}

describe('watch in a browser', (it) => {
  const { WebSocket: before } = globalThis;
  it.after(() => {
    globalThis.WebSocket = before;
  });

  it('delivers with a key that cannot be exported what the site opens', async () => {
    const { privateKey, publicKey } = await generateWebDeviceKey();
    assert.equal(privateKey.extractable, false);
    const gateway = new FakeGateway(systemClock, publicKey);
    gateway.latency = () => 0;
    globalThis.WebSocket = webSocketTo(gateway);
    const client = connectWatch({
      url: 'wss://site/v1/device',
      device: 'page-1',
      privateKey,
      siteKeys: [gateway.current.publicKey],
    });
    for (let n = 0; n < 20; n += 1) client.send([{ n }], n % 2 === 0 ? 1 : 2);
    await client.flush();
    const got = gateway.received.flatMap(({ records }) => records.map(({ n }) => n));
    assert.deepEqual(
      got.sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, n) => n),
    );
    assert.equal(gateway.duplicates, 0);
    await client.stop();
  });

  it('keeps its epoch in localStorage', () => {
    const items = new Map<string, string>();
    const stub = {
      getItem: (name: string) => items.get(name) ?? null,
      setItem: (name: string, value: string) => items.set(name, value),
    };
    Object.defineProperty(globalThis, 'localStorage', { value: stub, configurable: true });
    const storage = localEpochStorage('watch');
    assert.equal(storage.load(), undefined);
    void storage.save({ epoch: 3 });
    assert.deepEqual(storage.load(), { epoch: 3 });
    items.set('watch', 'x');
    assert.equal(storage.load(), undefined);
  });
});
