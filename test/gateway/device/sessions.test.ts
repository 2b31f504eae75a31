import v8 from 'node:v8';
import vm from 'node:vm';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import {
  SESSION_PARTS,
  sealTag,
  sessionPartOf,
  SessionTable,
} from '../../../src/gateway/device/sessions.ts';
import { readSessionPart, writeSessionPart } from '../../../src/gateway/device/session-part.ts';
import { encodeShed } from '../../../src/gateway/device/shed-outcome.ts';
import { ENTRY, type JournalEntry } from '../../../src/model/journal-entry.ts';
import { generateDeviceKey } from '../../../src/security/device-key.ts';
import { encodeJournalHello } from '../../../src/wire/journal-hello.ts';
import { bodyOf, FRAME, splitFrames } from '../../../src/wire/frame.ts';
import { decodeControl } from '../../../src/wire/control.ts';
import { dataFrame, helloFrame, postBody, SITE_KEY } from '../../support/device-site.ts';
import { describe } from '../../support/suite.ts';

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

/** Heap and array buffers in use; the buffers of outgrown columns are freed a little after the collection. */
async function settledBytes(): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < 5; round += 1) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

const key = generateDeviceKey();

function entryOf(kind: JournalEntry['kind'], body: Uint8Array, subject = 'w1'): JournalEntry {
  return { lsn: 1, kind, subject, observedAt: 1, body };
}

function helloEntry(epoch: number): JournalEntry {
  const challenge = new Uint8Array(32);
  const frame = helloFrame({ device: 'w1', epoch }, challenge, key);
  return entryOf(ENTRY.hello, encodeJournalHello({ challenge, frame }));
}

function restored(table: SessionTable): SessionTable {
  const next = new SessionTable();
  for (let part = 0; part < SESSION_PARTS; part += 1) next.restore(table.snapshot(part));
  return next;
}

describe('session table', (it) => {
  it('starts a new epoch at 0 and never goes back in a lane or an epoch', () => {
    const table = new SessionTable();
    const slot = table.slot('w1');
    table.open(slot, 2, 1);
    table.advance(slot, 0, 5);
    table.advance(slot, 0, 3);
    table.advance(slot, 1, 9);
    assert.deepEqual([table.epoch(slot), table.seq(slot, 0), table.seq(slot, 1)], [2, 5, 9]);
    table.open(slot, 1, 1);
    assert.equal(table.epoch(slot), 2);
    table.open(slot, 3, 1);
    assert.deepEqual([table.epoch(slot), table.seq(slot, 0), table.seq(slot, 1)], [3, 0, 0]);
  });

  it('tells the key exchange of an epoch from another', () => {
    const table = new SessionTable();
    const slot = table.slot('w1');
    const one = sealTag('k', new Uint8Array(32));
    const two = sealTag('k', new Uint8Array(32).fill(1));
    table.open(slot, 1, one);
    assert.equal(table.isOpen(slot, 1, one), true);
    assert.equal(table.isOpen(slot, 1, two), false);
    assert.equal(table.isOpen(slot, 2, one), false);
    assert.notEqual(sealTag('ka', new Uint8Array(32)), one);
  });

  it('ignores a durable frame of an epoch that was replaced', () => {
    const table = new SessionTable();
    const slot = table.slot('w1');
    table.open(slot, 1, 1);
    table.openDurable(slot, 1, 1);
    table.open(slot, 2, 1);
    table.advanceDurable(slot, 1, { lane: 0, seq: 4 });
    assert.equal(table.durableSeq(slot, 0), 0, 'nothing of epoch 2 is durable');
    assert.equal(table.durableSeq(slot, 0, 1), 4);
    table.openDurable(slot, 2, 1);
    table.advanceDurable(slot, 1, { lane: 0, seq: 5 });
    assert.equal(table.durableSeq(slot, 0), 0);
  });

  it('keeps in a snapshot only what is durable', () => {
    const table = new SessionTable();
    const slot = table.slot('w1');
    table.open(slot, 1, 7);
    table.openDurable(slot, 1, 7);
    table.advance(slot, 0, 8);
    table.advanceDurable(slot, 1, { lane: 0, seq: 6 });
    table.open(slot, 2, 9);
    const next = restored(table);
    const there = next.find('w1');
    assert.notEqual(there, undefined);
    assert.equal(next.epoch(there!), 1);
    assert.equal(next.seq(there!, 0), 6);
    assert.equal(next.isOpen(there!, 1, 7), true);
  });

  it('forgets in a snapshot a key exchange whose hello is not durable, so that it is journalled again', () => {
    const table = new SessionTable();
    const slot = table.slot('w1');
    table.open(slot, 1, 7);
    table.openDurable(slot, 1, 7);
    table.open(slot, 1, 8);
    const next = restored(table);
    assert.equal(next.isOpen(0, 1, 8), false);
    assert.equal(next.isOpen(0, 1, 7), true);
  });

  it('leaves out of a snapshot a device whose first hello is not durable', () => {
    const table = new SessionTable();
    table.open(table.slot('w1'), 1, 7);
    assert.equal(restored(table).find('w1'), undefined);
  });

  it('marks the part of a device dirty when something of it becomes durable', () => {
    const table = new SessionTable();
    const slot = table.slot('w1');
    const part = sessionPartOf('w1');
    for (let each = 0; each < SESSION_PARTS; each += 1) table.snapshot(each);
    assert.equal(table.isDirty(part), false);
    table.open(slot, 1, 1);
    table.advance(slot, 0, 1);
    assert.equal(table.isDirty(part), false, 'appended is not durable');
    table.openDurable(slot, 1, 1);
    assert.equal(table.isDirty(part), true);
    table.snapshot(part);
    table.advanceDurable(slot, 1, { lane: 0, seq: 1 });
    assert.equal(table.isDirty(part), true);
    assert.equal([...Array(SESSION_PARTS).keys()].filter((each) => table.isDirty(each)).length, 1);
  });

  it('is rebuilt from the hellos, frames and shed notes of the journal', () => {
    const table = new SessionTable();
    table.apply(helloEntry(4));
    table.apply(entryOf(ENTRY.frame, dataFrame(1, 1, { epoch: 4 })));
    table.apply(entryOf(ENTRY.frame, dataFrame(1, 2, { epoch: 4 })));
    table.apply(
      entryOf(ENTRY.outcome, encodeShed('w1', { epoch: 4, lane: 1, seq: 1, frameClass: 3 })),
    );
    table.apply(entryOf(ENTRY.outcome, new Uint8Array([0x80])));
    table.apply(entryOf(ENTRY.tick, new Uint8Array([0x80]), ''));
    const slot = table.find('w1')!;
    assert.deepEqual([table.epoch(slot), table.seq(slot, 0), table.seq(slot, 1)], [4, 2, 1]);
    assert.equal(table.durableSeq(slot, 0), 2);
    assert.equal(table.isOpen(slot, 4, sealTag(SITE_KEY.id, new Uint8Array(32).fill(4))), true);
    table.apply(entryOf(ENTRY.frame, dataFrame(1, 9, { epoch: 3 })));
    assert.equal(table.seq(slot, 0), 2, 'a frame of an older epoch');
  });

  it('takes the time of a POSTed hello from the journal', () => {
    const bytes = postBody({ device: 'w1', signedAt: 1_234 }, [], key);
    const [hello] = splitFrames(bytes);
    const signedAt = decodeControl(FRAME.hello, bodyOf(hello!.frame)).signed_at!;
    const body = encodeJournalHello({
      signedAt,
      bodyHash: new Uint8Array(32),
      frame: hello!.frame,
    });
    const table = new SessionTable();
    table.apply(entryOf(ENTRY.hello, body));
    assert.equal(table.signedAt(table.find('w1')!), 1_234);
    table.signed(0, 1_000);
    assert.equal(table.signedAt(0), 1_234, 'never goes back');
    assert.equal(restored(table).signedAt(0), 1_234);
  });

  it('restores exactly what it snapshots, for any devices', () => {
    const row = fc.record(
      {
        device: fc.stringMatching(/^[A-Za-z0-9._@:-]{1,128}$/),
        epoch: fc.integer({ min: 1, max: 0xffff_ffff }),
        urgent: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        bulk: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        seal: fc.nat({ max: 2 ** 48 - 1 }),
        signedAt: fc.nat({ max: 2 ** 42 }),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(row, { selector: (each) => each.device, maxLength: 200 }),
        (rows) => {
          assert.deepEqual(readSessionPart(writeSessionPart(rows)), rows);
          const table = new SessionTable();
          table.restore(writeSessionPart(rows));
          const next = restored(table);
          assert.equal(next.size, rows.length);
          for (const each of rows) {
            const slot = next.find(each.device)!;
            const got = [
              next.epoch(slot),
              next.seq(slot, 0),
              next.durableSeq(slot, 1),
              next.signedAt(slot),
            ];
            assert.deepEqual(got, [each.epoch, each.urgent, each.bulk, each.signedAt]);
            assert.equal(next.isOpen(slot, each.epoch, each.seal), true);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('refuses a part that is cut short or of another version', () => {
    const part = writeSessionPart([
      { device: 'w1', epoch: 1, urgent: 1, bulk: 1, seal: 1, signedAt: 1 },
    ]);
    for (let length = 0; length < part.length; length += 1) {
      if (length === 1) continue;
      const read = (): unknown => readSessionPart(part.subarray(0, length));
      assert.throws(
        read,
        (error) => isWatchkeeperError(error, 'STORE_CORRUPT'),
        `cut at ${length}`,
      );
    }
    assert.throws(
      () => readSessionPart(Uint8Array.of(2)),
      (error) => isWatchkeeperError(error, 'STORE_CORRUPT'),
    );
  });

  it('spreads devices over its 64 parts', () => {
    const counts = new Array<number>(SESSION_PARTS).fill(0);
    for (let index = 0; index < 6_400; index += 1) counts[sessionPartOf(`watch-${index}`)]! += 1;
    assert.ok(Math.min(...counts) > 50 && Math.max(...counts) < 170, counts.join(' '));
  });

  it('costs under 250 bytes for each of 100,000 devices', async () => {
    const before = await settledBytes();
    const table = new SessionTable();
    for (let index = 0; index < 100_000; index += 1) {
      const slot = table.slot(`watch-${String(index).padStart(6, '0')}`);
      table.open(slot, 1, index);
      table.openDurable(slot, 1, index);
    }
    const perDevice = ((await settledBytes()) - before) / 100_000;
    assert.equal(table.size, 100_000);
    assert.ok(perDevice < 250, `${perDevice.toFixed(0)} bytes`);
  });
});
