import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { nodeCrypto, nodeTransport } from '../../src/client/node.ts';
import { liveClock } from '../../src/client/live-clock.ts';
import type { Transport } from '../../src/client/ports.ts';
import { WatchClient } from '../../src/client/watch-client.ts';
import { decodeControl } from '../../src/wire/control.ts';
import { bodyOf, FRAME, splitFrames } from '../../src/wire/frame.ts';
import { until } from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { GatedStore } from '../support/e2e/gated-store.ts';
import { line } from '../support/e2e/records.ts';

const MIB = 1024 * 1024;
const MESSAGE = 'x'.repeat(30_000);
const RECORDS = 3_000;
const NO_LIMIT = 1e9;

/** The transport, with the credits that the site tells on it. */
function listening(inner: Transport, credits: (readonly number[])[]): Transport {
  return {
    connect: (events) =>
      inner.connect({
        closed: (code, reason) => {
          events.closed(code, reason);
        },
        message: (bytes) => {
          for (const { header, frame } of splitFrames(bytes)) {
            if (header.kind !== FRAME.flow) continue;
            credits.push(decodeControl(FRAME.flow, bodyOf(frame)).credits);
          }
          events.message(bytes);
        },
      }),
  };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of buffers that are in use. */
async function bufferedBytes(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().arrayBuffers;
}

describe('backpressure', (it) => {
  it(
    'holds memory while the store is stopped, and loses nothing when it is back',
    async () => {
      const gates: GatedStore[] = [];
      const site = await E2eSite.start({
        withNats: false,
        tuning: {
          commandMs: 500,
          wrapStore: (store) => {
            const gate = new GatedStore(store, 'records');
            gates.push(gate);
            return gate.store;
          },
          deviceLimits: {
            framesPerSecond: NO_LIMIT,
            frameBurst: NO_LIMIT,
            bytesPerSecond: NO_LIMIT,
            byteBurst: NO_LIMIT,
          },
        },
      });
      const [gate] = gates;
      try {
        const { privateKey } = await site.enroll('watch-1');
        await site.enroll('watch-2');
        const credits: (readonly number[])[] = [];
        const watch = new WatchClient(
          {
            device: 'watch-1',
            crypto: nodeCrypto(privateKey),
            clock: liveClock,
            buffer: { maxBytes: 256 * MIB },
            timeoutMs: 120_000,
          },
          listening(nodeTransport(site.deviceUrl), credits),
        );
        site.onClose(() => watch.stop());
        watch.start();
        for (let n = 0; n < RECORDS; n += 1) {
          watch.send([line({ service: 'app', level: 'INFO', message: `${n} ${MESSAGE}` })], 1);
        }
        const { intake, journal } = site.handle.parts;
        const { archivist } = site.handle.engine;
        await until('the site to take no more', () => intake.counters.busy > 0, 60_000);

        const acked = RECORDS - watch.buffered;
        assert.ok(acked * MESSAGE.length > 60 * MIB, `${acked} records were acked before`);
        assert.ok(watch.buffered > 300, `${watch.buffered} records stay with the watch`);
        assert.ok(archivist.backlogBytes <= 72 * MIB, `${archivist.backlogBytes} bytes behind`);
        assert.ok(intake.pressure() < 1.6, `${intake.pressure()}`);
        assert.deepEqual(credits.at(-1)?.slice(2), [0, 0], 'classes 2 and 3 have no credits');
        assert.equal((await site.api.health()).state, 'degraded');

        // More is offered by HTTP and by another watch; memory and journal stay as they are.
        const taken = intake.counters.accepted;
        const other = site.watchAgain('watch-2', { buffer: { maxBytes: 2 * MIB } });
        const offer = async (): Promise<number> => {
          for (let n = 0; n < 200; n += 1) {
            other.send([line({ service: 'app', level: 'INFO', message: MESSAGE })], 1);
          }
          for (let n = 0; n < 20; n += 1) {
            const { status } = await site.http.request({
              ...{ method: 'POST', path: '/v1/logs', body: [line({ message: MESSAGE })] },
            });
            assert.equal(status, 429);
          }
          return bufferedBytes();
        };
        // The first round fills what is bounded: the watch's buffer, both ends of its socket, and
        // what the gateway holds of it. What grew in earlier versions of this test was garbage of
        // sealing and posting that had not been collected, so it is collected before counting.
        const once = await offer();
        let fourTimes = 0;
        for (let round = 0; round < 3; round += 1) fourTimes = await offer();
        assert.equal(intake.counters.accepted, taken);
        const grown = fourTimes - once;
        // Each round offers 6.6 MB: three rounds that were kept would be 19.8 MB.
        assert.ok(grown < 4 * MIB, `${grown} bytes more after three rounds more`);

        const late = await site.http.request({
          ...{ method: 'POST', path: '/v1/devices' },
          body: { id: 'watch-3', publicKey: Buffer.alloc(32, 7).toString('base64url') },
        });
        assert.equal(late.status, 503);
        assert.match(JSON.stringify(late.body), /is kept/);

        gate?.open();
        await Promise.all([watch.flush(), other.flush()]);
        await until('the late change', () => site.api.devices().length === 3);
        await site.settled();
        assert.equal(journal.state, 'ok');
        const ledger = site.api.ledger();
        assert.deepEqual(ledger.shed, { 0: 0, 1: 0, 2: 0, 3: 0 });
        assert.equal(ledger.accepted, ledger.stored);
        const [, dropped] = other.counters.droppedRecords;
        assert.equal(ledger.droppedAtSource, dropped);
        assert.equal(ledger.storedRecords, RECORDS + 800 - dropped);
        assert.equal(await site.handle.parts.store.records.count(), ledger.storedRecords);
        assert.deepEqual(credits.at(-1), [128, 128, 128, 128]);
      } finally {
        gate?.open();
        await site.close();
      }
    },
    { deadlineMs: 150_000 },
  );
});
