import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const LARGEST = 131_072;
const HEADER = 8;

/** Saves the input and ends the process when one input runs for too long. */
export function watchForHangs(
  target: string,
  limitMs: number,
): { readonly note: (input: Uint8Array) => void; end(): Promise<void> } {
  const memory = new SharedArrayBuffer(HEADER + LARGEST);
  const words = new Int32Array(memory, 0, 2);
  const bytes = new Uint8Array(memory, HEADER);
  const folder = join(fileURLToPath(new URL('../corpus/', import.meta.url)), target);
  mkdirSync(folder, { recursive: true });
  const workerData = { memory, limitMs, file: join(folder, 'found-hang.bin'), pid: process.pid };
  const worker = new Worker(WATCH, { eval: true, workerData });
  worker.unref();
  return {
    note(input) {
      words[1] = Math.min(input.length, LARGEST);
      bytes.set(input.subarray(0, LARGEST));
      Atomics.add(words, 0, 1);
    },
    async end() {
      await worker.terminate();
    },
  };
}

/** Looks at the counter from a thread of its own: the main thread is not there to ask. */
const WATCH = `
  const { workerData: { memory, limitMs, file, pid } } = require('node:worker_threads');
  const { writeFileSync } = require('node:fs');
  const words = new Int32Array(memory, 0, 2);
  let last = -1;
  setInterval(() => {
    const now = Atomics.load(words, 0);
    if (now !== last) return void (last = now);
    writeFileSync(file, Buffer.from(new Uint8Array(memory, ${HEADER}, words[1])));
    process.stderr.write('One input ran for more than ' + limitMs + ' ms: ' + file + '\\n');
    process.kill(pid, 'SIGKILL');
  }, limitMs);
`;
