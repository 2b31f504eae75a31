import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { WatchkeeperError } from '../core/errors.ts';
import { noTracer, type Tracer } from '../core/trace.ts';
import { ENTRY, type NewEntry } from '../model/journal-entry.ts';
import {
  readRecords,
  readRecordsInTurns,
  type ReadOptions,
  type ReadRecords,
} from '../wire/records/intake.ts';
import { spanText, type SourceSpan } from '../wire/source-position.ts';
import type { Intake } from './intake.ts';
import type { RecordRules } from './record-rules.ts';
import { refusedGroups } from './refused-records.ts';
import { sealerAt, type SourcePositions } from './sources/positions.ts';

/** Records on their way in, as an input has read them. */
export interface Batch {
  /** Maps with the names of the log schema; anything else is rejected by its index. */
  readonly items: readonly unknown[];
  /** The one service that the sender may post for: fills in, and refuses records of any other. */
  readonly service?: string | undefined;
  /** The stretch of a source that it is, for sources that can be read again: it is taken in once. */
  readonly span?: SourceSpan | undefined;
  /**
   * Makes refused records durable too, under this service where they name none:
   * for senders that cannot be told which they are.
   */
  readonly keepsRefused?: string | undefined;
  /** Monotonic ms at which it came in, for traces. */
  readonly receivedAt?: number;
  /**
   * Called when all of it is in the journal and not durable yet, with the bytes it takes there:
   * what is taken after that comes behind it. Not called when nothing of it goes there.
   */
  readonly onAppended?: (bytes: number) => void;
}

/** What became of a batch. All that was accepted is durable. */
export interface Taken extends Pick<ReadRecords, 'accepted' | 'rejected' | 'clamped'> {
  /** Site-clock ms at which the site took it in. */
  readonly observedAt: number;
}

/** The one way of service records into the journal, whatever input they come by. */
export interface RecordSink {
  /**
   * Checks records against the schema, groups and seals them by service, and
   * resolves when all that was accepted is durable. Nothing was taken when it
   * throws RATE_LIMITED, TOO_LARGE or JOURNAL_FULL: the sender is to come
   * again, or the input to wait for {@link Intake.onRelief}.
   * @throws WatchkeeperError RATE_LIMITED | TOO_LARGE | JOURNAL_FULL | JOURNAL_FAILED | JOURNAL_CLOSED | OVERLOADED
   */
  take(batch: Batch): Promise<Taken>;
}

export interface RecordSinkOptions {
  readonly clock: Clock;
  readonly intake: Pick<Intake, 'admit' | 'submit' | 'barrier'>;
  /** Seals a service's records to the site's key. */
  readonly groups: { seal(service: string, payload: Uint8Array): Uint8Array };
  readonly records: RecordRules;
  /** For batches of a span. */
  readonly spans?: {
    readonly positions: SourcePositions;
    readonly intake: Pick<Intake, 'submitTogether'>;
    /** A sealer of its own, under this name. */
    readonly sealer: (name: string) => RecordSinkOptions['groups'];
  };
  readonly tracer?: Tracer | undefined;
  /** Real ms after which a commit counts as stuck. */
  readonly durableMs: number;
}

export function createRecordSink(options: RecordSinkOptions): RecordSink {
  return {
    async take({ items, service, receivedAt, span, keepsRefused, onAppended }) {
      const observedAt = options.clock.now();
      if (span !== undefined && !isNew(span, options)) {
        await durable(options);
        return { accepted: 0, rejected: [], clamped: 0, observedAt };
      }
      const rules: ReadOptions = {
        observedAt,
        ...options.records,
        ...(service === undefined ? {} : { service }),
      };
      // Between a stretch's being judged and being claimed no other may come.
      const read =
        span === undefined
          ? await readRecordsInTurns(items, rules, turn)
          : readRecords(items, rules);
      const refused =
        keepsRefused === undefined
          ? []
          : refusedGroups(items, read.rejected, { read: rules, fallback: keepsRefused });
      const groups = [...read.groups, ...refused];
      if (groups.length > 0) {
        const bytes = submit(groups, { options, observedAt, receivedAt, span });
        onAppended?.(bytes);
        await durable(options);
      } else if (span !== undefined) options.spans?.positions.settle(span);
      const { accepted, rejected, clamped } = read;
      return { accepted, rejected, clamped, observedAt };
    },
  };
}

interface Submitting {
  readonly options: RecordSinkOptions;
  readonly observedAt: number;
  readonly receivedAt: number | undefined;
  readonly span: SourceSpan | undefined;
}

function isNew(span: SourceSpan, { spans }: RecordSinkOptions): boolean {
  const judged = spans?.positions.judge(span, true) ?? 'new';
  if (judged !== 'conflict') return judged === 'new';
  throw new WatchkeeperError('CONFLICT', 'Another stretch of this source was taken in before.');
}

/** Returns the bytes that were appended. */
function submit(
  groups: ReadRecords['groups'],
  { options, observedAt, receivedAt, span }: Submitting,
): number {
  const { intake, clock, tracer = noTracer } = options;
  const isUrgent = groups.some(({ urgent }) => urgent);
  // A sender that can be told to come back is never shed: nothing is lost that way.
  if (intake.admit(isUrgent ? 1 : 2) !== 'accept') {
    throw new WatchkeeperError('RATE_LIMITED', 'The site is busy and takes no more records now.', {
      fix: 'Send the same body again after the time in Retry-After.',
    });
  }
  const name = span && sealerAt(spanText(span), groups.length);
  const sealer = name === undefined ? options.groups : options.spans?.sealer(name);
  const entries = groups.map(({ service, payload }): NewEntry => ({
    kind: ENTRY.group,
    subject: service,
    observedAt,
    body: (sealer ?? options.groups).seal(service, payload),
  }));
  const { spans } = options;
  const lsns =
    span === undefined || spans === undefined
      ? entries.map((entry) => intake.submit(entry))
      : together(entries, span, spans);
  for (const lsn of tracer.isOn ? lsns : []) {
    const end = clock.monotonic();
    const trace = `lsn:${lsn}`;
    tracer.record({ name: 'gateway.receive', trace, start: receivedAt ?? end, end });
  }
  return entries.reduce((sum, { body }) => sum + body.length, 0);
}

/** Appends the entries of a stretch: one that was half durable would be taken again whole. */
function together(
  entries: readonly NewEntry[],
  span: SourceSpan,
  { intake, positions }: NonNullable<RecordSinkOptions['spans']>,
): readonly number[] {
  const first = intake.submitTogether(entries, () => {
    positions.settle(span);
  });
  positions.claim(span);
  return entries.map((_, index) => first + index);
}

function durable({ intake, clock, durableMs }: RecordSinkOptions): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const cancel = clock.after(durableMs, () => {
      reject(new WatchkeeperError('OVERLOADED', 'The journal did not confirm in time.', RETRY));
    });
    intake.barrier((isDurable) => {
      cancel();
      if (isDurable) resolve();
      else reject(new WatchkeeperError('JOURNAL_FAILED', 'The journal failed.', RETRY));
    });
  });
}

const RETRY = {
  fix: 'Send the same body again; records may then be stored twice, as it is not known whether they are durable.',
};
