import type { Worker } from 'node:worker_threads';
import { ModelGone, type LiveModel, type Scored } from '../../actors/ports.ts';
import type { Cancel, Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { startWorker } from '../../core/worker-thread.ts';
import type { Artefact } from '../../ml/registry/artefact.ts';
import type { ModelInput } from '../../streams/detector.ts';

/** What the thread is asked, and what it answers. */
export interface ThreadAsk {
  readonly id: number;
  readonly inputs: readonly ModelInput[];
}
export type ThreadAnswer =
  { readonly id: number; readonly scored: readonly Scored[] } | { readonly id: number };

/** Its first message: the model is restored. */
export const THREAD_READY = 'ready';

/**
 * How long a thread may take to start and for a batch, and how long an idle
 * one is kept, in real ms. A batch of long sessions has as much more time as
 * it has times `numbers`.
 */
const LIMITS = { startMs: 60_000, answerMs: 1000, numbers: 16_384, idleMs: 600_000 };

interface Waiting {
  readonly resolve: (scored: readonly Scored[]) => void;
  readonly reject: (error: Error) => void;
  readonly cancel: Cancel;
}

/**
 * A model on a thread of its own, once that has started. A thread that dies
 * or does not answer is ended with all it was asked, and the next batch starts
 * another.
 */
export async function threadModel(
  head: Pick<LiveModel, 'id' | 'takes' | 'features'>,
  artefact: Artefact,
  clock: Clock,
): Promise<LiveModel> {
  const thread = new ModelThread(artefact, clock);
  await thread.ready();
  return { ...head, score: (inputs) => thread.score(inputs) };
}

interface Started {
  readonly worker: Worker;
  readonly isReady: Promise<void>;
  readonly refuse: (error: ModelGone) => void;
}

class ModelThread {
  readonly #artefact: Artefact;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Started | undefined;
  #idle: Cancel | undefined;
  #next = 0;

  constructor(artefact: Artefact, clock: Clock) {
    this.#artefact = artefact;
    this.#clock = clock;
  }

  /** Resolves when the thread takes batches. @throws ModelGone */
  async ready(): Promise<Worker> {
    const { worker, isReady } = (this.#worker ??= this.#start());
    await isReady;
    return worker;
  }

  async score(inputs: readonly ModelInput[]): Promise<readonly Scored[]> {
    this.#idle?.();
    const worker = await this.ready();
    this.#next += 1;
    const id = this.#next;
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(answerMs(inputs), () => {
        this.#end(worker, 'it did not answer in time');
      });
      this.#waiting.set(id, { resolve, reject, cancel });
      worker.ref();
      worker.postMessage({ id, inputs } satisfies ThreadAsk);
    });
  }

  #start(): Started {
    const worker = startWorker('app/models/model', this.#artefact);
    worker.on('error', (error) => {
      this.#end(worker, `it failed: ${messageOf(error)}`);
    });
    worker.on('exit', () => {
      this.#end(worker, 'it ended');
    });
    let refuse = (_: ModelGone): void => undefined;
    const isReady = new Promise<void>((resolve, reject) => {
      refuse = reject;
      const cancel = this.#clock.after(LIMITS.startMs, () => {
        this.#end(worker, 'it did not start in time');
      });
      worker.on('message', (message: ThreadAnswer | typeof THREAD_READY) => {
        if (message !== THREAD_READY) {
          this.#take(message);
          return;
        }
        cancel();
        // A thread that nobody waits for must not keep the process.
        if (this.#waiting.size === 0) worker.unref();
        resolve();
      });
    });
    // Who waits for it hears of it; nobody may.
    isReady.catch(() => undefined);
    return { worker, isReady, refuse };
  }

  #take(answer: ThreadAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    waiting.cancel();
    if ('scored' in answer) waiting.resolve(answer.scored);
    else waiting.reject(new Error('The model cannot score this.'));
    if (this.#waiting.size > 0) return;
    this.#worker?.worker.unref();
    this.#idle = this.#clock.after(LIMITS.idleMs, () => {
      if (this.#worker !== undefined) this.#end(this.#worker.worker, 'it is not needed');
    });
  }

  #end(worker: Worker, why: string): void {
    if (this.#worker?.worker !== worker) return;
    const gone = new ModelGone(`The model's thread is gone: ${why}.`);
    this.#worker.refuse(gone);
    this.#worker = undefined;
    this.#idle?.();
    void worker.terminate();
    for (const { reject, cancel } of this.#waiting.values()) {
      cancel();
      reject(gone);
    }
    this.#waiting.clear();
  }
}

function answerMs(inputs: readonly ModelInput[]): number {
  const numbers = inputs.reduce((sum, { length }) => sum + length, 0);
  return LIMITS.answerMs * Math.max(1, numbers / LIMITS.numbers);
}
