// The buffer's contract in a page, bundled by test/client/indexed-db-buffer.test.ts.
import { IndexedDbBuffer } from '../../src/client/indexed-db-buffer.ts';
import { webDeviceKey } from '../../src/client/web-device-key.ts';
import { aBatch, bufferContract, noFacts } from '../client/buffer-contract.ts';

declare global {
  interface Window {
    runCase(index: number, durability: 'fsync' | 'os'): Promise<string>;
    openTwice(): Promise<string>;
    leaveOne(): Promise<number>;
    deviceKey(): Promise<string>;
  }
}

/** Answers what went wrong, '' when nothing did. */
window.runCase = async (index, durability) => {
  const name = `case-${index}-${durability}`;
  try {
    await bufferContract[index]?.run(() => new IndexedDbBuffer({ name, durability }));
    return '';
  } catch (error) {
    return String(error);
  }
};

window.openTwice = async () => {
  const first = new IndexedDbBuffer({ name: 'twice' });
  await first.open();
  const code = await new IndexedDbBuffer({ name: 'twice' }).open().then(
    () => 'opened',
    (error: unknown) => (error as { readonly code: string }).code,
  );
  await first.close();
  await new IndexedDbBuffer({ name: 'twice' }).open();
  return code;
};

/** Adds one batch and leaves the buffer open, as a page that is closed does; answers how many there were. */
window.leaveOne = async () => {
  const store = new IndexedDbBuffer({ name: 'left' });
  const { batches } = await store.open();
  const id = batches.length + 1;
  await store.commit({ added: [aBatch(id)], removed: [], facts: { ...noFacts, nextId: id + 1 } });
  return batches.length;
};

window.deviceKey = async () => (await webDeviceKey('key')).publicKey.join();
