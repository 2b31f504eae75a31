import { messageOf } from '../../core/errors.ts';
import { BackendRefusal, type BackendName } from './backend.ts';
import { loadBackend, type BackendLoader } from './load-backend.ts';
import { selfTest } from './self-test.ts';

/** What the probing process answers, once. */
export type ProbeAnswer =
  { readonly passed: string } | { readonly refused: string; readonly fix: string };

/** Loads a backend into this process and tests it. Never rejects. */
export async function probeHere(
  name: BackendName,
  loaders?: Readonly<Record<BackendName, BackendLoader>>,
): Promise<ProbeAnswer> {
  try {
    const { tf, detail } = await loadBackend(name, loaders);
    await selfTest(tf);
    return { passed: detail };
  } catch (error) {
    return { refused: messageOf(error), fix: error instanceof BackendRefusal ? error.fix : '' };
  }
}
