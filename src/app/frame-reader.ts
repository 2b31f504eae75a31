import type { FrameReader } from '../actors/ports.ts';
import { FRAME, readHeader } from '../wire/frame.ts';
import { decodeGap } from '../wire/gap.ts';
import { decodeJournalHello } from '../wire/journal-hello.ts';

/** A watch whose clock is off by less than this keeps its own timestamps: its offset cannot be told from the network's delay. */
const TOLERANCE_MS = 2000;

/** Reads journalled frames for the actors, on the wire format. */
export const frameReader: FrameReader = {
  readHeader(frame) {
    const { kind, epoch, lane, seq, frameClass } = readHeader(frame);
    return { kind: kind === FRAME.gap ? 'gap' : 'data', epoch, lane, seq, frameClass };
  },
  droppedRecords(body) {
    return decodeGap(body).dropped.reduce((sum, count) => sum + count, 0);
  },
  clockOffset(helloBody, observedAt) {
    const { clock } = decodeJournalHello(helloBody).body;
    const offset = observedAt - clock;
    return Math.abs(offset) < TOLERANCE_MS ? 0 : offset;
  },
};
