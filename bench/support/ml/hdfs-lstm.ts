import { systemClock } from '../../../src/core/clock.ts';
import { Random } from '../../../src/core/random.ts';
import { createSurpriseCalibrator } from '../../../src/ml/calibration/surprise.ts';
import type { Model } from '../../../src/ml/model.ts';
import { lstmNextEvent } from '../../../src/ml/neural/lstm-next-event.ts';
import { probeBackends } from '../../../src/ml/neural/probe-backends.ts';
import { createTrainer } from '../../../src/ml/neural/trainer.ts';
import { scoresOf } from '../../../src/ml/sequences/held-out.ts';
import { createLogSession } from '../../../src/ml/sequences/log-session.ts';
import type { Sequences } from '../../../src/ml/sequences/sequence-model.ts';
import { foundAt, pooled } from './hdfs-folds.ts';
import type { Fold, ScoredFold } from './hdfs-folds.ts';
import { rocAuc } from './measures.ts';
import type { MlFigure } from './part.ts';

/** Training may take so long, in ms, and so many passes: a third of the usual ones. */
const LIMIT_MS = 60_000;
const EPOCHS = 10;
/** Of the training sessions every so many calibrates, in place of held-out folds. */
const HELD = 5;
/** What a digit of the LSTM's surprise counts beside the ensemble's, as the order of events does. */
const WEIGHT = 0.5;

/**
 * The LSTM by itself on one fold, and what it adds to the ensemble. It is
 * trained once: four of five training sessions teach both, the fifth
 * calibrates both. `[]` when it takes too long.
 */
export async function lstmFigures(
  { train, test }: Fold,
  abnormal: Sequences,
  share: number,
): Promise<readonly MlFigure[]> {
  const taught = train.filter((_, index) => index % HELD !== 0);
  const held = train.filter((_, index) => index % HELD === 0);
  const started = performance.now();
  const lstm = await trained(taught);
  if (lstm === undefined) return [];
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const ensemble = createLogSession({});
  ensemble.fit(taught);
  const scoredBy = (model: Model<Sequences>): ScoredFold => ({
    calibrating: scoresOf(model, held),
    normal: scoresOf(model, test),
    abnormal: scoresOf(model, abnormal),
  });
  const [alone, without] = [scoredBy(lstm), scoredBy(ensemble)];
  const note = `one fold; ${taught.length} sessions teach, ${held.length} calibrate; trained in ${seconds} s`;
  return [
    ...figuresOf('LSTM alone, one fold', alone, { share, note }),
    ...figuresOf('without LSTM, the same fold', without, { share, note }),
    ...figuresOf('with LSTM, the same fold', together(without, alone), { share, note }),
  ];
}

async function trained(sessions: Sequences): Promise<Model<Sequences> | undefined> {
  const { chosen = 'cpu' } = await probeBackends({ clock: systemClock });
  const trainer = createTrainer({ backend: chosen, clock: systemClock });
  const signal = AbortSignal.timeout(LIMIT_MS);
  try {
    const random = new Random(1, 'hdfs');
    const options = { epochs: EPOCHS };
    return await lstmNextEvent.train(sessions, { trainer, random, signal, options });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    await trainer.close();
  }
}

/** The stronger of the two and a tenth of the LSTM's, as the ensemble does with its members. */
function together(ensemble: ScoredFold, lstm: ScoredFold): ScoredFold {
  const calibrator = createSurpriseCalibrator();
  calibrator.fit(lstm.calibrating);
  const join = (scores: Float64Array, raws: Float64Array): Float64Array =>
    scores.map((score, index) => {
      const surprise = WEIGHT * calibrator.surprise(raws[index] as number);
      return Math.max(score, surprise) + 0.1 * surprise;
    });
  return {
    calibrating: join(ensemble.calibrating, lstm.calibrating),
    normal: join(ensemble.normal, lstm.normal),
    abnormal: join(ensemble.abnormal, lstm.abnormal),
  };
}

function figuresOf(
  name: string,
  scored: ScoredFold,
  { share, note }: { readonly share: number; readonly note: string },
): readonly MlFigure[] {
  const labels = [...scored.normal.map(() => 0), ...scored.abnormal.map(() => 1)];
  const { f1 } = pooled([foundAt(scored, share)]);
  const auc = rocAuc([...scored.normal, ...scored.abnormal], labels);
  return [
    { measure: `F1, ${name}`, value: f1, role: 'ablation', note },
    { measure: `ROC AUC, ${name}`, value: auc, role: 'ablation' },
  ];
}
