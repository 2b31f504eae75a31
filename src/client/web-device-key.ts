import { generateWebDeviceKey } from './web-crypto.ts';

type WebDeviceKey = Awaited<ReturnType<typeof generateWebDeviceKey>>;

const KEYS = 'keys';

/**
 * The device key that this browser keeps in an IndexedDB of that name; made
 * at the first call. Its private half cannot be read out, not even by the page.
 */
export async function webDeviceKey(name: string): Promise<WebDeviceKey> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(KEYS);
  };
  const database = await result(opening);
  try {
    const made = await generateWebDeviceKey();
    // One transaction: of two pages that come at once, both get the key of the first.
    const keys = database.transaction(KEYS, 'readwrite').objectStore(KEYS);
    const kept = (await result(keys.get(KEYS))) as WebDeviceKey | undefined;
    if (kept !== undefined) return kept;
    await result(keys.put(made, KEYS));
    return made;
  } finally {
    database.close();
  }
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('IndexedDB failed.'));
    };
  });
}
