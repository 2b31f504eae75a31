import { createSurpriseCalibrator, restoreSurpriseCalibrator } from '../calibration/surprise.ts';
import type { SurpriseCalibrator } from '../calibration/surprise.ts';
import type { Matrix } from '../matrix.ts';

import type { ExplainableModel } from './explain.ts';
import { isolationForest } from './isolation-forest.ts';
import { pickRows, sampleRows } from './rows.ts';
import { sampledNeighbours } from './sampled-neighbours.ts';
import type { SampledNeighbours } from './sampled-neighbours.ts';
import type { StateReader } from './state-reader.ts';
import { tabularKind } from './tabular-kind.ts';
import { ExplainableTabularModel } from './tabular-model.ts';

export interface TabularEnsembleOptions {
  /** Trees of the isolation forest, 1 to 1,000. @default 100 */
  readonly trees: number;
  /** Samples of the neighbours' distance, 1 to 100. @default 8 */
  readonly groups: number;
  /** Rows of each sample, for a tree and for a group of neighbours, 2 to 4,096. @default 256 */
  readonly sampleSize: number;
  /** Rows of the fit whose scores calibrate the members, 10 to 100,000; drawn at random from more. @default 4000 */
  readonly calibrationRows: number;
}

/** A member and how usual its scores are. */
interface Calibrated<Member> {
  readonly model: Member;
  readonly calibrator: SurpriseCalibrator;
}

interface Fitted {
  readonly columns: number;
  readonly forest: Calibrated<ExplainableModel>;
  readonly neighbours: Calibrated<SampledNeighbours>;
}

/**
 * Isolation forest and sampled neighbours together: one looks at columns, the
 * other at distances over all of them. Each member's score becomes its surprise
 * (−log10 of its tail probability among the rows of the fit), and surprises are
 * added, as Fisher's method does for independent tests.
 *
 * Takes rows of any units, which may hold a few anomalies when it is fitted. A
 * score is a sum of two surprises, 0 to 32. `score` costs what its members
 * cost, about 80 µs a row of 10 columns; `fit` that for each calibration row,
 * about 0.4 s for 4,000, which belongs into a worker. `update` moves the neighbours' samples
 * and both calibrations on; the forest stays.
 */
export const tabularEnsemble = tabularKind<TabularEnsembleOptions, Fitted, ExplainableModel>(
  {
    kind: 'tabular_ensemble',
    doc: 'Isolation forest and sampled neighbours, their surprises added: what ships for rows of features; about 80 µs a row.',
    version: 1,
    defaults: { trees: 100, groups: 8, sampleSize: 256, calibrationRows: 4000 },
    limits: {
      trees: { min: 1, max: 1000, isWhole: true },
      groups: { min: 1, max: 100, isWhole: true },
      sampleSize: { min: 2, max: 4096, isWhole: true },
      calibrationRows: { min: 10, max: 100_000, isWhole: true },
    },
    state: fittedState,
    read: readFitted,
  },
  (parts) => new TabularEnsemble(parts),
);

/** As `tabularEnsemble.create`. */
export const createTabularEnsemble = tabularEnsemble.create;

class TabularEnsemble extends ExplainableTabularModel<TabularEnsembleOptions, Fitted> {
  protected weigh({ forest, neighbours }: Fitted): number {
    return forest.model.bytes + neighbours.model.bytes;
  }

  protected learn(samples: Matrix): Fitted {
    const { trees, groups, sampleSize, calibrationRows } = this.options;
    const { rows, columns } = samples;
    const known = sampleRows(rows, calibrationRows, this.random);
    const forest = isolationForest.create({ trees, sampleSize }, this.random);
    const neighbours = sampledNeighbours.create({ groups, sampleSize }, this.random);
    forest.fit(samples);
    return {
      columns,
      forest: { model: forest, calibrator: calibrated(forest.score(pickRows(samples, known))) },
      neighbours: {
        model: neighbours,
        calibrator: calibrated(neighbours.fitAndScore(samples, known)),
      },
    };
  }

  protected scoreRows(samples: Matrix, { forest, neighbours }: Fitted): Float64Array {
    const scores = surprises(forest, samples);
    const others = surprises(neighbours, samples);
    for (let row = 0; row < scores.length; row += 1) {
      scores[row] = (scores[row] as number) + (others[row] as number);
    }
    return scores;
  }

  protected override follow(samples: Matrix, { forest, neighbours }: Fitted): void {
    for (const { model, calibrator } of [forest, neighbours]) {
      for (const score of model.score(samples)) calibrator.update(score);
      model.update(samples);
    }
  }

  /** The members' shares, weighted by their surprise. */
  protected partsOf(row: Matrix, { columns, forest, neighbours }: Fitted): Float64Array {
    const parts = new Float64Array(columns);
    for (const member of [forest, neighbours]) {
      const surprise = surprises(member, row)[0] as number;
      const own = member.model.explain(row.values);
      for (let column = 0; column < columns; column += 1) {
        parts[column] = (parts[column] as number) + surprise * (own[column] as number);
      }
    }
    return parts;
  }
}

function calibrated(scores: Float64Array): SurpriseCalibrator {
  const calibrator = createSurpriseCalibrator();
  calibrator.fit(scores);
  return calibrator;
}

function surprises(
  { model, calibrator }: Calibrated<ExplainableModel>,
  samples: Matrix,
): Float64Array {
  return model.score(samples).map((score) => calibrator.surprise(score));
}

function fittedState({ columns, forest, neighbours }: Fitted): unknown {
  return {
    columns,
    forest: forest.model.snapshot(),
    forestTail: forest.calibrator.snapshot(),
    neighbours: neighbours.model.snapshot(),
    neighboursTail: neighbours.calibrator.snapshot(),
  };
}

function readFitted(reader: StateReader): Fitted {
  const columns = reader.number('columns', { min: 1, max: 4096, isWhole: true });
  const forest = {
    model: isolationForest.restore(reader.nested('forest')),
    calibrator: restoreSurpriseCalibrator(reader.nested('forestTail')),
  };
  const neighbours = {
    model: sampledNeighbours.restore(reader.nested('neighbours')),
    calibrator: restoreSurpriseCalibrator(reader.nested('neighboursTail')),
  };
  // Refused here, before a row is scored: a member that is unfitted or of another width.
  const probe = { rows: 1, columns, values: new Float64Array(columns) };
  try {
    forest.model.score(probe);
    neighbours.model.score(probe);
  } catch {
    throw reader.refusal('members', 'of different widths');
  }
  return { columns, forest, neighbours };
}
