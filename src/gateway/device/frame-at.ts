import { isWatchkeeperError, messageOf } from '../../core/errors.ts';
import { HEADER_BYTES, readHeader, type FrameHeader } from '../../wire/frame.ts';

/** Why the bytes at some place are not a whole frame. */
export interface BadFrame {
  readonly reason: 'malformed' | 'size';
  readonly message: string;
}

/** The checked header of the whole frame at `offset`. Never throws. */
export function frameAt(message: Uint8Array, offset: number): FrameHeader | BadFrame {
  try {
    const header = readHeader(message, offset);
    if (offset + HEADER_BYTES + header.length <= message.length) return header;
    return { reason: 'malformed', message: 'The frame is shorter than its header says.' };
  } catch (error) {
    const isLarge = isWatchkeeperError(error, 'FRAME_TOO_LARGE');
    return { reason: isLarge ? 'size' : 'malformed', message: messageOf(error) };
  }
}
