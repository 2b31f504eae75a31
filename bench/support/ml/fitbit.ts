import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import type { Random } from '../../../src/core/random.ts';

/** A minute of a wearer: beats a minute, intensity 0 to 3, steps; label 0 is normal. */
export interface WearMinute {
  readonly timestamp: number;
  readonly heartRate: number;
  readonly intensity: number;
  readonly steps: number;
  readonly label: number;
}

export interface WearFile {
  /** Which wearer: what the file's name holds after its first word. */
  readonly wearer: string;
  readonly minutes: readonly WearMinute[];
}

/** The files of one kind in `folder`, by name. */
export function readWearFiles(folder: string, prefix: 'injected_' | 'user_'): readonly WearFile[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.csv.gz'))
    .sort()
    .map((name) => ({
      wearer: name.slice(prefix.length, -'.csv.gz'.length),
      minutes: parse(gunzipSync(readFileSync(join(folder, name))).toString('utf8')),
    }));
}

function parse(text: string): readonly WearMinute[] {
  const [header = '', ...lines] = text.trim().split('\n');
  const names = header.split(',');
  const at = (name: string): number => names.indexOf(name);
  const [time, rate, intensity, steps, label] = ['time', 'hr', 'intensity', 'steps', 'label'].map(
    at,
  );
  const number = (cells: readonly string[], place: number | undefined): number =>
    place === undefined || place < 0 ? 0 : Number(cells[place]);
  return lines.map((line) => {
    const cells = line.split(',');
    return {
      timestamp: Date.parse(`${(cells[time ?? 0] ?? '').trim().replace(' ', 'T')}Z`),
      heartRate: number(cells, rate),
      intensity: number(cells, intensity),
      steps: number(cells, steps),
      label: number(cells, label),
    };
  });
}

/** Anomalies written into a wearer's second half: the four of the data set, and four that no parameter was chosen on. */
export const OWN_KINDS = {
  tachycardia: 1,
  bradycardia: 2,
  stuck: 3,
  noResponse: 4,
  halved: 5,
  creeping: 6,
  erratic: 7,
  raisedByShare: 8,
} as const;

/** `perKind` spans of each kind, at least half an hour apart. */
export function injectAnomalies(
  minutes: readonly WearMinute[],
  random: Random,
  { kinds, perKind }: { readonly kinds: readonly number[]; readonly perKind: number },
): readonly WearMinute[] {
  const out = [...minutes];
  const half = Math.floor(out.length / 2);
  const used = new Uint8Array(out.length);
  const rest = restingMedian(minutes.slice(0, half));
  for (const kind of kinds) {
    let made = 0;
    for (let attempt = 0; made < perKind && attempt < 20_000; attempt += 1) {
      const length = kind === OWN_KINDS.stuck ? random.integer(24, 41) : random.integer(10, 29);
      const start = random.integer(half + 60, out.length - length - 60);
      if (!isFree(minutes, used, { kind, start, length })) continue;
      const size = random.between(20, 36);
      for (let index = start; index < start + length; index += 1) {
        const minute = minutes[index] as WearMinute;
        const share = (index - start) / length;
        const held = (minutes[start] as WearMinute).heartRate;
        const heartRate = altered(kind, {
          rate: minute.heartRate,
          size,
          share,
          held,
          rest,
          random,
        });
        out[index] = { ...minute, heartRate: Math.max(30, Math.round(heartRate)), label: kind };
        used[index] = 1;
      }
      made += 1;
    }
  }
  return out;
}

interface Alteration {
  readonly rate: number;
  readonly size: number;
  readonly share: number;
  readonly held: number;
  readonly rest: number;
  readonly random: Random;
}

function altered(kind: number, { rate, size, share, held, rest, random }: Alteration): number {
  switch (kind) {
    case OWN_KINDS.tachycardia:
      return rate + size + random.normal(0, 2);
    case OWN_KINDS.bradycardia:
      return rate - 0.8 * size + random.normal(0, 2);
    case OWN_KINDS.stuck:
      return held;
    case OWN_KINDS.noResponse:
      return rest + random.normal(0, 2);
    case OWN_KINDS.halved:
      return rate / 2;
    case OWN_KINDS.creeping:
      return rate + 40 * share;
    case OWN_KINDS.erratic:
      return rate + random.normal(0, 15);
    default:
      return rate * 1.6;
  }
}

function isFree(
  minutes: readonly WearMinute[],
  used: Uint8Array,
  {
    kind,
    start,
    length,
  }: { readonly kind: number; readonly start: number; readonly length: number },
): boolean {
  if (used.subarray(start - 30, start + length + 30).includes(1)) return false;
  const first = minutes[start - 10] as WearMinute;
  const last = minutes[start + length] as WearMinute;
  if (last.timestamp - first.timestamp > (length + 12) * 60_000) return false;
  const steps = (from: number, to: number): number =>
    minutes.slice(from, to).reduce((sum, minute) => sum + minute.steps, 0);
  const within = steps(start, start + length);
  if (kind === OWN_KINDS.noResponse) return within >= 25 * length;
  const atRest = kind === OWN_KINDS.tachycardia || kind === OWN_KINDS.creeping;
  return !atRest || within + steps(start - 20, start) === 0;
}

function restingMedian(minutes: readonly WearMinute[]): number {
  const rates = minutes.filter(({ steps }) => steps === 0).map(({ heartRate }) => heartRate);
  return rates.sort((one, other) => one - other)[Math.floor(rates.length / 2)] ?? 65;
}

/** False alarms and found events of one file's judged part. */
export interface AlarmCount {
  readonly falseAlarms: number;
  readonly days: number;
  /** Per kind: events, found, and the minutes until each was found. */
  readonly events: ReadonlyMap<
    number,
    { readonly count: number; readonly delays: readonly number[] }
  >;
}

const REARM_MS = 30 * 60_000;
const MARGIN_MS = 10 * 60_000;

/**
 * An alert is a run of alarms with pauses of less than 30 minutes. It is false
 * when it begins outside every labelled span and 10 minutes around it.
 */
export function countAlarms(
  minutes: readonly WearMinute[],
  alarms: ArrayLike<number>,
  from: number,
): AlarmCount {
  const events = new Map<number, { count: number; delays: number[] }>();
  let falseAlarms = 0;
  let last = Number.NEGATIVE_INFINITY;
  let foundUntil = -1;
  for (let index = from; index < minutes.length; index += 1) {
    const { timestamp, label } = minutes[index] as WearMinute;
    if (label > 0 && (index === from || minutes[index - 1]?.label !== label)) {
      foundUntil = -1;
      const event = events.get(label) ?? { count: 0, delays: [] };
      event.count += 1;
      events.set(label, event);
    }
    if (alarms[index] !== 1) continue;
    if (timestamp - last > REARM_MS && !isNearLabel(minutes, index)) falseAlarms += 1;
    last = timestamp;
    if (label > 0 && foundUntil < index) {
      events.get(label)?.delays.push((timestamp - startOf(minutes, index)) / 60_000);
      foundUntil = endOf(minutes, index);
    }
  }
  return { falseAlarms, days: (minutes.length - from) / 1_440, events };
}

function isNearLabel(minutes: readonly WearMinute[], index: number): boolean {
  const at = (minutes[index] as WearMinute).timestamp;
  const near = (place: number): boolean | undefined => {
    const minute = minutes[place];
    if (minute === undefined || Math.abs(minute.timestamp - at) > MARGIN_MS) return false;
    return minute.label > 0 ? true : undefined;
  };
  for (const step of [-1, 1]) {
    for (let place = index; ; place += step) {
      const answer = near(place);
      if (answer === true) return true;
      if (answer === false) break;
    }
  }
  return false;
}

function startOf(minutes: readonly WearMinute[], index: number): number {
  let place = index;
  while (minutes[place - 1]?.label === minutes[index]?.label) place -= 1;
  return (minutes[place] as WearMinute).timestamp;
}

function endOf(minutes: readonly WearMinute[], index: number): number {
  let place = index;
  while (minutes[place + 1]?.label === minutes[index]?.label) place += 1;
  return place;
}
