import { WatchkeeperError } from '../core/errors.ts';
import type { Batch } from './batch.ts';
import type { SavedFlight, SavedLane } from './buffer-store.ts';
import { SendLane, type Flight } from './send-lane.ts';

/** What a buffer store keeps of a lane. */
export function saveLane({ nextSeq, flights }: SendLane): SavedLane {
  return { nextSeq, flights: flights.map(saveFlight) };
}

/** @throws WatchkeeperError STORE_CORRUPT when a numbered batch is not among `batches`. */
export function resumeLane(
  kept: SavedLane | undefined,
  batches: ReadonlyMap<number, Batch>,
): SendLane {
  const { nextSeq, flights } = kept ?? { nextSeq: 1, flights: [] };
  return SendLane.resumed(
    nextSeq,
    flights.map((flight) => resumeFlight(flight, batches)),
  );
}

function saveFlight({ seq, frameClass, cargo }: Flight): SavedFlight {
  return cargo.type === 'gap'
    ? { seq, frameClass, gap: cargo.gap }
    : { seq, frameClass, id: cargo.batch.id };
}

function resumeFlight(flight: SavedFlight, batches: ReadonlyMap<number, Batch>): Flight {
  const { seq, frameClass } = flight;
  if ('gap' in flight) {
    return { seq, frameClass, cargo: { type: 'gap', gap: flight.gap }, frame: undefined };
  }
  const batch = batches.get(flight.id);
  if (batch === undefined) {
    throw new WatchkeeperError('STORE_CORRUPT', `Batch ${flight.id} is not in the buffer.`, {
      fix: 'Remove the buffer; the watch then goes on with an empty one and the next epoch.',
    });
  }
  return { seq, frameClass, cargo: { type: 'data', batch }, frame: undefined };
}
