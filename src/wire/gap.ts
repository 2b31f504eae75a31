import { Packr, Unpackr } from 'msgpackr';
import { WatchkeeperError } from '../core/errors.ts';
import type { Credits } from './control-bodies.ts';
import { Fields } from './fields.ts';
import { checkShape } from './msgpack-shape.ts';

/** The opened body of a gap frame: what a full buffer made the watch drop. */
export interface GapReport {
  /** Records dropped, by class. */
  readonly dropped: Credits;
  /** Time in ms of the oldest and the newest dropped record, by the watch's clock. */
  readonly from: number;
  readonly to: number;
}

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/** The plaintext of a gap frame. */
export function encodeGap({ dropped, from, to }: GapReport): Uint8Array {
  return new Uint8Array(packr.pack({ dropped, from: BigInt(from), to: BigInt(to) }));
}

/** @throws WatchkeeperError FRAME_MALFORMED */
export function decodeGap(plaintext: Uint8Array): GapReport {
  checkShape(plaintext, { maxDepth: 2, maxValues: 64 });
  const fields = new Fields(unpackGap(plaintext));
  const [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = fields.integers('dropped', 4);
  return { dropped: [c0, c1, c2, c3], from: fields.integer('from'), to: fields.integer('to') };
}

function unpackGap(plaintext: Uint8Array): unknown {
  try {
    return unpackr.unpack(plaintext);
  } catch {
    throw new WatchkeeperError('FRAME_MALFORMED', 'The gap report is not msgpack.');
  }
}
