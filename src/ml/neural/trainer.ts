import type { Cancel, Clock } from '../../core/clock.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import type { BackendName } from './backend.ts';
import type { TrainingProgress } from './descent.ts';
import type { TrainingJob, TrainingNews, TrainingResults } from './training-job.ts';
import { openSeat, type OpenSeat, type TrainingSeat } from './training-seat.ts';

export interface TrainerLimits {
  /** Longest that one job may take, in ms. @default 600000 */
  readonly jobMs: number;
  /** Jobs that may wait. @default 16 */
  readonly waiting: number;
  /** Jobs after which the thread is replaced. @default 16 */
  readonly jobsPerSeat: number;
  /** Memory of the thread after a job above which it is replaced, in bytes. @default 384 MiB */
  readonly seatBytes: number;
  /** How long an idle thread is kept, in ms. @default 30000 */
  readonly idleMs: number;
}

export interface TrainerOptions {
  /** As `probeBackends` chose it. */
  readonly backend: BackendName;
  readonly clock: Clock;
  readonly limits?: Partial<TrainerLimits>;
  /** @default a worker thread, or a process for native backends */
  readonly openSeat?: OpenSeat;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
}

/** Trains away from the calling thread, one job at a time. */
export interface Trainer {
  readonly backend: BackendName;
  /**
   * Trains; the job's arrays are handed over and empty afterwards.
   * @throws MODEL_FAILED when training failed, took too long, was cancelled or the trainer is closed;
   * OVERLOADED when too many jobs wait
   */
  run<Job extends TrainingJob>(
    job: Job,
    options?: RunOptions,
  ): Promise<TrainingResults[Job['kind']]>;
  /** Gives up what is under way. */
  close(): Promise<void>;
}

const LIMITS: TrainerLimits = {
  jobMs: 600_000,
  waiting: 16,
  jobsPerSeat: 16,
  seatBytes: 384 * 1_048_576,
  idleMs: 30_000,
};

export function createTrainer(options: TrainerOptions): Trainer {
  return new SeatedTrainer(options);
}

interface Task {
  readonly id: number;
  readonly job: TrainingJob;
  readonly options: RunOptions;
  readonly resolve: (result: TrainingResults[TrainingJob['kind']]) => void;
  readonly reject: (error: Error) => void;
}

class SeatedTrainer implements Trainer {
  readonly backend: BackendName;
  readonly #clock: Clock;
  readonly #limits: TrainerLimits;
  readonly #open: OpenSeat;
  readonly #waiting: Task[] = [];
  #current: Task | undefined;
  #seat: TrainingSeat | undefined;
  #jobsOfSeat = 0;
  #created = 0;
  #isClosed = false;
  #cancelTimer: Cancel = () => undefined;
  /** Seats on their way out, so that `close` can wait for them. */
  #ending: Promise<void> = Promise.resolve();

  constructor({ backend, clock, limits, openSeat: open = openSeat }: TrainerOptions) {
    this.backend = backend;
    this.#clock = clock;
    this.#limits = { ...LIMITS, ...limits };
    this.#open = open;
  }

  run<Job extends TrainingJob>(
    job: Job,
    options: RunOptions = {},
  ): Promise<TrainingResults[Job['kind']]> {
    const { signal } = options;
    if (this.#isClosed) return Promise.reject(failure('the trainer is closed'));
    if (signal?.aborted === true) return Promise.reject(failure('it was cancelled'));
    if (this.#waiting.length >= this.#limits.waiting) return Promise.reject(overloaded());
    this.#created += 1;
    const id = this.#created;
    const done = new Promise<TrainingResults[TrainingJob['kind']]>((resolve, reject) => {
      this.#waiting.push({ id, job, options, resolve, reject });
    });
    const cancel = (): void => {
      this.#cancel(id);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    this.#next();
    return done.finally(() => {
      signal?.removeEventListener('abort', cancel);
    }) as Promise<TrainingResults[Job['kind']]>;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const task of this.#waiting.splice(0)) task.reject(failure('the trainer is closed'));
    this.#giveUp('the trainer is closed');
    this.#endSeat();
    await this.#ending;
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const task = this.#waiting.shift();
    this.#cancelTimer();
    if (task === undefined) {
      this.#cancelTimer = this.#clock.after(this.#limits.idleMs, () => {
        this.#endSeat();
      });
      return;
    }
    this.#current = task;
    this.#cancelTimer = this.#clock.after(this.#limits.jobMs, () => {
      this.#giveUp(`it took longer than ${this.#limits.jobMs / 1000} s`);
    });
    try {
      this.#seat ??= this.#openSeat();
      this.#jobsOfSeat += 1;
      this.#seat.send({ id: task.id, backend: this.backend, job: task.job });
    } catch (error) {
      this.#giveUp(error instanceof Error ? error.message : 'no thread could be started');
    }
  }

  #openSeat(): TrainingSeat {
    const seat: TrainingSeat = this.#open(this.backend, {
      onNews: (news) => {
        if (seat === this.#seat) this.#hear(news);
      },
      onEnd: (why) => {
        if (seat !== this.#seat) return;
        this.#seat = undefined;
        this.#jobsOfSeat = 0;
        this.#giveUp(`its thread ended: ${why}`);
      },
    });
    return seat;
  }

  #hear(news: TrainingNews): void {
    const task = this.#current;
    if (task === undefined || news.id !== task.id) return;
    if ('progress' in news) {
      task.options.onProgress?.(news.progress);
      return;
    }
    this.#current = undefined;
    if ('failed' in news) {
      // Whatever state it left behind goes with the thread.
      this.#endSeat();
      task.reject(failure(news.failed));
    } else {
      const { jobsPerSeat, seatBytes } = this.#limits;
      if (this.#jobsOfSeat >= jobsPerSeat || news.bytes > seatBytes) this.#endSeat();
      task.resolve(news.result);
    }
    this.#next();
  }

  #cancel(id: number): void {
    const at = this.#waiting.findIndex((task) => task.id === id);
    if (at >= 0) this.#waiting.splice(at, 1)[0]?.reject(failure('it was cancelled'));
    else if (this.#current?.id === id) this.#giveUp('it was cancelled');
  }

  /** The job under way fails, and its thread ends: nothing else stops a computation. */
  #giveUp(why: string): void {
    const task = this.#current;
    if (task === undefined) return;
    this.#current = undefined;
    this.#endSeat();
    task.reject(failure(why));
    if (!this.#isClosed) this.#next();
  }

  #endSeat(): void {
    this.#cancelTimer();
    const seat = this.#seat;
    this.#seat = undefined;
    this.#jobsOfSeat = 0;
    if (seat === undefined) return;
    this.#ending = Promise.all([this.#ending, seat.end()]).then(() => undefined);
  }
}

function failure(why: string): WatchkeeperError {
  return new WatchkeeperError('MODEL_FAILED', `Training ended without a model: ${why}.`, {
    fix: 'Try again; "watchkeeper doctor" says whether the machine can train.',
  });
}

function overloaded(): WatchkeeperError {
  return new WatchkeeperError('OVERLOADED', 'Too many models wait to be trained.', {
    fix: 'Wait until one is done.',
  });
}
