import type { AutoencoderState } from './autoencoder-state.ts';
import { trainAutoencoder, type AutoencoderJob } from './autoencoder-training.ts';
import type { BackendName } from './backend.ts';
import type { TrainingHooks, TrainingProgress } from './descent.ts';
import type { LstmState } from './lstm-state.ts';
import { trainLstm, type LstmJob } from './lstm-training.ts';
import type { Tf } from './tf.ts';

/** Everything that a trainer can train. Plain data: it crosses to another thread or process. */
export type TrainingJob = AutoencoderJob | LstmJob;

/** What training gives, by the job's kind. */
export interface TrainingResults {
  readonly autoencoder: AutoencoderState;
  readonly lstm_next_event: LstmState;
}

export interface TrainingOrder {
  readonly id: number;
  readonly backend: BackendName;
  readonly job: TrainingJob;
}

/** From the worker. */
export type TrainingNews =
  | { readonly id: number; readonly progress: TrainingProgress }
  | {
      readonly id: number;
      readonly result: TrainingResults[TrainingJob['kind']];
      /** Memory the worker holds now, in bytes. */
      readonly bytes: number;
    }
  | { readonly id: number; readonly failed: string };

export function trainJob(
  tf: Tf,
  job: TrainingJob,
  hooks: TrainingHooks,
): Promise<TrainingResults[TrainingJob['kind']]> {
  if (job.kind === 'autoencoder') return trainAutoencoder(tf, job, hooks);
  return trainLstm(tf, job, hooks);
}

/** The memory of all typed arrays in plain data, for handing over instead of copying. */
export function buffersOf(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    return value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return [...new Set(Object.values(value).flatMap(buffersOf))];
}
