import { messageOf } from '../../core/errors.ts';
import type { BeatBody } from '../../wire/control-bodies.ts';
import { decodeControl } from '../../wire/control.ts';
import { bodyOf, FRAME } from '../../wire/frame.ts';

/** A watch's beat, for the absence states. */
export interface DeviceBeat extends BeatBody {
  /** Site ms at which it came in. */
  readonly at: number;
}

/** The latest beat of each watch since the start; at most one for each enrolled device. */
export class Beats {
  readonly #latest = new Map<string, DeviceBeat>();

  latest(device: string): DeviceBeat | undefined {
    return this.#latest.get(device);
  }

  /** Takes a beat frame; answers why it cannot be read, `undefined` when it could. */
  take(device: string, frame: Uint8Array, at: number): string | undefined {
    try {
      this.#latest.set(device, { ...decodeControl(FRAME.beat, bodyOf(frame)), at });
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }
}
