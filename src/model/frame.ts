/** 0 vital alarm; 1 vitals, errors and security; 2 information; 3 debug. Overload sheds 3, then 2, never 0 or 1. */
export type FrameClass = 0 | 1 | 2 | 3;

/** Two lanes, so that an alarm never waits behind a backlog: 0 urgent (classes 0, 1), 1 bulk (2, 3). */
export type Lane = 0 | 1;

export const URGENT: Lane = 0;
export const BULK: Lane = 1;

export function laneOf(frameClass: FrameClass): Lane {
  return frameClass <= 1 ? URGENT : BULK;
}

/** Identity of a watch's frame within its site; `seq` counts from 1 per (epoch, lane). */
export interface FrameId {
  readonly device: string;
  readonly epoch: number;
  readonly lane: Lane;
  readonly seq: number;
}

/** `device/epoch/lane/seq`, the text form used in alert triggers and dead letters. */
export function frameIdText({ device, epoch, lane, seq }: FrameId): string {
  return `${device}/${epoch}/${lane}/${seq}`;
}
