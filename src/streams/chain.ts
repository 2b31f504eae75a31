import { Subject } from 'rxjs';
import type { Observable, OperatorFunction } from 'rxjs';

import type { Detection, DetectorInput } from './detector.ts';

/** One step to take: a committed state and what happened. */
export interface Job<State> {
  readonly state: State;
  readonly input: DetectorInput;
}

/** The stream of a detector: turns each job into at most one detection, at once. */
export interface Pipeline<State> {
  (jobs: Observable<Job<State>>): Observable<Detection<State>>;
  /** What it does, stage by stage, for people; see {@link staged}. */
  readonly stages?: readonly string[];
}

/** The stages of a pipeline that names none. */
export const DEFAULT_STAGES: readonly string[] = Object.freeze(['Step']);

/** A pipeline of one named stage; the operator is made anew for each chain. */
export function staged<State>(
  name: string,
  operator: () => OperatorFunction<Job<State>, Detection<State>>,
): Pipeline<State> {
  return Object.assign((jobs: Observable<Job<State>>) => jobs.pipe(operator()), {
    stages: [name],
  });
}

/**
 * Runs jobs through one synchronous RxJS chain that serves all subjects of a
 * detector; state travels through it as a value. A throw ends an RxJS chain
 * for good, so it is rebuilt before the error is passed on. A job that the
 * pipeline filters out leaves its state as it was.
 */
export class Chain<State> {
  readonly #pipeline: Pipeline<State>;
  #jobs = new Subject<Job<State>>();
  #detection: Detection<State> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(pipeline: Pipeline<State>) {
    this.#pipeline = pipeline;
    this.#connect();
  }

  get stages(): readonly string[] {
    return this.#pipeline.stages ?? DEFAULT_STAGES;
  }

  run(job: Job<State>): Detection<State> {
    this.#detection = undefined;
    this.#jobs.next(job);
    const failure = this.#failure;
    if (failure !== undefined) {
      this.#connect();
      throw failure.error;
    }
    return this.#detection ?? { state: job.state, findings: [] };
  }

  #connect(): void {
    this.#failure = undefined;
    this.#jobs = new Subject();
    this.#pipeline(this.#jobs).subscribe({
      next: (detection) => {
        this.#detection = detection;
      },
      error: (error: unknown) => {
        this.#failure = { error };
      },
    });
  }
}
