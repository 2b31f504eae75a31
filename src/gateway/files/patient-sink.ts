import type { Clock } from '../../core/clock.ts';
import { isWatchkeeperError } from '../../core/errors.ts';
import type { RejectedRecord } from '../http/options.ts';
import type { RecordSink, Taken } from '../record-sink.ts';
import type { SourcePositions } from '../sources/positions.ts';
import type { SourceBatch, SourceSink } from './log-source.ts';

export interface PatientSinkOptions {
  /** Name of the input, for dead letters. */
  readonly input: string;
  readonly sink: RecordSink;
  readonly positions: SourcePositions;
  readonly clock: Clock;
  readonly onRejected: (record: RejectedRecord) => void;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

const FIRST_WAIT_MS = 50;
const MAX_WAIT_MS = 2_000;
const MAX_LETTER_BYTES = 65_536;

/** Takes batches of sources that can wait: while the site is busy they do. */
export function patientSink(options: PatientSinkOptions): SourceSink {
  return {
    position: (source) => options.positions.find(source),
    async take(batch) {
      const { rejected, observedAt } = await taken(batch, options);
      for (const { index, pointer, reason } of rejected) {
        const body = Buffer.from(JSON.stringify(batch.items[index]) ?? 'null');
        const letter = { index, pointer, reason, body: body.subarray(0, MAX_LETTER_BYTES) };
        options.onRejected({ ...letter, at: observedAt, token: `input:${options.input}` });
      }
    },
  };
}

async function taken(
  { items, span }: SourceBatch,
  { sink, clock, signal }: PatientSinkOptions,
): Promise<Taken> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, MAX_WAIT_MS)) {
    try {
      return await sink.take({ items, span });
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
