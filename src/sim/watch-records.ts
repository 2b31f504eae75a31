import { Random } from '../core/random.ts';
import type { FrameClass } from '../model/frame.ts';
import type { WireRecord } from '../model/wire-record.ts';
import { isActive, type Fault } from './fault.ts';
import type { WatchSample } from './watch-model.ts';
import type { WatchProfile } from './watch-profile.ts';

/** A record and the class of the frame that should carry it. */
export interface ClassedRecord {
  readonly frameClass: FrameClass;
  readonly record: WireRecord;
}

const SERVICE = 'watch';
/** Beats per minute above which the watch itself raises an alarm when the wearer is still. */
const ALARM_RATE = 130;

/** What the watch sends for one sample: the vitals, now and then a line of its own log, and an alarm when it must. */
export function watchRecords(
  profile: WatchProfile,
  sample: WatchSample,
  { at, faults }: { readonly at: number; readonly faults: readonly Fault[] },
): readonly ClassedRecord[] {
  const random = new Random(profile.seed, `${profile.id}#${at}`);
  const active = faults.filter((fault) => fault.source === profile.id && isActive(fault, at));
  const vitals = vitalsRecord(profile, withFaults(sample, active, profile), at);
  const records: ClassedRecord[] = [{ frameClass: 1, record: vitals }];
  const line = deviceLine(sample, random);
  if (line !== undefined) records.push(logRecord(profile, line, at));
  const alarm = alarmOf(vitals, sample);
  if (alarm !== undefined) records.push(logRecord(profile, alarm, at));
  return records;
}

function vitalsRecord(profile: WatchProfile, sample: WatchSample, at: number): WireRecord {
  const { body } = sample;
  return {
    timestamp: at,
    level: 'INFO',
    service: SERVICE,
    message: 'vitals',
    device_id: profile.id,
    ...(body === undefined
      ? {}
      : {
          heart_rate: body.heartRate,
          hrv: body.hrv,
          spo2: body.spo2,
          skin_temperature: body.skinTemperature,
          steps: body.steps,
        }),
    battery: sample.battery,
    rssi: sample.rssi,
    worn: sample.worn,
    charging: sample.charging,
  };
}

function withFaults(
  sample: WatchSample,
  faults: readonly Fault[],
  profile: WatchProfile,
): WatchSample {
  if (sample.body === undefined) return sample;
  let { body } = sample;
  for (const { kind, from } of faults) {
    if (kind === 'tachycardia') {
      body = {
        ...body,
        heartRate: body.heartRate + 75,
        hrv: Math.max(4, body.hrv * 0.3),
        steps: 0,
      };
    }
    if (kind === 'stuck_sensor') {
      body = { ...body, heartRate: Math.round(profile.restingHeartRate) + (from % 7) };
    }
  }
  return { ...sample, body };
}

interface Line {
  readonly frameClass: FrameClass;
  readonly level: WireRecord['level'];
  readonly message: string;
}

const CHATTER: readonly ((random: Random) => Line)[] = [
  (r) => debug(`ble connection interval ${r.integer(15, 60)} ms`),
  (r) => debug(`heart sensor gain ${r.integer(1, 8)}, ambient light ${r.integer(0, 900)}`),
  (r) => info(`sync finished: ${r.integer(3, 90)} records in ${r.integer(80, 900)} ms`),
  (r) => info(`step counter checkpoint ${r.integer(100, 18_000)}`),
  (r) => info(`screen on for ${r.integer(2, 20)} s`),
  () => info('time set from phone'),
  (r) => ({
    frameClass: 1,
    level: 'WARNING',
    message: `gps fix lost after ${r.integer(4, 90)} s`,
  }),
];

function deviceLine(sample: WatchSample, random: Random): Line | undefined {
  if (sample.battery < 20 && !sample.charging && random.chance(0.05)) {
    return { frameClass: 1, level: 'WARNING', message: `battery low: ${sample.battery} %` };
  }
  return random.chance(0.25) ? random.pick(CHATTER)(random) : undefined;
}

function alarmOf(vitals: WireRecord, sample: WatchSample): Line | undefined {
  const rate = vitals.heart_rate ?? 0;
  const isStill = sample.activity === 'rest' || sample.activity === 'sleep';
  if (!isStill || rate < ALARM_RATE) return undefined;
  return { frameClass: 0, level: 'CRITICAL', message: `heart rate ${rate} while still` };
}

function logRecord(
  profile: WatchProfile,
  { frameClass, level, message }: Line,
  at: number,
): ClassedRecord {
  const record = { timestamp: at, level, service: SERVICE, message, device_id: profile.id };
  return { frameClass, record };
}

const debug = (message: string): Line => ({ frameClass: 3, level: 'DEBUG', message });
const info = (message: string): Line => ({ frameClass: 2, level: 'INFO', message });
