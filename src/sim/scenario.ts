import { Random } from '../core/random.ts';
import { detectorOf, type Fault, type FaultKind } from './fault.ts';

const MINUTE_MS = 60_000;

/** A fault by its place in time, in minutes from the start; it comes again each `everyMinutes` of its scenario. */
interface PlannedFault {
  readonly kind: FaultKind;
  readonly source: string;
  /** Defaults to `service:<source>`. */
  readonly subject?: string;
  readonly at: number;
  readonly minutes: number;
  readonly records?: number;
}

export interface Scenario {
  readonly name: string;
  /** One line for the help. */
  readonly about: string;
  readonly everyMinutes: number;
  readonly plan: readonly PlannedFault[];
}

const slow: PlannedFault = {
  kind: 'slow_responses',
  source: 'api-gateway',
  at: 2,
  minutes: 1,
  records: 6,
};
const refused: PlannedFault = {
  kind: 'connection_failures',
  source: 'database-service',
  at: 4,
  minutes: 1.5,
  records: 14,
};
const silence: PlannedFault = { kind: 'silence', source: 'database-service', at: 6, minutes: 13 };
const burst: PlannedFault = {
  kind: 'error_burst',
  source: 'payment-service',
  at: 7,
  minutes: 4,
  records: 150,
};
const attack: PlannedFault = {
  kind: 'account_attack',
  source: 'auth-service',
  subject: 'user:u-1138',
  at: 10,
  minutes: 8,
  records: 60,
};
const tachycardia: PlannedFault = {
  kind: 'tachycardia',
  source: 'watch-002',
  subject: 'device:watch-002',
  at: 12,
  minutes: 4,
};
const stuck: PlannedFault = {
  kind: 'stuck_sensor',
  source: 'watch-004',
  subject: 'device:watch-004',
  at: 14,
  minutes: 6,
};

const five = [slow, refused, silence, burst, attack];

/** What `--scenario` takes. The times of `demo` let each of the five detectors fire within 20 minutes of site time. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'normal', about: 'a quiet day: nothing should fire', everyMinutes: 60, plan: [] },
  {
    name: 'all',
    about: 'every fault, at the same minutes of each hour',
    everyMinutes: 60,
    plan: [...five, tachycardia, stuck],
  },
  {
    name: 'error-burst',
    about: 'payment-service: 150 errors in 4 minutes',
    everyMinutes: 60,
    plan: [burst],
  },
  {
    name: 'silence',
    about: 'database-service: no logs for 13 minutes',
    everyMinutes: 60,
    plan: [silence],
  },
  { name: 'slow', about: 'api-gateway: responses of 5 to 12 s', everyMinutes: 60, plan: [slow] },
  {
    name: 'attack',
    about: 'auth-service: 60 failed logins of one user',
    everyMinutes: 120,
    plan: [attack],
  },
  {
    name: 'database',
    about: 'database-service: 14 refused connections',
    everyMinutes: 60,
    plan: [refused],
  },
  {
    name: 'vitals',
    about: 'two watches: tachycardia, a stuck sensor',
    everyMinutes: 60,
    plan: [tachycardia, stuck],
  },
];

/** The faults of a scenario that touch [from, to), with their labels. Starts shift by up to 10 s with the seed. */
export function faultsOf(
  scenario: Scenario,
  origin: { readonly seed: number; readonly start: number },
  { from, to }: { readonly from: number; readonly to: number },
): readonly Fault[] {
  const cycleMs = scenario.everyMinutes * MINUTE_MS;
  const first = Math.max(0, Math.floor((from - origin.start) / cycleMs) - 1);
  const last = Math.floor((to - origin.start) / cycleMs);
  const faults: Fault[] = [];
  for (let cycle = first; cycle <= last; cycle += 1) {
    for (const planned of scenario.plan) {
      const fault = place(planned, cycle, { ...origin, cycleMs });
      if (fault.from < to && fault.to > from) faults.push(fault);
    }
  }
  return faults;
}

function place(
  planned: PlannedFault,
  cycle: number,
  origin: { readonly seed: number; readonly start: number; readonly cycleMs: number },
): Fault {
  const id = `${planned.kind}-${cycle + 1}`;
  const shift = new Random(origin.seed, `fault/${id}`).integer(0, 10_000);
  const from = origin.start + cycle * origin.cycleMs + planned.at * MINUTE_MS + shift;
  return {
    id,
    kind: planned.kind,
    detector: detectorOf(planned.kind),
    subject: planned.subject ?? `service:${planned.source}`,
    source: planned.source,
    from,
    to: from + planned.minutes * MINUTE_MS,
    records: planned.records ?? 0,
  };
}
