import type { DeviceLimits } from '../limits.ts';
import type { SessionTable } from './sessions.ts';

/**
 * Token buckets of all devices, for frames and for bytes. A bucket is one
 * number, the real time at which it would be full again, so that it outlives
 * sockets and needs no timer (the generic cell rate algorithm, ITU-T I.371).
 */
export class RateMeter {
  readonly #sessions: SessionTable;
  readonly #msPerFrame: number;
  readonly #msPerByte: number;
  readonly #frameBurstMs: number;
  readonly #byteBurstMs: number;

  constructor(sessions: SessionTable, limits: DeviceLimits) {
    this.#sessions = sessions;
    this.#msPerFrame = 1000 / limits.framesPerSecond;
    this.#msPerByte = 1000 / limits.bytesPerSecond;
    this.#frameBurstMs = limits.frameBurst * this.#msPerFrame;
    this.#byteBurstMs = limits.byteBurst * this.#msPerByte;
  }

  /** Takes one frame of `bytes` at real time `now`; answers 0, or the ms to wait when it has to be refused. */
  take(slot: number, bytes: number, now: number): number {
    const frames = Math.max(now, this.#sessions.meter(slot, 0)) + this.#msPerFrame;
    const volume = Math.max(now, this.#sessions.meter(slot, 1)) + bytes * this.#msPerByte;
    const wait = Math.max(frames - now - this.#frameBurstMs, volume - now - this.#byteBurstMs);
    if (wait > 1e-6) return wait;
    this.#sessions.setMeter(slot, 0, frames);
    this.#sessions.setMeter(slot, 1, volume);
    return 0;
  }
}
