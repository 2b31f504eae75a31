import assert from 'node:assert/strict';
import type { DeadLetter } from '../../src/store/store.ts';
import { noteOnRecords } from '../../src/actors/subject/rejected-letters.ts';
import { EngineHarness } from '../support/engine-harness.ts';
import { countingDetector, detectorSet } from '../support/counting-detector.ts';
import { describe } from '../support/suite.ts';

const bad = (message: string) => ({ level: 'LOUD' as never, message });

describe('Dead letters of rejected records', (it) => {
  let site: EngineHarness;
  it.beforeEach(async () => {
    site = new EngineHarness(() => detectorSet([countingDetector({ id: 'any' })] as never[]));
    await site.open();
  });
  it.afterEach(async () => {
    await site.stop();
    site.remove();
  });

  async function letters(): Promise<readonly DeadLetter[]> {
    await site.settle();
    await site.engine.archivist.flushed();
    return (await site.store.deadLetters.list({ limit: 1000 })).letters.toReversed();
  }

  it('hold the bytes of their own record and nothing of its neighbours', async () => {
    await site.post('payment', [{ message: 'fine' }, bad('first wrong'), bad('second wrong')]);
    const found = await letters();
    assert.deepEqual(
      found.map(({ ordinal, stage, pointer }) => ({ ordinal, stage, pointer })),
      [
        { ordinal: 1, stage: 'validate', pointer: '/level' },
        { ordinal: 2, stage: 'validate', pointer: '/level' },
      ],
    );
    const texts = found.map(({ body }) => Buffer.from(body).toString('latin1'));
    assert.match(texts[0] ?? '', /first wrong/);
    assert.doesNotMatch(texts.join(''), /fine/);
    assert.doesNotMatch(texts[0] ?? '', /second wrong/);
  });

  it('take at most about twice the bytes of the frame, however many records are bad', async () => {
    const records = Array.from({ length: 1000 }, (_, index) => bad(`wrong ${index}`));
    await site.post('payment', records);
    const found = await letters();
    assert.equal(found.length, 17);
    const last = found.at(-1);
    assert.equal(last?.ordinal, 16);
    assert.match(last.reason, /This and 983 more records/);
    assert.match(Buffer.from(last.body).toString('latin1'), /wrong 999/);
    const bytes = found.reduce((sum, { body }) => sum + body.byteLength, 0);
    assert.ok(bytes < 2 * last.body.byteLength, `${bytes} bytes of letters`);
    assert.equal(site.engine.state.ledger.storedRecords, 0);
  });

  it('are letters of their own up to the seventeenth record', async () => {
    await site.post(
      'payment',
      Array.from({ length: 17 }, (_, index) => bad(`wrong ${index}`)),
    );
    const found = await letters();
    assert.equal(found.length, 17);
    assert.match(Buffer.from(found.at(-1)?.body ?? []).toString('latin1'), /wrong 16/);
    assert.doesNotMatch(found.at(-1)?.reason ?? '', /more records/);
  });

  it('count in the backlog until the store has them', async () => {
    await site.post('payment', [bad('wrong')]);
    await letters();
    assert.equal(site.engine.archivist.backlogBytes, 0);
    const letter: DeadLetter = {
      id: 'http.1',
      lsn: 1,
      ordinal: 0,
      subject: '',
      stage: 'validate',
      reason: '',
      pointer: '',
      at: 0,
      body: new Uint8Array(1000),
    };
    site.engine.archivist.bury(letter);
    site.engine.archivist.bury({ ...letter });
    assert.equal(site.engine.archivist.backlogBytes, 1512);
    await site.engine.archivist.flushed();
    assert.equal(site.engine.archivist.backlogBytes, 0);
  });

  it('are told to the watch in one note per frame', () => {
    const body = new Uint8Array();
    const one = { ordinal: 3, pointer: '/level', reason: 'Expected a level.', body };
    assert.equal(noteOnRecords([one]), 'Record 3 /level: Expected a level.');
    assert.equal(
      noteOnRecords([{ ordinal: 0, pointer: '', reason: 'Expected a map.', body }, one]),
      'Record 0: Expected a map. (2 records were rejected)',
    );
  });
});
