import { Random } from '../core/random.ts';
import type { WireRecord } from '../model/wire-record.ts';
import { faultTimes, isActive, type Fault } from './fault.ts';
import type { Line, ServicePersona } from './service-persona.ts';

/** Normal traffic is drawn second by second, so that it does not depend on how time is cut into calls. */
const SLOT_MS = 1_000;

export interface ServiceTraffic {
  readonly seed: number;
  /** Records per second on average. */
  readonly rate: number;
  readonly faults: readonly Fault[];
}

/** What a service logs in [from, to), oldest first: its normal lines and those of its faults. Pure. */
export function serviceRecords(
  persona: ServicePersona,
  traffic: ServiceTraffic,
  { from, to }: { readonly from: number; readonly to: number },
): readonly WireRecord[] {
  const records: WireRecord[] = [];
  const faults = traffic.faults.filter((fault) => fault.source === persona.service);
  for (let slot = Math.ceil(from / SLOT_MS) * SLOT_MS; slot < to; slot += SLOT_MS) {
    const isSilent = faults.some((fault) => fault.kind === 'silence' && isActive(fault, slot));
    if (!isSilent) records.push(...slotRecords(persona, traffic, slot));
  }
  for (const fault of faults) {
    for (const at of faultTimes(fault, from, to))
      records.push(faultRecord(fault, at, traffic.seed));
  }
  return records.sort((a, b) => a.timestamp - b.timestamp);
}

function slotRecords(persona: ServicePersona, traffic: ServiceTraffic, slot: number): WireRecord[] {
  const random = new Random(traffic.seed, `${persona.service}@${slot}`);
  return Array.from({ length: random.poisson(traffic.rate) }, () => {
    const timestamp = slot + random.integer(0, SLOT_MS - 1);
    return toRecord(persona.service, timestamp, { line: drawLine(persona, random), random });
  });
}

function drawLine(persona: ServicePersona, random: Random): Line {
  const total = persona.lines.reduce((sum, [weight]) => sum + weight, 0);
  let left = random.between(0, total);
  for (const [weight, line] of persona.lines) {
    left -= weight;
    if (left < 0) return line(random);
  }
  throw new RangeError(`Expected "${persona.service}" to have at least one kind of line.`);
}

function faultRecord(fault: Fault, at: number, seed: number): WireRecord {
  const random = new Random(seed, `${fault.id}@${at}`);
  return toRecord(fault.source, at, { line: faultLine(fault, random), random });
}

function faultLine(fault: Fault, random: Random): Line {
  switch (fault.kind) {
    case 'error_burst':
      return {
        level: 'ERROR',
        message: random.pick([
          'payment provider answered 502',
          'capture failed: ledger is read-only',
          'idempotency key reused with another amount',
        ]),
        error_code: random.pick(['PROVIDER_502', 'LEDGER_READ_ONLY', 'IDEMPOTENCY_CONFLICT']),
      };
    case 'slow_responses':
      return {
        level: 'WARNING',
        message: 'GET /v1/search 200',
        duration_ms: random.integer(5_200, 11_800),
        attributes: { route: '/v1/search', method: 'GET', status: 200 },
      };
    case 'account_attack':
      return {
        level: 'ERROR',
        message: `login refused from 203.0.113.${random.integer(1, 254)}`,
        user_id: fault.subject.slice('user:'.length),
        error_code: 'AUTH_FAILED',
      };
    case 'connection_failures':
      return {
        level: 'ERROR',
        message: `connection refused by replica-${random.integer(1, 3)}:5432`,
        error_code: 'DB_CONNECTION_FAILED',
      };
    case 'silence':
    case 'tachycardia':
    case 'stuck_sensor':
      return { level: 'INFO', message: fault.kind };
  }
}

function toRecord(
  service: string,
  timestamp: number,
  { line, random }: { readonly line: Line; readonly random: Random },
): WireRecord {
  const { level, message, ...rest } = line;
  const request = random.uint32().toString(16).padStart(8, '0');
  return { timestamp, level, service, message, request_id: `r-${request}`, ...rest };
}
