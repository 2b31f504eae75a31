import type { InputSession, InputStep } from '../../../src/wire/inputs/input-session.ts';

/** What a session wanted, in order, with the records of neighbouring steps put together. */
export interface Ran {
  readonly records: readonly unknown[];
  readonly problems: readonly (string | undefined)[];
  readonly replies: readonly string[];
  readonly refused: readonly string[];
  readonly acked: readonly boolean[];
}

/** Gives a session these pieces, then the end when asked. */
export function run(session: InputSession, pieces: readonly Uint8Array[], withEnd = false): Ran {
  const ran = {
    records: [] as unknown[],
    problems: [] as (string | undefined)[],
    replies: [] as string[],
    refused: [] as string[],
    acked: [] as boolean[],
  };
  const take = (steps: Iterable<InputStep>): void => {
    for (const step of steps) {
      if (step.type === 'reply') ran.replies.push(Buffer.from(step.bytes).toString('latin1'));
      else if (step.type === 'refuse') ran.refused.push(step.reason);
      else {
        for (const item of step.items) {
          ran.records.push(item.record);
          if (item.record === undefined) ran.problems.push(item.problem);
          ran.acked.push(step.isAcked);
        }
        step.onDurable?.();
      }
    }
  };
  for (const piece of pieces) take(session.push(piece));
  if (withEnd) take(session.end());
  return ran;
}

/** Cuts bytes at these places (in any order, modulo the length). */
export function cutAt(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (one, other) => one - other,
  );
  const edges = [0, ...cuts, bytes.length];
  // Copies, as a socket gives a new buffer for each read.
  return edges.slice(1).map((end, index) => Uint8Array.from(bytes.subarray(edges[index], end)));
}

/** The code of what a call throws; fails when it throws nothing or no typed error. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
  return 'nothing';
}
