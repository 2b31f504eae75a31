import { WatchkeeperError } from '../../core/errors.ts';
import { restoreSurpriseCalibrator } from '../../ml/calibration/surprise.ts';
import { expanded } from '../../ml/compress/compress.ts';
import { averagePrecision, f1At, rocAuc } from '../../ml/measures.ts';
import type { Artefact } from '../../ml/registry/artefact.ts';
import { modelKind } from '../../ml/registry/model-kinds.ts';
import { RowCollector } from './labelled-rows.ts';
import { readNamedValues } from './named-values.ts';
import { SessionCollector } from './session-collector.ts';
import { rowBatches, scoreAll } from './train-model.ts';

export interface EvaluationOptions {
  readonly files: readonly string[];
  readonly label: string;
  /** Surprise from which on a sample is an alarm. */
  readonly threshold: number;
  readonly as?: string;
  readonly reference: number;
  readonly onRead: (bytes: number) => void;
}

/** How a version judges labelled samples. */
export interface Evaluation {
  readonly samples: number;
  readonly anomalies: number;
  readonly skipped: number;
  readonly rocAuc: number;
  readonly averagePrecision: number;
  readonly threshold: number;
  /** At the threshold. */
  readonly f1: number;
  /** Share of the anomalies at or above the threshold. */
  readonly recall: number;
  /** Share of the normal samples at or above the threshold. */
  readonly falseAlarmRate: number;
}

/**
 * Scores labelled samples as the site would.
 * @throws MODEL_INPUT when columns are missing or only one kind of sample is there; MODEL_INVALID
 */
export async function evaluate(
  artefact: Artefact,
  options: EvaluationOptions,
): Promise<Evaluation> {
  if (artefact.calibrator === undefined) {
    throw new WatchkeeperError('MODEL_INVALID', 'The artefact has no calibration.');
  }
  const { scores, labels, skipped } = await scored(artefact, options);
  const calibrator = restoreSurpriseCalibrator(expanded(artefact.calibrator));
  const surprises = scores.map((score) => calibrator.surprise(score));
  const { threshold } = options;
  const anomalies = labels.reduce((sum, label) => sum + label, 0);
  const normal = labels.length - anomalies;
  if (anomalies === 0 || normal === 0) throw oneKind(options.label);
  const alarms = (kind: number): number =>
    surprises.reduce(
      (sum, each, index) => sum + Number(labels[index] === kind && each >= threshold),
      0,
    );
  return {
    ...{ samples: labels.length, anomalies, skipped, threshold },
    rocAuc: rocAuc(scores, labels),
    averagePrecision: averagePrecision(scores, labels),
    f1: f1At(surprises, labels, threshold),
    recall: alarms(1) / anomalies,
    falseAlarmRate: alarms(0) / normal,
  };
}

interface Scored {
  readonly scores: Float64Array;
  readonly labels: Uint8Array;
  readonly skipped: number;
}

async function scored({ metadata, model }: Artefact, options: EvaluationOptions): Promise<Scored> {
  const known = modelKind(metadata.kind);
  const { label } = options;
  const { columns, session, event } = metadata.parameters as Readonly<Record<string, unknown>>;
  if (known.takes === 'rows') {
    const named = Array.isArray(columns) ? { columns: columns as readonly string[] } : {};
    const rows = new RowCollector({ label, ...named });
    await collect(rows, options);
    const { matrix, labels, skipped } = rows.finish();
    const restored = known.kind.restore(expanded(model));
    return { scores: scoreAll(restored, rowBatches(matrix), () => undefined), labels, skipped };
  }
  const collector = new SessionCollector({
    session: String(session ?? 'request_id'),
    label,
    ...(event === undefined || event === 'template' ? {} : { event: String(event) }),
  });
  await collect(collector, options);
  const { sessions, labels, skipped } = collector.finish();
  return { scores: known.kind.restore(expanded(model)).score(sessions), labels, skipped };
}

async function collect(
  collector: RowCollector | SessionCollector,
  { files, onRead, reference, as }: EvaluationOptions,
): Promise<void> {
  const options = { onRead, reference, ...(as === undefined ? {} : { as }) };
  for (const file of files) {
    for await (const values of readNamedValues(file, options)) collector.add(values);
  }
}

function oneKind(label: string): WatchkeeperError {
  return new WatchkeeperError('MODEL_INPUT', `"${label}" tells no anomalies from normal samples.`, {
    fix: 'Name the column that is 1 for an anomaly and 0 for what is normal with --label.',
  });
}
