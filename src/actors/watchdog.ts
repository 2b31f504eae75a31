import type { StepInput } from '../streams/detector.ts';

/** Which step a thread is in, for somebody who watches it from outside. */
export interface Breadcrumbs {
  enter(detector: string, input: StepInput, lsn: number): void;
  leave(): void;
}

export const noBreadcrumbs: Breadcrumbs = { enter: () => undefined, leave: () => undefined };

const BEAT = 0;
const ACTIVE = 1;
const LENGTH = 2;
const TEXT_OFFSET = 16;
const TEXT_BYTES = 1008;

/** Shared between the main thread and the watchdog: a beat, and the step under way. */
export function newCrumbBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(TEXT_OFFSET + TEXT_BYTES);
}

/** What the watchdog writes down before it ends a process that hangs. */
export interface Hang {
  readonly detector: string;
  readonly subject: string;
  /** First and last `<lsn>.<ordinal>` of the input; equal when it was one record. For a deadline, the tick's lsn and `d`. */
  readonly first: string;
  readonly last: string;
}

/** Main thread's side. Costs two atomic stores and one short text per detector step. */
export class SharedBreadcrumbs implements Breadcrumbs {
  readonly #words: Int32Array;
  readonly #text: Uint8Array;
  readonly #encoder = new TextEncoder();

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, 4);
    this.#text = new Uint8Array(buffer, TEXT_OFFSET, TEXT_BYTES);
  }

  beat(): void {
    Atomics.add(this.#words, BEAT, 1);
  }

  enter(detector: string, input: StepInput, lsn: number): void {
    const first = placesOf(input)?.[0] ?? `${lsn}.d`;
    const last = placesOf(input)?.at(-1) ?? first;
    const text = `${detector}\n${input.subject}\n${first}\n${last}`;
    this.#words[LENGTH] = this.#encoder.encodeInto(text, this.#text).written;
    Atomics.store(this.#words, ACTIVE, 1);
  }

  leave(): void {
    Atomics.store(this.#words, ACTIVE, 0);
  }
}

function placesOf(input: StepInput): readonly string[] | undefined {
  if (input.type === 'deadline') return undefined;
  if (input.type === 'score') return [input.place];
  return input.type === 'records' ? input.triggers : input.places;
}

/** Watchdog's side: the beat, and the step under way when there is one. */
export function readCrumbs(buffer: SharedArrayBuffer): { beat: number; hang: Hang | undefined } {
  const words = new Int32Array(buffer, 0, 4);
  const beat = Atomics.load(words, BEAT);
  if (Atomics.load(words, ACTIVE) === 0) return { beat, hang: undefined };
  const bytes = new Uint8Array(buffer, TEXT_OFFSET, TEXT_BYTES).slice(0, words[LENGTH]);
  const [detector = '', subject = '', first = '', last = ''] = Buffer.from(bytes)
    .toString()
    .split('\n');
  return { beat, hang: { detector, subject, first, last } };
}
