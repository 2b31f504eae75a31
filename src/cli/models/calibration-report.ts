import { isWatchkeeperError } from '../../core/errors.ts';
import type { SurpriseCalibrator } from '../../ml/calibration/surprise.ts';
import {
  LARGEST_SHARE,
  LARGEST_SHIFT,
  type Compression,
} from '../../ml/compress/compress-model.ts';
import type { Model } from '../../ml/model.ts';

/** What somebody who trained a model should know before it goes live. */
export interface TrainingWarning {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

export interface CalibrationFacts {
  /** Of the samples that calibrated. */
  readonly scores: Float64Array;
  /** False when the model learned from the same samples. */
  readonly isHeldOut: boolean;
  /** Highest surprise that any sample reaches. */
  readonly highest: number;
  /** Surprise that is to alarm. */
  readonly asked: number;
  readonly compression?: Compression | undefined;
}

/** Fewer different scores than this, and than a tenth of all, come in lumps. */
const LUMPS = 30;
/** From so many scores on the tail is fitted and goes beyond what was counted. */
const FITTED = 100;

/** Beyond every score. */
const LARGEST_SCORE = 1e300;

/** The highest surprise that the model gives to samples unlike any it has learned; that of any score where it takes none of them. */
export function highestSurprise<Samples>(
  model: Model<Samples>,
  calibrator: SurpriseCalibrator,
  far: readonly Samples[],
): number {
  let highest: number | undefined;
  for (const samples of far) {
    for (const score of scoresOf(model, samples)) {
      highest = Math.max(highest ?? 0, calibrator.surprise(score));
    }
  }
  return highest ?? calibrator.surprise(LARGEST_SCORE);
}

function scoresOf<Samples>(model: Model<Samples>, samples: Samples): Float64Array {
  try {
    return model.score(samples);
  } catch (error) {
    if (isWatchkeeperError(error, 'MODEL_INPUT')) return new Float64Array(0);
    throw error;
  }
}

export function distinctScores(scores: Float64Array): number {
  return new Set(scores).size;
}

/** What may disappoint, the worst first. */
export function warningsOf(facts: CalibrationFacts): readonly TrainingWarning[] {
  const { compression, scores } = facts;
  const warnings: TrainingWarning[] = [];
  if (facts.highest < facts.asked) warnings.push(outOfReach(facts));
  const distinct = distinctScores(scores);
  if (scores.length >= FITTED && distinct < LUMPS && distinct < scores.length / 10) {
    warnings.push({
      what: `The ${scores.length} scores that calibrated it have only ${distinct} different values.`,
      why: 'Between them its surprise jumps, so that a threshold gives fewer or more alarms than asked for.',
      fix: 'Look at the rate of false alarms with "models eval", or take a kind whose scores are finer.',
    });
  }
  if (!facts.isHeldOut) {
    warnings.push({
      what: 'It was calibrated on the samples that it learned from.',
      why: `There are fewer than ${FITTED}; new normal samples will look more unusual than they are.`,
      fix: `Train on ${FITTED} samples or more.`,
    });
  }
  if (compression !== undefined) warnings.push(...compressionWarnings(compression));
  return warnings;
}

function outOfReach({ highest, asked, scores }: CalibrationFacts): TrainingWarning {
  const isShort = scores.length < FITTED;
  return {
    what: `Its surprise reaches ${highest.toFixed(1)} at most, and ${asked.toFixed(1)} is asked for: it would never alarm.`,
    why: isShort
      ? `Only ${scores.length} scores calibrated it, and the rarest of n is no rarer than one in n + 1.`
      : 'Even samples unlike any that it learned score little above the usual ones.',
    fix: isShort
      ? `Train on ${5 * FITTED} samples or more, or ask for less: detectors take more alarms_per_week, this command a lower --threshold.`
      : 'Take another kind or more samples, or ask for less: detectors take more alarms_per_week, this command a lower --threshold.',
  };
}

function compressionWarnings({ shift, share }: Compression): readonly TrainingWarning[] {
  const fix = 'Compare it with "models eval" before it goes live, or train without --compress.';
  const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
  const moved: TrainingWarning = {
    what: `Compressing moved scores by ${percent(shift)} of the normal ones on average.`,
    why: `It is to be ${percent(LARGEST_SHIFT)} at most, and the model is small or finely tuned.`,
    fix,
  };
  const large: TrainingWarning = {
    what: `Compressed it is ${percent(share)} of its size.`,
    why: `It is to be ${percent(LARGEST_SHARE)} at most, and the model has few weights.`,
    fix,
  };
  return [...(shift > LARGEST_SHIFT ? [moved] : []), ...(share > LARGEST_SHARE ? [large] : [])];
}
