/** Slices shorter than this are copies already (V8's `SlicedString::kMinLength`). */
const SHORTEST_SLICE = 13;

/**
 * The same text in memory of its own. Texts of a decoded payload may be
 * slices that keep the whole payload alive, so what a state keeps is detached.
 */
export function detached(text: string): string {
  return text.length < SHORTEST_SLICE ? text : Buffer.from(text).toString();
}
