import type { FeatureSet } from '../../ml/features/feature-set.ts';
import {
  addServiceRecord,
  serviceFeatures,
  copyServiceWindow,
  emptyServiceWindow,
} from '../../ml/features/service.ts';
import {
  addUserRecord,
  userFeatures,
  copyUserWindow,
  emptyUserWindow,
} from '../../ml/features/user.ts';
import {
  addVitals,
  vitalsFeatures,
  copyVitalsWindow,
  emptyVitalsWindow,
} from '../../ml/features/vitals.ts';
import type { FeatureWindow } from '../../ml/features/window.ts';
import type { LogRecord } from '../../model/record.ts';
import type { SubjectKind } from '../../model/subject.ts';

/** A feature set of src/ml/features with the records that its windows are made of. */
export interface WindowFeatures {
  readonly subject: SubjectKind;
  readonly set: FeatureSet<FeatureWindow>;
  /** For each column the one that says it is missing, which for such a column is itself. */
  readonly flags: readonly (number | undefined)[];
  matches(record: LogRecord): boolean;
  empty(): FeatureWindow;
  copy(window: FeatureWindow): FeatureWindow;
  /** Adds a record. Changes `window`. */
  add(window: FeatureWindow, record: LogRecord): void;
}

/** By the name that the configuration gives. */
export const WINDOW_FEATURES: Readonly<Record<'service' | 'vitals' | 'user', WindowFeatures>> =
  Object.freeze({
    service: {
      subject: 'service',
      set: serviceFeatures,
      flags: flagsOf(serviceFeatures.columns),
      matches: () => true,
      empty: emptyServiceWindow,
      copy: copyServiceWindow,
      add: addServiceRecord,
    },
    vitals: {
      subject: 'device',
      set: vitalsFeatures,
      flags: flagsOf(vitalsFeatures.columns),
      matches: ({ vitals }) =>
        vitals?.heartRate !== undefined && vitals.worn !== false && vitals.charging !== true,
      empty: emptyVitalsWindow,
      copy: copyVitalsWindow,
      add: addVitals,
    },
    user: {
      subject: 'user',
      set: userFeatures,
      flags: flagsOf(userFeatures.columns),
      matches: () => true,
      empty: emptyUserWindow,
      copy: copyUserWindow,
      add: addUserRecord,
    },
  });

/** `spo2_missing` says so of `spo2_mean`, `spo2_least` and itself. */
function flagsOf(columns: readonly string[]): readonly (number | undefined)[] {
  const suffix = '_missing';
  const flags = columns.flatMap((name, at) =>
    name.endsWith(suffix) ? [{ at, prefix: name.slice(0, 1 - suffix.length) }] : [],
  );
  return columns.map((name) => flags.find(({ prefix }) => name.startsWith(prefix))?.at);
}
