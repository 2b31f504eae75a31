import type { DetectorType } from './define-detector.ts';
import { databaseConnectionFailure } from './detectors/database-connection-failure.ts';
import { errorSpike } from './detectors/error-spike.ts';
import { serviceDown } from './detectors/service-down.ts';
import { slowResponse } from './detectors/slow-response.ts';
import { suspiciousUserActivity } from './detectors/suspicious-user-activity.ts';

/** The types that come with the program. */
export const BUILT_IN_DETECTORS: readonly DetectorType[] = Object.freeze([
  errorSpike,
  serviceDown,
  slowResponse,
  suspiciousUserActivity,
  databaseConnectionFailure,
]);
