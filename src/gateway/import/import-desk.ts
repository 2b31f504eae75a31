import type { Clock } from '../../core/clock.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import { ENTRY } from '../../model/journal-entry.ts';
import type { LogRecord } from '../../model/record.ts';
import type { ImportPiece } from '../../wire/import-body.ts';
import type { RecordDecoder } from '../../wire/records/decode.ts';
import { toWireRecord } from '../../wire/records/encode.ts';
import { appendRecords } from '../../wire/records/append-records.ts';
import { encodeRecords } from '../../wire/records/intake.ts';
import { spanText, type SourceSpan } from '../../wire/source-position.ts';
import type { RecordRules } from '../record-rules.ts';
import type { Intake } from '../intake.ts';
import type { SourcePosition, SourcePositions } from '../sources/positions.ts';

export interface ImportDeskOptions {
  readonly clock: Clock;
  readonly intake: Pick<Intake, 'admit' | 'submit' | 'barrier'>;
  readonly groups: { seal(service: string, payload: Uint8Array): Uint8Array };
  readonly decoder: RecordDecoder;
  /** Takes out of records what may not be stored. */
  readonly redactor: RecordRules['redactor'];
  readonly positions: SourcePositions;
  /** Real ms after which a commit counts as stuck. */
  readonly durableMs: number;
}

export interface ImportRequest {
  readonly source: string;
  readonly from: number;
  readonly pieces: readonly ImportPiece[];
  /** The one service that the sender may post for. */
  readonly service: string | undefined;
}

/** A record that does not fit the schema, or that the sender may not post. */
export interface RejectedImport {
  /** Index in the request, counted over all pieces. */
  readonly index: number;
  readonly pointer: string;
  readonly reason: string;
  /** It is durable beside the accepted ones: who folds it makes it a dead letter. */
  readonly isKept: boolean;
  /** As received. */
  readonly body: Uint8Array;
}

export interface Imported {
  /** Where to go on: everything before is durable. */
  readonly next: number;
  readonly accepted: number;
  /** Pieces that had been taken in before. */
  readonly repeated: number;
  readonly rejected: readonly RejectedImport[];
}

/** How long a request waits for room before it is told to come again, and how often it looks. */
const PATIENCE_MS = 5_000;
const LOOK_MS = 10;

/**
 * Takes in records of the past, each stretch of a file once. Live records go
 * first: it takes room in the intake only while there is plenty.
 */
export class ImportDesk {
  readonly #options: ImportDeskOptions;

  constructor(options: ImportDeskOptions) {
    this.#options = options;
  }

  position(source: string): SourcePosition {
    return this.#options.positions.find(source) ?? { next: 0, check: '' };
  }

  /**
   * Answers when all that it says is durable; it may have stopped before the end of the request.
   * @throws WatchkeeperError CONFLICT when the source does not continue at `from`, RATE_LIMITED,
   *   TOO_LARGE, PAYLOAD_INVALID, BAD_REQUEST, OVERLOADED, JOURNAL_FULL, JOURNAL_FAILED; pieces before the one
   *   that failed may have been taken in
   */
  async take(request: ImportRequest): Promise<Imported> {
    const tally = { next: request.from, accepted: 0, repeated: 0, records: 0 };
    const rejected: RejectedImport[] = [];
    for (const piece of request.pieces) {
      const { source } = request;
      const span = { source, from: tally.next, to: piece.to, check: piece.check };
      // Not only before it waits: somebody else may send the same file.
      if (!(await this.#hasRoom())) {
        if (tally.next === request.from) throw busy();
        break;
      }
      if (this.#isNew(span)) {
        const read = this.#read(piece.payload, request.service, tally.records);
        this.#submit(span, read.payload);
        tally.accepted += read.accepted;
        tally.records += read.accepted + read.rejected.length;
        rejected.push(...read.rejected);
      } else tally.repeated += 1;
      tally.next = piece.to;
    }
    await this.#durable();
    return { next: tally.next, accepted: tally.accepted, repeated: tally.repeated, rejected };
  }

  #isNew(span: SourceSpan): boolean {
    const judged = this.#options.positions.judge(span, false);
    if (judged !== 'conflict') return judged === 'new';
    throw new WatchkeeperError('CONFLICT', 'The source does not continue at this position.', {
      fix: 'Ask for its position with GET /v1/import and go on there.',
    });
  }

  async #hasRoom(): Promise<boolean> {
    const { clock, intake } = this.#options;
    for (let waited = 0; intake.admit(3) !== 'accept'; waited += LOOK_MS) {
      if (waited >= PATIENCE_MS) return false;
      await new Promise<void>((resolve) => {
        clock.after(LOOK_MS, resolve);
      });
    }
    return true;
  }

  #read(
    payload: Uint8Array,
    service: string | undefined,
    offset: number,
  ): { payload: Uint8Array; accepted: number; rejected: RejectedImport[] } {
    const { clock, decoder, redactor } = this.#options;
    const context = { observedAt: clock.now(), clockOffsetMs: 0, service, deviceId: undefined };
    const batch = decoder.decode(payload, { ...context, keepsTime: true });
    const rejected: RejectedImport[] = batch.rejected.map(({ ordinal, ...problem }) => ({
      ...problem,
      index: offset + ordinal,
      // Of which service it would be cannot be known, so only who may post for all may leave it here.
      isKept: service === undefined,
    }));
    const kept: LogRecord[] = [];
    let isAsIs = rejected.length === 0;
    for (const record of batch.records) {
      if (service !== undefined && record.service !== service) {
        rejected.push(refusal(record, offset));
        isAsIs = false;
        continue;
      }
      const redacted = redactor?.record(record) ?? record;
      const isFlagged = redacted.attributes?.['backfill'] === true;
      if (redacted !== record || !isFlagged) isAsIs = false;
      kept.push(isFlagged ? redacted : flagged(redacted));
    }
    const letters = rejected.filter(({ isKept }) => isKept).map(({ body }) => body);
    return {
      payload: isAsIs
        ? batch.payload
        : appendRecords(encodeRecords(kept.map(toWireRecord)), letters),
      accepted: kept.length,
      rejected,
    };
  }

  #submit(span: SourceSpan, payload: Uint8Array): void {
    const { clock, groups, intake, positions } = this.#options;
    const body = groups.seal(spanText(span), payload);
    const entry = { kind: ENTRY.imported, subject: '', observedAt: clock.now(), body };
    intake.submit(entry, () => {
      positions.settle(span);
    });
    positions.claim(span);
  }

  #durable(): Promise<void> {
    const { clock, durableMs, intake } = this.#options;
    return new Promise((resolve, reject) => {
      const cancel = clock.after(durableMs, () => {
        reject(new WatchkeeperError('OVERLOADED', 'The journal did not confirm in time.', AGAIN));
      });
      intake.barrier((isDurable) => {
        cancel();
        if (isDurable) resolve();
        else reject(new WatchkeeperError('JOURNAL_FAILED', 'The journal failed.', AGAIN));
      });
    });
  }
}

const AGAIN = { fix: 'Send the same body again: what was taken in is not taken in twice.' };

function busy(): WatchkeeperError {
  return new WatchkeeperError('RATE_LIMITED', 'The site is busy with live records.', {
    fix: 'Send the same body again after the time in Retry-After.',
  });
}

function refusal(record: LogRecord, index: number): RejectedImport {
  const body = encodeRecords([toWireRecord(record)]);
  const reason = 'The token may not post for this service.';
  return { index, pointer: '/service', reason, body, isKept: false };
}

function flagged(record: LogRecord): LogRecord {
  return { ...record, attributes: { ...record.attributes, backfill: true } };
}
