import { readFileSync } from 'node:fs';

import type { Sequences } from '../../../src/ml/sequences/sequence-model.ts';

/** Normal test sessions of the whole set, to which false positives are scaled. */
export const ALL_NORMAL = 552_640;

/** Sessions of a file of `block,event event …` lines. Ids that are no 32-bit numbers are refused. */
export function readSessions(path: string): Sequences {
  return linesOf(readFileSync(path, 'utf8')).map((line) => {
    const events = line.slice(line.indexOf(',') + 1);
    return eventsOf(events);
  });
}

/** What was found with one threshold. */
export interface Found {
  readonly alarmsOnNormal: number;
  readonly normal: number;
  readonly alarmsOnAbnormal: number;
  readonly abnormal: number;
}

/** F1 when false positives come at the measured rate from `ALL_NORMAL` normal sessions. */
export function scaledF1({ alarmsOnNormal, normal, alarmsOnAbnormal, abnormal }: Found): number {
  const falseAlarms = (alarmsOnNormal / normal) * ALL_NORMAL;
  return (2 * alarmsOnAbnormal) / (alarmsOnAbnormal + falseAlarms + abnormal);
}

export function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

export function eventsOf(text: string): Uint32Array {
  return Uint32Array.from(text.trim().split(/\s+/).filter(Boolean), (word) => {
    const id = Number(word);
    if (Number.isInteger(id) && id >= 0 && id <= 0xffffffff) return id;
    throw new RangeError(`An event id is no 32-bit number: "${word.slice(0, 20)}".`);
  });
}
