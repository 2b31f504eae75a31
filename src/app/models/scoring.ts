import type { ModelInput } from '../../streams/detector.ts';
import { WINDOW_FEATURES } from '../../streams/detectors/feature-windows.ts';
import type { Scored } from '../../actors/ports.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import type { Contribution } from '../../model/journal-entry.ts';
import { restoreSurpriseCalibrator } from '../../ml/calibration/surprise.ts';
import type { SurpriseCalibrator } from '../../ml/calibration/surprise.ts';
import { expanded } from '../../ml/compress/compress.ts';
import { matrixOf } from '../../ml/matrix.ts';
import type { Matrix } from '../../ml/matrix.ts';
import type { Artefact } from '../../ml/registry/artefact.ts';
import { modelKind } from '../../ml/registry/model-kinds.ts';
import type { SequenceModel } from '../../ml/sequences/sequence-model.ts';
import { type Steps, atOnce } from '../../core/steps.ts';
import { Pace, STEP_UNITS } from '../../ml/sequences/pace.ts';
import type { ExplainableModel } from '../../ml/tabular/explain.ts';
import type { Model } from '../../ml/model.ts';

/** A restored model with its calibration, on this thread. */
export interface Scoring {
  readonly takes: 'vectors' | 'events';
  /** @throws MODEL_INPUT */
  score(inputs: readonly ModelInput[]): readonly Scored[];
  /** The same in parts of bounded work; vectors by so many rows, or in one where the rows before count. */
  scoring(inputs: readonly ModelInput[]): Steps<readonly Scored[]>;
}

/** Explained are rows that at most one in a hundred normal ones is as unusual as, and so many of a batch. */
const EXPLAINED = { from: 2, rows: 32, parts: 3 };
/** Rows scored in one part: at most about 3 ms with the slowest kinds. */
const ROWS_IN_PART = 32;
/** Units of work that explaining a row counts. */
const ROW_UNITS = 4096;

/**
 * @param explainedRows unusual rows of a batch that are explained; live ones must not hold up the fold
 * @throws MODEL_INVALID when a part is corrupt, of an unknown kind, or without calibration
 */
export function restoreScoring(
  { metadata, model, calibrator }: Artefact,
  explainedRows = EXPLAINED.rows,
): Scoring {
  if (calibrator === undefined) {
    throw new WatchkeeperError(
      'MODEL_INVALID',
      `The artefact of "${metadata.name}" has no calibration, so its scores mean nothing.`,
      { fix: 'Calibrate the model when it is trained.' },
    );
  }
  const calibration = restoreSurpriseCalibrator(expanded(calibrator));
  const whole = expanded(model);
  const known = modelKind(whole.kind);
  const scorer =
    known.takes === 'rows'
      ? ofVectors(known.kind.restore(whole), {
          columns: columnsOf(metadata),
          rowsInPart: known.isOrdered ? Infinity : ROWS_IN_PART,
        })
      : ofEvents(known.kind.restore(whole) as SequenceModel);
  const scoring = (inputs: readonly ModelInput[]): Steps<readonly Scored[]> =>
    scored(inputs, { scorer, calibration, explainedRows });
  return {
    takes: known.takes === 'rows' ? 'vectors' : 'events',
    scoring,
    score: (inputs) => atOnce(scoring(inputs)),
  };
}

interface Scorer {
  scores(inputs: readonly ModelInput[], pace: Pace): Steps<Float64Array>;
  explain(input: ModelInput, pace: Pace): Steps<readonly Contribution[]>;
}

interface Means {
  readonly scorer: Scorer;
  readonly calibration: SurpriseCalibrator;
  readonly explainedRows: number;
}

function* scored(
  inputs: readonly ModelInput[],
  { scorer, calibration, explainedRows }: Means,
): Steps<readonly Scored[]> {
  const pace = new Pace();
  const raws = yield* scorer.scores(inputs, pace);
  const results: Scored[] = [];
  let left = explainedRows;
  for (const [index, input] of inputs.entries()) {
    const raw = raws[index] ?? Number.NaN;
    const surprise = Number.isFinite(raw) ? calibration.surprise(raw) : Number.NaN;
    const isExplained = surprise >= EXPLAINED.from && left > 0;
    if (isExplained) left -= 1;
    const contributions = isExplained ? yield* scorer.explain(input, pace) : [];
    results.push({ raw, surprise, contributions });
  }
  return results;
}

interface VectorPlan {
  readonly columns: readonly string[];
  readonly rowsInPart: number;
}

function ofVectors(model: Model<Matrix>, { columns, rowsInPart }: VectorPlan): Scorer {
  return {
    *scores(inputs, pace) {
      const raws = new Float64Array(inputs.length);
      for (let from = 0; from < inputs.length; from += rowsInPart) {
        raws.set(model.score(matrixOf(inputs.slice(from, from + rowsInPart))), from);
        if (pace.spend(STEP_UNITS)) yield;
      }
      return raws;
    },
    *explain(input, pace) {
      if (pace.spend(ROW_UNITS)) yield;
      if (!isExplainable(model) || !(input instanceof Float64Array)) return [];
      const shares = model.explain(input);
      return Array.from(shares, (share, column) => ({
        name: columns[column] ?? `column ${column + 1}`,
        share,
      }))
        .sort((one, other) => other.share - one.share)
        .slice(0, EXPLAINED.parts);
    },
  };
}

function isExplainable(model: Model<Matrix>): model is ExplainableModel {
  return 'explain' in model && typeof model.explain === 'function';
}

function ofEvents(model: SequenceModel): Scorer {
  return {
    *scores(inputs, pace) {
      const raws = new Float64Array(inputs.length);
      for (const [index, input] of inputs.entries()) {
        raws[index] = yield* model.scoring(Uint32Array.from(input), pace);
      }
      return raws;
    },
    *explain(input, pace) {
      const session = Uint32Array.from(input);
      const reasons = yield* model.explaining(session, EXPLAINED.parts, pace);
      const total = reasons.reduce((sum, { surprise }) => sum + surprise, 0);
      return reasons.map(({ reason, event, other, surprise }) => ({
        name: [reason.replaceAll('_', ' '), event ?? 'end', other].filter(isGiven).join(' '),
        share: total > 0 ? surprise / total : 0,
      }));
    },
  };
}

function isGiven(part: string | number | undefined): part is string | number {
  return part !== undefined;
}

/** Names of a vector's columns, as the program's own feature set has them or the artefact says. */
function columnsOf({ features, parameters }: Artefact['metadata']): readonly string[] {
  const own = Object.values(WINDOW_FEATURES).find(({ set }) => set.hash === features?.hash);
  if (own !== undefined) return own.set.columns;
  const { columns } = parameters;
  return Array.isArray(columns) ? columns.map(String) : [];
}
