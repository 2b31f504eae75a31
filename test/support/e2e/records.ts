import type { WireRecord } from '../../../src/model/wire-record.ts';

type Fields = Partial<WireRecord> & { readonly timestamp?: number };

/** A line of payment-service, an error unless told otherwise. */
export function line(fields: Fields = {}): Readonly<Record<string, unknown>> {
  return {
    timestamp: Date.now(),
    level: 'ERROR',
    service: 'payment-service',
    message: 'card declined',
    ...fields,
  };
}

/** `count` lines one millisecond apart, the newest now. */
export function lines(
  count: number,
  fields: Fields = {},
): readonly Readonly<Record<string, unknown>>[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, index) =>
    line({ timestamp: now - count + index, ...fields }),
  );
}

/** A vitals record. */
export function vitals(timestamp: number, heartRate: number): Readonly<Record<string, unknown>> {
  return { timestamp, heart_rate: heartRate, spo2: 97, steps: 3, battery: 80, worn: true };
}
