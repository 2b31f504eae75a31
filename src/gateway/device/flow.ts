import type { Credits } from '../../wire/control-bodies.ts';
import { encodeControlFrame } from '../../wire/control.ts';
import { FRAME } from '../../wire/frame.ts';
import type { Intake } from '../intake.ts';
import type { DeviceLimits, IntakeLimits } from '../limits.ts';

/** 0 all classes may send, 1 class 3 stops, 2 classes 2 and 3 stop. */
export type FlowLevel = 0 | 1 | 2;

/**
 * Credits by pressure. It rises with each commit and falls back only at
 * relief, so that watches are not told of every wave. Stopping a class is told
 * with the next ack of a watch; starting it again is told at once to those
 * that were stopped.
 */
export class Flow {
  level: FlowLevel = 0;
  readonly #intake: Intake;
  readonly #at: readonly [number, number];
  readonly #credits: readonly [Credits, Credits, Credits];
  readonly #frames: readonly [Uint8Array, Uint8Array, Uint8Array];

  constructor(
    intake: Intake,
    limits: Pick<DeviceLimits, 'credits'> & Pick<IntakeLimits, 'shedDebug' | 'shedInformation'>,
  ) {
    this.#intake = intake;
    // A little before shedding begins, so that obedient watches lose nothing.
    this.#at = [limits.shedDebug * 0.95, limits.shedInformation * 0.95];
    const [c0, c1, c2, c3] = limits.credits;
    this.#credits = [
      [c0, c1, c2, c3],
      [c0, c1, c2, 0],
      [c0, c1, 0, 0],
    ];
    const [free, third, second] = this.#credits;
    this.#frames = [flowFrame(free), flowFrame(third), flowFrame(second)];
  }

  get credits(): Credits {
    return this.#credits[this.level];
  }

  /** The flow frame that tells the present credits. */
  get frame(): Uint8Array {
    return this.#frames[this.level];
  }

  /** After a commit. */
  rise(): void {
    const pressure = this.#intake.pressure();
    const wanted = pressure >= this.#at[1] ? 2 : pressure >= this.#at[0] ? 1 : 0;
    if (wanted > this.level) this.level = wanted;
  }

  /** At relief. */
  fall(): void {
    this.level = 0;
  }
}

function flowFrame(credits: Credits): Uint8Array {
  return encodeControlFrame(FRAME.flow, { credits });
}
