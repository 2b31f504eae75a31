import { Random } from '../../../src/core/random.ts';
import { lstmNextEvent } from '../../../src/ml/neural/lstm-next-event.ts';
import type { Trainer } from '../../../src/ml/neural/trainer.ts';
import { readSessions, scaledF1 } from './hdfs.ts';
import { rocAuc } from './measures.ts';
import type { MlContext, MlFigure } from './part.ts';

/** Share of training sessions that may score above the threshold; fixed beforehand. */
const ALARM_SHARE = 0.005;
/** Abnormal sessions scored: every so many. */
const THINNED = 8;

/** What the LSTM finds by itself on one of five folds of the HDFS sessions. `[]` without them. */
export async function hdfsFigures(
  context: MlContext,
  trainer: Trainer,
): Promise<readonly MlFigure[]> {
  const normal = context.findTraining('hdfs/normal.txt');
  const abnormal = context.find('hdfs/abnormal.txt');
  if (normal === undefined || abnormal === undefined) return [];
  context.progress('throughput-neural: LSTM on hdfs');
  const random = new Random(1, 'hdfs');
  const drawn = readSessions(normal).map((session) => ({ session, place: random.unit() }));
  const sessions = drawn.sort((a, b) => a.place - b.place).map(({ session }) => session);
  const train = sessions.filter((_, at) => at % 5 !== 0);
  const test = sessions.filter((_, at) => at % 5 === 0);
  const odd = readSessions(abnormal).filter((_, at) => at % THINNED === 0);
  const started = performance.now();
  const model = await lstmNextEvent.train(train, { trainer, random });
  const seconds = (performance.now() - started) / 1000;
  const known = model.score(train).sort();
  const threshold = known[Math.floor((1 - ALARM_SHARE) * known.length)] as number;
  const [usual, unusual] = [model.score(test), model.score(odd)];
  const above = (scores: Float64Array): number => scores.filter((one) => one > threshold).length;
  const found = {
    alarmsOnNormal: above(usual),
    normal: usual.length,
    alarmsOnAbnormal: above(unusual) * THINNED,
    abnormal: unusual.length * THINNED,
  };
  const labels = [...usual.map(() => 0), ...unusual.map(() => 1)];
  const note = `${found.alarmsOnNormal} of ${usual.length} normal sessions above the ${1 - ALARM_SHARE} quantile of training; trained in ${seconds.toFixed(0)} s`;
  return [
    { measure: 'LSTM alone on hdfs, one fold: F1', value: scaledF1(found), role: 'ablation', note },
    {
      measure: 'LSTM alone on hdfs, one fold: ROC AUC',
      value: rocAuc([...usual, ...unusual], labels),
      role: 'ablation',
    },
  ];
}
