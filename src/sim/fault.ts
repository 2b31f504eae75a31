/** What goes wrong on purpose, and which detector of the seed should say so (`undefined`: none of the five). */
export const FAULTS = Object.freeze({
  error_burst: { detector: 'error_spike' },
  silence: { detector: 'service_down' },
  slow_responses: { detector: 'slow_response' },
  account_attack: { detector: 'suspicious_user_activity' },
  connection_failures: { detector: 'database_connection_failure' },
  tachycardia: { detector: undefined },
  stuck_sensor: { detector: undefined },
} as const satisfies Readonly<Record<string, { readonly detector: string | undefined }>>);

export type FaultKind = keyof typeof FAULTS;

/** One labelled fault: ground truth for scoring detectors. Times in ms, [from, to). */
export interface Fault {
  /** `<kind>-<n>`. */
  readonly id: string;
  readonly kind: FaultKind;
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
