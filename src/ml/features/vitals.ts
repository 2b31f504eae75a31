import type { LogRecord } from '../../model/record.ts';
import { defineFeatureSet } from './feature-set.ts';
import type { FeatureSet } from './feature-set.ts';
import { addReading, MOMENTS, momentsOf } from './moments.ts';
import { withoutMinus, zeros, type FeatureWindow } from './window.ts';

/** A stretch of one watch's vitals: bounded plain data, 900 bytes. */
export interface VitalsWindow extends FeatureWindow {
  readonly heartRate: number[];
  readonly hrv: number[];
  readonly spo2: number[];
  readonly skinTemperature: number[];
  readonly battery: number[];
  readonly steps: number[];
  readonly intensity: number[];
  /** Records, readings with `worn` known, worn, with `charging` known, charging; newest heart rate, and how many in a row were it. */
  readonly counts: number[];
  /** Newest and oldest event time in ms. */
  readonly times: number[];
}

const COUNT = {
  records: 0,
  wornKnown: 1,
  worn: 2,
  chargingKnown: 3,
  charging: 4,
  held: 5,
  run: 6,
  longest: 7,
};
const CHANNELS = [
  'heartRate',
  'hrv',
  'spo2',
  'skinTemperature',
  'battery',
  'steps',
  'intensity',
] as const;

export function emptyVitalsWindow(): VitalsWindow {
  return {
    heartRate: zeros(MOMENTS),
    hrv: zeros(MOMENTS),
    spo2: zeros(MOMENTS),
    skinTemperature: zeros(MOMENTS),
    battery: zeros(MOMENTS),
    steps: zeros(MOMENTS),
    intensity: zeros(MOMENTS),
    counts: zeros(8),
    times: zeros(2),
  };
}

export function copyVitalsWindow(window: VitalsWindow): VitalsWindow {
  return {
    heartRate: window.heartRate.slice(),
    hrv: window.hrv.slice(),
    spo2: window.spo2.slice(),
    skinTemperature: window.skinTemperature.slice(),
    battery: window.battery.slice(),
    steps: window.steps.slice(),
    intensity: window.intensity.slice(),
    counts: window.counts.slice(),
    times: window.times.slice(),
  };
}

/** Adds one record; one without vitals changes nothing. Intensity is the attribute `intensity`. Changes `window`. */
export function addVitals(window: VitalsWindow, record: LogRecord): void {
  const { vitals } = record;
  if (vitals === undefined || !Number.isFinite(record.timestamp)) return;
  const timestamp = withoutMinus(record.timestamp);
  const { counts, times } = window;
  const records = counts[COUNT.records] as number;
  times[0] = records === 0 ? timestamp : Math.max(times[0] as number, timestamp);
  times[1] = records === 0 ? timestamp : Math.min(times[1] as number, timestamp);
  counts[COUNT.records] = records + 1;
  const intensity = record.attributes?.['intensity'];
  addReading(window.heartRate, timestamp, vitals.heartRate);
  addReading(window.hrv, timestamp, vitals.hrv);
  addReading(window.spo2, timestamp, vitals.spo2);
  addReading(window.skinTemperature, timestamp, vitals.skinTemperature);
  addReading(window.battery, timestamp, vitals.battery);
  addReading(window.steps, timestamp, vitals.steps);
  addReading(window.intensity, timestamp, typeof intensity === 'number' ? intensity : undefined);
  countFlag(counts, COUNT.wornKnown, vitals.worn);
  countFlag(counts, COUNT.chargingKnown, vitals.charging);
  if (vitals.heartRate !== undefined) countRun(counts, withoutMinus(vitals.heartRate));
}

/** Means, extremes, spread and slopes of a watch's vitals, what is missing, and the time of day. */
export const vitalsFeatures: FeatureSet<VitalsWindow> = defineFeatureSet({
  name: 'vitals',
  version: 1,
  columns: [
    ...CHANNELS.flatMap((channel) => {
      const name = snakeCase(channel);
      return [`${name}_mean`, `${name}_deviation`, `${name}_slope`, `${name}_missing`];
    }),
    'heart_rate_least',
    'heart_rate_greatest',
    'spo2_least',
    'step_rate',
    'longest_flat_share',
    'worn_share',
    'worn_missing',
    'charging_share',
    'charging_missing',
    'records_log',
    'day_sine',
    'day_cosine',
  ],
  probe: probe(),
  vector: write,
});

function write(window: VitalsWindow, out: Float64Array): void {
  let at = 0;
  const put = (value: number): void => {
    out[at] = value;
    at += 1;
  };
  for (const channel of CHANNELS) {
    const { count, mean, deviation, slope } = momentsOf(window[channel]);
    put(mean);
    put(deviation);
    put(slope);
    put(count === 0 ? 1 : 0);
  }
  const { counts, times } = window;
  const heart = momentsOf(window.heartRate);
  const steps = momentsOf(window.steps);
  const [newest = 0, oldest = 0] = times;
  put(heart.least);
  put(heart.greatest);
  put(momentsOf(window.spo2).least);
  put((steps.mean * steps.count) / Math.max(1, (newest - oldest) / 60_000));
  put(share(counts[COUNT.longest], heart.count));
  put(share(counts[COUNT.worn], counts[COUNT.wornKnown]));
  put(counts[COUNT.wornKnown] === 0 ? 1 : 0);
  put(share(counts[COUNT.charging], counts[COUNT.chargingKnown]));
  put(counts[COUNT.chargingKnown] === 0 ? 1 : 0);
  put(Math.log1p(counts[COUNT.records] as number));
  const angle = (2 * Math.PI * (newest % 86_400_000)) / 86_400_000;
  put(counts[COUNT.records] === 0 ? 0 : Math.sin(angle));
  put(counts[COUNT.records] === 0 ? 0 : Math.cos(angle));
}

function countFlag(counts: number[], known: number, flag: boolean | undefined): void {
  if (flag === undefined) return;
  counts[known] = (counts[known] as number) + 1;
  if (flag) counts[known + 1] = (counts[known + 1] as number) + 1;
}

function countRun(counts: number[], heartRate: number): void {
  const isHeld = counts[COUNT.run] !== 0 && counts[COUNT.held] === heartRate;
  counts[COUNT.run] = isHeld ? (counts[COUNT.run] as number) + 1 : 1;
  counts[COUNT.held] = heartRate;
  counts[COUNT.longest] = Math.max(counts[COUNT.longest] as number, counts[COUNT.run] as number);
}

function share(part: number | undefined, whole: number | undefined): number {
  return whole === undefined || whole === 0 ? 0 : (part ?? 0) / whole;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}

function probe(): VitalsWindow {
  const window = emptyVitalsWindow();
  for (let minute = 0; minute < 5; minute += 1) {
    addVitals(window, {
      timestamp: 1_767_268_800_000 + minute * 60_000,
      level: 9,
      service: 'watch',
      message: '',
      userId: undefined,
      requestId: undefined,
      errorCode: undefined,
      durationMs: undefined,
      deviceId: 'watch-1',
      attributes: { intensity: minute % 3 },
      vitals: {
        heartRate: 61 + (minute >> 1),
        hrv: 40 + minute,
        spo2: 97 - (minute % 2),
        skinTemperature: 33 + minute / 10,
        steps: 7 * minute,
        battery: 80 - minute,
        rssi: -60,
        worn: true,
        charging: minute === 4,
      },
    });
  }
  return window;
}
