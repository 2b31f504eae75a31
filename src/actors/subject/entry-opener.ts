import { isWatchkeeperError, WatchkeeperError } from '../../core/errors.ts';
import { frameIdText } from '../../model/frame.ts';
import { ENTRY } from '../../model/journal-entry.ts';
import { subjectName, type SubjectId } from '../../model/subject.ts';
import type { DeadLetter } from '../../store/store.ts';
import type { DispatchedEntry } from '../messages.ts';
import type { DecodeContext, DecodedBatch, OpenSession, SealedSession } from '../ports.ts';
import type { SubjectContext } from './context.ts';
import type { SubjectDraft } from './subject-state.ts';
import { noteOnRecords, rejectedLetters } from './rejected-letters.ts';

type Fault = 'ordinal' | 'stage' | 'pointer' | 'reason' | 'clockOffsetMs' | 'ordinals';

/** A service that a watch's records are filed under when they name none. */
const WATCH_SERVICE = 'watch';

/**
 * Opens a subject's entries in its actor's turn: checks, unseals, decodes.
 * What cannot be opened goes to the dead letters, and the watch gets a note.
 */
export class EntryOpener {
  readonly #context: SubjectContext;
  readonly #subject: SubjectId;
  readonly #name: string;
  /** Derived keys of the session they belong to; dropped with the actor. */
  #keys: { readonly sealed: SealedSession; readonly open: OpenSession } | undefined;

  constructor(context: SubjectContext, subject: SubjectId) {
    this.#context = context;
    this.#subject = subject;
    this.#name = subjectName(subject);
  }

  /** The entry's records, if it has any and could be opened. Updates the draft's session. */
  open(entry: DispatchedEntry, draft: SubjectDraft): DecodedBatch | 'empty' | 'quarantined' {
    try {
      return this.#read(entry, draft);
    } catch (error) {
      if (!isWatchkeeperError(error)) throw error;
      this.#context.count('quarantined', entry.kind === ENTRY.hello ? 0 : 1);
      const fault = { ordinal: -1, stage: 'open', pointer: '', reason: error.code };
      this.#bury(entry, fault, entry.body);
      this.#note(entry, error.code);
      return 'quarantined';
    }
  }

  #read(entry: DispatchedEntry, draft: SubjectDraft): DecodedBatch | 'empty' {
    if (entry.kind === ENTRY.hello) {
      this.#hello(entry, draft);
      return 'empty';
    }
    if (entry.kind === ENTRY.group || entry.kind === ENTRY.deviceGroup) {
      const { payload, service } = this.#context.opener.openGroup(entry.body);
      return this.#decode(entry, payload, { service, clockOffsetMs: 0, deviceId: undefined });
    }
    if (entry.kind === ENTRY.imported) return this.#imported(entry);
    return this.#frame(entry, draft);
  }

  #imported(entry: DispatchedEntry): DecodedBatch {
    const { payload } = this.#context.opener.openGroup(entry.body);
    return this.#decode(entry, payload, {
      service: this.#name,
      clockOffsetMs: 0,
      deviceId: undefined,
      keepsTime: true,
    });
  }

  #hello(entry: DispatchedEntry, draft: SubjectDraft): void {
    const { opener, frames } = this.#context;
    const publicKey = this.#context.publicKey(this.#name);
    if (publicKey === undefined) return;
    const { epoch, keyId, enc } = opener.verifyHello(entry.body, this.#name, publicKey);
    // The entry's bytes are only lent; a session outlives them.
    const session = { epoch, keyId, enc: Uint8Array.from(enc) };
    const isNewEpoch = draft.session?.epoch !== session.epoch;
    draft.session = session;
    draft.clockOffsetMs = frames.clockOffset(entry.body, entry.observedAt);
    if (isNewEpoch) draft.seqs = [0, 0];
  }

  #frame(entry: DispatchedEntry, draft: SubjectDraft): DecodedBatch | 'empty' {
    const { opener, frames } = this.#context;
    const header = frames.readHeader(entry.body);
    const last = draft.seqs[header.lane];
    draft.seqs[header.lane] = header.seq;
    if (draft.session === undefined || header.epoch !== draft.session.epoch || header.seq <= last) {
      throw new WatchkeeperError(
        'EPOCH_INVALID',
        'The frame is of another session or was opened before.',
      );
    }
    const body = opener.open(this.#keysOf(draft.session), entry.body);
    if (header.kind === 'gap') {
      this.#context.count('droppedAtSource', frames.droppedRecords(body));
      return 'empty';
    }
    const { clockOffsetMs } = draft;
    return this.#decode(entry, body, {
      service: WATCH_SERVICE,
      clockOffsetMs,
      deviceId: this.#name,
    });
  }

  #decode(
    entry: DispatchedEntry,
    payload: Uint8Array,
    sender: Omit<DecodeContext, 'observedAt'>,
  ): DecodedBatch {
    const batch = this.#context.decoder.decode(payload, {
      ...sender,
      observedAt: entry.observedAt,
    });
    if (batch.clamped > 0) this.#context.count('clampedRecords', batch.clamped);
    const { rejected } = batch;
    const { clockOffsetMs } = sender;
    for (const { body, ...fault } of rejectedLetters(rejected, payload)) {
      this.#bury(entry, { ...fault, stage: 'validate', clockOffsetMs }, body);
    }
    if (rejected.length > 0) this.#note(entry, noteOnRecords(rejected));
    return batch;
  }

  #keysOf(sealed: SealedSession): OpenSession {
    if (this.#keys?.sealed !== sealed) {
      this.#keys = { sealed, open: this.#context.opener.session(this.#name, sealed) };
    }
    return this.#keys.open;
  }

  #bury(entry: DispatchedEntry, fault: Pick<DeadLetter, Fault>, body: Uint8Array): void {
    this.#context.deadLetter({
      id: `${entry.lsn}.${fault.ordinal}.${fault.stage}`,
      lsn: entry.lsn,
      subject: this.#subject,
      at: entry.observedAt,
      body: Uint8Array.from(body),
      ...fault,
    });
  }

  /** Tells the watch, once for a frame. */
  #note(entry: DispatchedEntry, reason: string): void {
    if (entry.kind !== ENTRY.frame) return;
    let frame: string;
    try {
      const { epoch, lane, seq } = this.#context.frames.readHeader(entry.body);
      frame = frameIdText({ device: this.#name, epoch, lane, seq });
    } catch {
      // Its header says nothing that a watch would know again.
      return;
    }
    this.#context.note(this.#name, frame, reason);
  }
}
