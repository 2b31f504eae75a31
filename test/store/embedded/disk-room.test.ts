import assert from 'node:assert/strict';
import { DiskRoom } from '../../../src/store/embedded/disk-room.ts';
import { describe } from '../../support/suite.ts';

const MIB = 1024 * 1024;

describe('the room of the embedded store', (it) => {
  it('takes a write of which twice the size and 8 MiB are free, and none of a byte more', () => {
    const room = new DiskRoom('data', () => 10 * MIB);
    room.take(MIB)();
    assert.throws(() => room.take(MIB + 1), {
      code: 'STORE_FAILED',
      message: 'The store takes no write now: the disk of "data" is full.',
      fix: 'Free disk space; it goes on by itself.',
    });
  });

  it('counts writes that have not ended, and no longer when they have', () => {
    const room = new DiskRoom('data', () => 12 * MIB);
    const first = room.take(MIB);
    const second = room.take(MIB);
    assert.throws(() => room.take(1), { code: 'STORE_FAILED' });
    first();
    const third = room.take(MIB);
    assert.throws(() => room.take(1), { code: 'STORE_FAILED' });
    second();
    third();
    room.take(2 * MIB);
  });

  it('asks the file system', () => {
    new DiskRoom('.').take(1)();
    assert.throws(() => new DiskRoom('.').take(Number.MAX_SAFE_INTEGER / 4), {
      code: 'STORE_FAILED',
    });
  });
});
