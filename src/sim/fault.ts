/** What goes wrong on purpose, and which of the five detectors should say so. */
const DETECTOR = {
  error_burst: 'error_spike',
  silence: 'service_down',
  slow_responses: 'slow_response',
  account_attack: 'suspicious_user_activity',
  connection_failures: 'database_connection_failure',
  tachycardia: null,
  stuck_sensor: null,
} as const;

export type FaultKind = keyof typeof DETECTOR;

/** Type of the alert that a fault should lead to; `null` when none of the five looks for it. */
export function detectorOf(kind: FaultKind): string | null {
  return DETECTOR[kind];
}

/** One labelled fault: ground truth for scoring detectors. Times in ms, [from, to). */
export interface Fault {
  /** `<kind>-<n>`. */
  readonly id: string;
  readonly kind: FaultKind;
  /** Type of the alert it should lead to; `null` when there is none. */
  readonly detector: string | null;
  /** Whom the alert should be about, `kind:id`. */
  readonly subject: string;
  /** Which service or watch sends the signs of it. */
  readonly source: string;
  readonly from: number;
  readonly to: number;
  /** How many records carry it, evenly spread; 0 when it has none of its own. */
  readonly records: number;
}

/** Whether the fault is in force at `now`. */
export function isActive(fault: Fault, now: number): boolean {
  return now >= fault.from && now < fault.to;
}

/** Times in [from, to) at which the fault writes a record. The split of time into calls does not matter. */
export function faultTimes(fault: Fault, from: number, to: number): readonly number[] {
  const times: number[] = [];
  const spacing = (fault.to - fault.from) / fault.records;
  for (let index = 0; index < fault.records; index += 1) {
    const time = Math.floor(fault.from + (index + 0.5) * spacing);
    if (time >= from && time < to) times.push(time);
  }
  return times;
}
