import type { Clock } from '../../core/clock.ts';
import { isWatchkeeperError } from '../../core/errors.ts';
import type { RecordSink, Taken } from '../record-sink.ts';
import type { SourcePositions } from '../sources/positions.ts';
import type { SourceBatch, SourceSink } from './log-source.ts';

export interface PatientSinkOptions {
  /** Name of the input, and the service of refused records that name none. */
  readonly input: string;
  readonly sink: RecordSink;
  readonly positions: SourcePositions;
  readonly clock: Clock;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

const FIRST_WAIT_MS = 50;
const MAX_WAIT_MS = 2_000;

/** Takes batches of sources that can wait: while the site is busy they do. */
export function patientSink(options: PatientSinkOptions): SourceSink {
  return {
    position: (source) => options.positions.find(source),
    async take(batch) {
      await taken(batch, options);
    },
  };
}

async function taken(
  { items, span }: SourceBatch,
  { sink, clock, signal, input }: PatientSinkOptions,
): Promise<Taken> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, MAX_WAIT_MS)) {
    try {
      return await sink.take({ items, span, keepsRefused: input });
    } catch (error) {
      const isBusy =
        isWatchkeeperError(error, 'RATE_LIMITED') || isWatchkeeperError(error, 'JOURNAL_FULL');
      if (!isBusy || signal.aborted) throw error;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(wait, resolve);
        signal.addEventListener('abort', () => (cancel(), resolve()), { once: true });
      });
    }
  }
}
