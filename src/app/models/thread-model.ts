import type { Worker } from 'node:worker_threads';
import type { LiveModel, Scored } from '../../actors/ports.ts';
import type { Cancel, Clock } from '../../core/clock.ts';
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

/** How long a batch may take, and how long an idle thread is kept, in real ms. */
const LIMITS = { answerMs: 1000, idleMs: 60_000 };

interface Waiting {
  readonly resolve: (scored: readonly Scored[]) => void;
  readonly reject: (error: Error) => void;
  readonly cancel: Cancel;
}

/**
 * A model on a thread of its own. A thread that dies or does not answer is
 * ended with all it was asked, and the next batch starts another.
 */
export function threadModel(
  head: Pick<LiveModel, 'id' | 'takes' | 'features'>,
  artefact: Artefact,
  clock: Clock,
): LiveModel {
  const thread = new ModelThread(artefact, clock);
  return { ...head, score: (inputs) => thread.score(inputs) };
}

class ModelThread {
  readonly #artefact: Artefact;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #idle: Cancel | undefined;
  #next = 0;

  constructor(artefact: Artefact, clock: Clock) {
    this.#artefact = artefact;
    this.#clock = clock;
  }

  score(inputs: readonly ModelInput[]): Promise<readonly Scored[]> {
    this.#idle?.();
    this.#next += 1;
    const id = this.#next;
    const worker = (this.#worker ??= this.#start());
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(LIMITS.answerMs, () => {
        this.#end(worker, 'it did not answer in time');
      });
      this.#waiting.set(id, { resolve, reject, cancel });
      worker.postMessage({ id, inputs } satisfies ThreadAsk);
    });
  }

  #start(): Worker {
    const worker = startWorker('app/models/model', this.#artefact);
    worker.unref();
    worker.on('message', (answer: ThreadAnswer) => {
      this.#take(answer);
    });
    worker.on('error', () => {
      this.#end(worker, 'it failed');
    });
    worker.on('exit', () => {
      this.#end(worker, 'it ended');
    });
    return worker;
  }

  #take(answer: ThreadAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    waiting.cancel();
    if ('scored' in answer) waiting.resolve(answer.scored);
    else waiting.reject(new Error('The model cannot score this.'));
    if (this.#waiting.size > 0) return;
    this.#idle = this.#clock.after(LIMITS.idleMs, () => {
      if (this.#worker !== undefined) this.#end(this.#worker, 'it is not needed');
    });
  }

  #end(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#idle?.();
    void worker.terminate();
    for (const { reject, cancel } of this.#waiting.values()) {
      cancel();
      reject(new Error(`The model's thread is gone: ${why}.`));
    }
    this.#waiting.clear();
  }
}
