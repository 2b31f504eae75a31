import { WatchkeeperError } from '../../core/errors.ts';
import { asMatrix, type Matrix } from '../../ml/matrix.ts';
import type { LogRecord } from '../../model/record.ts';
import { isSubjectName, subjectId, type SubjectId, type SubjectKind } from '../../model/subject.ts';
import type { Detector } from '../../streams/detector.ts';
import { compileDetectors } from '../../streams/detector-set.ts';
import { WINDOW_FEATURES } from '../../streams/detectors/feature-windows.ts';
import { runDetector } from '../../streams/harness.ts';
import type { TemplateMiner } from '../../wire/templates/miner.ts';
import { createTemplateMiners } from '../../wire/templates/template-miners.ts';
import { logRecordOf } from './log-record.ts';
import type { NamedValues } from './named-values.ts';

export type FeaturesName = keyof typeof WINDOW_FEATURES;

export interface WindowOptions {
  readonly features: FeaturesName;
  readonly windowMs: number;
  /** Whether vectors are scaled by what is usual for their subject. */
  readonly scale: 'subject' | 'none';
}

export interface CollectedWindows {
  readonly matrix: Matrix;
  /** Records without a time or a subject. */
  readonly skipped: number;
}

const MAX_RECORDS = 2_000_000;

/**
 * Makes of records the vectors that a `model_score` detector with these options
 * would ask its model about: it runs that detector on each subject's records,
 * in order of time, and takes its questions.
 */
export class WindowCollector {
  readonly #options: WindowOptions;
  readonly #records: Heard[] = [];
  #skipped = 0;

  constructor(options: WindowOptions) {
    this.#options = options;
  }

  /** @throws TOO_LARGE above two million records */
  add(values: NamedValues): void {
    const record = logRecordOf(values);
    const name = record && nameOf(record, WINDOW_FEATURES[this.#options.features].subject);
    if (record === undefined || name === undefined || !isSubjectName(name)) {
      this.#skipped += 1;
      return;
    }
    this.#records.push({ name, record });
    if (this.#records.length > MAX_RECORDS) throw tooMany();
  }

  /** @throws MODEL_INPUT when no window is complete */
  finish(): CollectedWindows {
    const { subject: kind, set } = WINDOW_FEATURES[this.#options.features];
    const { windowMs } = this.#options;
    const detector = detectorOf(this.#options);
    const rows = [...bySubject(this.#records)].flatMap(([name, records]) =>
      questions(detector, { subject: subjectId(kind, name), records, windowMs }),
    );
    if (rows.length === 0) throw noWindows(this.#records.length);
    const values = new Float64Array(rows.length * set.columns.length);
    for (const [index, row] of rows.entries()) values.set(row, index * set.columns.length);
    return { matrix: asMatrix(values, set.columns.length), skipped: this.#skipped };
  }
}

function detectorOf({ features, windowMs, scale }: WindowOptions): Detector {
  const text = JSON.stringify({
    anomalies: [
      {
        ...{ id: 'training', type: 'model_score', severity: 'low', model: 'training' },
        ...{ features, window: windowMs, scale },
      },
    ],
  });
  const [detector] = compileDetectors(text, 'models train').detectors;
  if (detector === undefined) throw new Error('A detector that was just written is missing.');
  return detector;
}

interface Heard {
  /** Of the subject. */
  readonly name: string;
  readonly record: LogRecord;
}

interface History {
  readonly subject: SubjectId;
  readonly records: readonly LogRecord[];
  readonly windowMs: number;
}

function questions(
  detector: Detector,
  { subject, records, windowMs }: History,
): readonly Float64Array[] {
  const rows: Float64Array[] = [];
  const steps = records.map((record) => ({ at: record.timestamp, records: [record] }));
  // Late enough for the last window to be closed.
  const end = { at: (records.at(-1)?.timestamp ?? 0) + windowMs + 3_600_000 };
  runDetector(detector, [...steps, end], {
    subject,
    start: records[0]?.timestamp ?? 0,
    score: ({ input }) => {
      if (input instanceof Float64Array) rows.push(input);
      return { failure: 'missing' };
    },
  });
  return rows;
}

/**
 * Each subject's records in order of time, with the templates that the site
 * adds when it folds them: those of the watch or service they came from, so
 * that a user's window counts the same ones.
 */
function bySubject(heard: readonly Heard[]): ReadonlyMap<string, readonly LogRecord[]> {
  const tools = createTemplateMiners();
  const miners = new Map<string, TemplateMiner>();
  const subjects = new Map<string, LogRecord[]>();
  const inOrder = heard.toSorted((one, other) => one.record.timestamp - other.record.timestamp);
  for (const { name, record } of inOrder) {
    const kind = record.deviceId === undefined ? 'service' : 'device';
    const source = `${kind}:${record.deviceId ?? record.service}`;
    const miner = miners.get(source) ?? tools.open(kind, undefined);
    miners.set(source, miner);
    const known = subjects.get(name);
    if (known === undefined) subjects.set(name, [withTemplate(record, miner)]);
    else known.push(withTemplate(record, miner));
  }
  return subjects;
}

function withTemplate(record: LogRecord, miner: TemplateMiner): LogRecord {
  if (record.message === '') return record;
  const { id, isNew, rarity } = miner.tally(record.message);
  return { ...record, templateId: id, isNewTemplate: isNew, templateRarity: rarity };
}

function nameOf(record: LogRecord, kind: SubjectKind): string | undefined {
  if (kind === 'service') return record.service;
  return kind === 'device' ? record.deviceId : record.userId;
}

function noWindows(records: number): WatchkeeperError {
  return new WatchkeeperError(
    'MODEL_INPUT',
    `${records} records make no window that a detector would ask about.`,
    {
      fix: 'A subject is judged from its 25th window on: give a longer time, or a shorter --window.',
    },
  );
}

function tooMany(): WatchkeeperError {
  return new WatchkeeperError('TOO_LARGE', 'There are more than two million records.', {
    fix: 'Give a part of them with --filter, --from and --to.',
  });
}
