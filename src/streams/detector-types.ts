import type { DetectorType } from './define-detector.ts';
import { databaseConnectionFailure } from './detectors/database-connection-failure.ts';
import { ensemble } from './detectors/ensemble.ts';
import { errorSpike } from './detectors/error-spike.ts';
import { modelScore } from './detectors/model-score.ts';
import { serviceDown } from './detectors/service-down.ts';
import { sessionAnomaly } from './detectors/session-anomaly.ts';
import { slowResponse } from './detectors/slow-response.ts';
import { suspiciousUserActivity } from './detectors/suspicious-user-activity.ts';
import { timeToThreshold } from './detectors/time-to-threshold.ts';
import { vitalsContext } from './detectors/vitals-context.ts';

/** The types that come with the program. */
export const BUILT_IN_DETECTORS: readonly DetectorType[] = Object.freeze([
  errorSpike,
  serviceDown,
  slowResponse,
  suspiciousUserActivity,
  databaseConnectionFailure,
  modelScore,
  sessionAnomaly,
  vitalsContext,
  timeToThreshold,
  ensemble,
]);
