import type { Vitals } from '../model/record.ts';
import type { StoredRecord } from './store.ts';

/** The vital signs of a stored record. */
export function recordVitals(record: StoredRecord): Vitals {
  return {
    heartRate: record.heart_rate,
    hrv: record.hrv,
    spo2: record.spo2,
    skinTemperature: record.skin_temperature,
    steps: record.steps,
    battery: record.battery,
    rssi: record.rssi,
    worn: record.worn,
    charging: record.charging,
  };
}
