import { Packr } from 'msgpackr';
import { WatchkeeperError } from '../../core/errors.ts';
import type { SubjectId } from '../../model/subject.ts';
import type { Detector } from '../../streams/detector.ts';
import type { TemplateMiners } from '../ports.ts';
import { hasPending, NO_PENDING, type PendingScores } from './pending-scores.ts';
import { initialSubject, type SubjectState } from './subject-state.ts';
import { TemplateBook, type TemplateCut } from './template-book.ts';

const VERSION = 1;
const packr = new Packr({ useRecords: false, moreTypes: true, structuredClone: false });

/**
 * Subject state ⇄ bytes of a snapshot part. Detector states pass through their own codecs.
 * @param templates the cut of the state's templates that belongs to it; what they are now when left out
 */
export function encodeSubject(
  state: SubjectState,
  detectors: readonly Detector[],
  templates: TemplateCut | undefined = state.templates?.cut(),
): Uint8Array {
  const detectorStates: Record<string, unknown> = {};
  for (const detector of detectors) {
    const own = state.detectors[detector.id];
    if (own !== undefined) {
      detectorStates[detector.id] = { version: detector.version, data: detector.snapshot(own) };
    }
  }
  return packr.pack({
    ...state,
    version: VERSION,
    detectors: detectorStates,
    templates: templates?.bytes(),
  });
}

interface StoredSubject extends Omit<SubjectState, 'detectors' | 'pending' | 'templates'> {
  /** Absent in what was stored before there were models. */
  readonly pending?: PendingScores;
  readonly version: number;
  readonly detectors: Readonly<Record<string, { version: number; data: unknown }>>;
  readonly templates?: Uint8Array;
}

/** What a stored state is read with. */
interface SubjectParts {
  readonly detectors: readonly Detector[];
  readonly miners: TemplateMiners;
}

/** A detector whose configuration no longer exists, or whose version changed, starts afresh. */
export function decodeSubject(
  bytes: Uint8Array,
  id: SubjectId,
  { detectors, miners }: SubjectParts,
): SubjectState {
  const stored = packr.unpack(bytes) as StoredSubject;
  if (stored.version !== VERSION || stored.id !== id) {
    throw new WatchkeeperError('STORE_CORRUPT', `The snapshot of ${id} holds something else.`);
  }
  const states: Record<string, unknown> = {};
  for (const detector of detectors) {
    const own = stored.detectors[detector.id];
    if (own?.version === detector.version) states[detector.id] = detector.restore(own.data, id);
  }
  const { version: _version, templates: book, ...rest } = stored;
  const templates = book && TemplateBook.restore(miners, id, Uint8Array.from(book));
  const pending =
    rest.pending !== undefined && hasPending(rest.pending) ? rest.pending : NO_PENDING;
  return { ...initialSubject(id), ...rest, pending, detectors: states, templates };
}
