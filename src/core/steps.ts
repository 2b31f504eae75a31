/** Work that can be set aside at each `yield`, and ends with its result. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Does all of it now. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Does it with a turn for others between any two steps.
 * @param turn resolves in a later turn of the event loop
 */
export async function inTurns<Result>(
  steps: Steps<Result>,
  turn: () => Promise<unknown>,
): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await turn();
  }
}
