import { isError } from '../../model/level.ts';
import type { LogRecord, Vitals } from '../../model/record.ts';
import type { SubjectKind } from '../../model/subject.ts';

/** A number that records carry, or a count of them. */
export interface Metric {
  /** As in the configuration; also the key of its alerts. */
  readonly name: string;
  readonly unit: string;
  /** A count adds records up, and an interval without any is 0. */
  readonly isCount: boolean;
  readonly subjects: readonly SubjectKind[];
  /** What the record says of it; `undefined` when nothing. */
  read(record: LogRecord): number | undefined;
}

type VitalName = 'battery' | 'heartRate' | 'hrv' | 'spo2' | 'skinTemperature' | 'rssi';

const SERVICES_AND_WATCHES: readonly SubjectKind[] = ['service', 'device'];
const ATTRIBUTE = /^attributes\.(.{1,64})$/;
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?$/i;
const LONGEST_NUMBER = 32;
/** What sums and squares stay finite with. */
const LARGEST = 1e100;

const METRICS: ReadonlyMap<string, Metric> = new Map(
  [
    vital('battery', 'battery', '%'),
    vital('heart_rate', 'heartRate', 'bpm'),
    vital('hrv', 'hrv', 'ms'),
    vital('spo2', 'spo2', '%'),
    vital('skin_temperature', 'skinTemperature', '°C'),
    vital('rssi', 'rssi', 'dBm'),
    number('duration_ms', 'ms', ({ durationMs }) => durationMs),
    count('records', () => true),
    count('errors', ({ level }) => isError(level)),
  ].map((metric) => [metric.name, metric]),
);

/** The metrics that have names of their own. */
export const METRIC_NAMES: readonly string[] = [...METRICS.keys()];

/** The metric of a name, `attributes.<name>` included; `undefined` when there is none. */
export function metricOf(name: string): Metric | undefined {
  const attribute = ATTRIBUTE.exec(name)?.[1];
  if (attribute === undefined) return METRICS.get(name);
  return number(name, '', ({ attributes }) => numberOf(attributes?.[attribute]));
}

/** Of a watch's body nothing is known while it is not worn. */
function vital(name: string, key: VitalName, unit: string): Metric {
  const isOfWatch = key === 'battery' || key === 'rssi';
  const read = (vitals: Vitals | undefined): number | undefined =>
    isOfWatch || vitals?.worn !== false ? vitals?.[key] : undefined;
  const subjects = ['device'] as const;
  return { ...number(name, unit, (record) => read(record.vitals)), subjects };
}

function number(
  name: string,
  unit: string,
  value: (record: LogRecord) => number | undefined,
): Metric {
  return {
    name,
    unit,
    isCount: false,
    subjects: SERVICES_AND_WATCHES,
    read: (record) => bounded(value(record)),
  };
}

function count(name: string, counts: (record: LogRecord) => boolean): Metric {
  return {
    name,
    unit: name,
    isCount: true,
    subjects: SERVICES_AND_WATCHES,
    read: (record) => (counts(record) ? 1 : undefined),
  };
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > LONGEST_NUMBER) return undefined;
  return NUMBER.test(value) ? Number(value) : undefined;
}

function bounded(value: number | undefined): number | undefined {
  if (value === undefined || !Number.isFinite(value)) return undefined;
  return Math.max(-LARGEST, Math.min(LARGEST, value));
}
