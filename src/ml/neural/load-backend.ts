import { BackendRefusal, type BackendName } from './backend.ts';
import { mendNodeUtil, requireFiles } from './native-packages.ts';
import type { Tf } from './tf.ts';
import { hardwareOnly, type Gpu } from './webgpu-adapter.ts';

export interface LoadedBackend {
  readonly tf: Tf;
  /** For people, for example `SIMD, one thread`. */
  readonly detail: string;
}

export type BackendLoader = () => Promise<LoadedBackend>;

/**
 * Loads a backend into this thread or process and sets it. Call it in a worker
 * thread, or for native ones in a process of its own, never on a site's main
 * thread: wasm and native code add handlers to the process and hold it up.
 * @throws BackendRefusal, or whatever the package throws
 */
export async function loadBackend(
  name: BackendName,
  loaders: Readonly<Record<BackendName, BackendLoader>> = LOADERS,
): Promise<LoadedBackend> {
  const loaded = await loaders[name]();
  loaded.tf.enableProdMode();
  return loaded;
}

const LOADERS: Readonly<Record<BackendName, BackendLoader>> = {
  'tfjs-node-gpu': loadNodeGpu,
  webgpu: loadWebgpu,
  'tfjs-node': loadNode,
  wasm: loadWasm,
  cpu: loadCpu,
};

/** tfjs-layers registers the gradients of all operations when it is loaded; tfjs-core alone cannot train. */
async function loadCore(): Promise<Tf> {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-layers');
  return tf;
}

async function use(tf: Tf, backend: string): Promise<void> {
  const isSet = await tf.setBackend(backend);
  if (!isSet) throw new BackendRefusal('it could not be initialised');
  await tf.ready();
}

async function loadCpu(): Promise<LoadedBackend> {
  const tf = await loadCore();
  await import('@tensorflow/tfjs-backend-cpu');
  await use(tf, 'cpu');
  return { tf, detail: 'plain JavaScript, one thread' };
}

/** One thread: tfjs offers its threaded build to browsers only. */
async function loadWasm(): Promise<LoadedBackend> {
  requireFiles('wasm');
  const tf = await loadCore();
  await import('@tensorflow/tfjs-backend-wasm');
  await use(tf, 'wasm');
  const hasSimd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return { tf, detail: `${hasSimd === true ? 'SIMD' : 'no SIMD'}, one thread` };
}

async function loadNode(): Promise<LoadedBackend> {
  requireFiles('tfjs-node');
  mendNodeUtil();
  await import('@tensorflow/tfjs-node');
  const tf = await loadCore();
  await use(tf, 'tensorflow');
  return { tf, detail: 'TensorFlow on the processor' };
}

async function loadNodeGpu(): Promise<LoadedBackend> {
  requireFiles('tfjs-node-gpu');
  mendNodeUtil();
  await import('@tensorflow/tfjs-node-gpu');
  const tf = await loadCore();
  await use(tf, 'tensorflow');
  const { isUsingGpuDevice } = tf.backend() as unknown as { readonly isUsingGpuDevice?: boolean };
  if (isUsingGpuDevice !== true) {
    throw new BackendRefusal(
      'TensorFlow sees no GPU',
      'Install the NVIDIA driver, CUDA 11 and cuDNN 8 libraries.',
    );
  }
  return { tf, detail: 'TensorFlow with CUDA' };
}

async function loadWebgpu(): Promise<LoadedBackend> {
  requireFiles('webgpu');
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create([]) as unknown as Gpu;
  const { guarded, description } = await hardwareOnly(gpu);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: guarded }, configurable: true });
  const tf = await loadCore();
  await import('@tensorflow/tfjs-backend-webgpu');
  await use(tf, 'webgpu');
  return { tf, detail: description };
}
