import { isDeepStrictEqual } from 'node:util';

import { ERROR_CODES } from '../../src/core/error-codes.ts';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { MARKER, type FuzzTarget } from './target.ts';

/** What a decoder did that no input may make it do. */
export class Violation extends Error {
  readonly kind: ViolationKind;
  input: Uint8Array;

  constructor(kind: ViolationKind, detail: string, input: Uint8Array) {
    super(`${kind}: ${detail}`);
    this.kind = kind;
    this.input = input;
  }
}

export type ViolationKind =
  'untyped-error' | 'payload-in-message' | 'changed-input' | 'not-repeatable' | 'slow' | 'growth';

export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string };

/**
 * Runs one input: only typed errors may come out, no payload in them, and the input stays as it was.
 * @throws Violation
 */
export async function observe(target: FuzzTarget, input: Uint8Array): Promise<Outcome> {
  const given = Uint8Array.prototype.slice.call(input);
  let outcome: Outcome;
  try {
    const result = target.run(given);
    const value = result instanceof Promise ? ((await result) as unknown) : result;
    outcome = { ok: true, value };
    checkTexts(target, value, input);
  } catch (error) {
    outcome = typed(target, error, input);
  }
  if (Buffer.compare(given, input) !== 0) {
    throw new Violation('changed-input', 'the decoder wrote into its input', input);
  }
  return outcome;
}

/** Whether two runs of one input came to the same. @throws Violation */
export function compare(one: Outcome, other: Outcome, input: Uint8Array): void {
  if (isDeepStrictEqual(one, other)) return;
  throw new Violation('not-repeatable', `${brief(one)}, then ${brief(other)}`, input);
}

function brief(outcome: Outcome): string {
  return outcome.ok ? 'a value' : outcome.code;
}

function typed(target: FuzzTarget, error: unknown, input: Uint8Array): Outcome {
  if (error instanceof Violation) throw error;
  if (!isWatchkeeperError(error) || !(error.code in ERROR_CODES)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Violation('untyped-error', text, input);
  }
  if (target.quotes !== true) {
    for (const text of textsOf(error)) checkText(text, input);
  }
  return { ok: false, code: error.code, message: error.message };
}

/** All that a logger could print of an error. */
function* textsOf(error: unknown): Generator<string> {
  for (let each = error, depth = 0; each instanceof Error && depth < 8; depth += 1) {
    yield each.message;
    if (isWatchkeeperError(each)) yield each.fix ?? '';
    each = each.cause;
    if (each !== undefined && !(each instanceof Error)) yield String(each);
  }
}

function checkTexts(target: FuzzTarget, value: unknown, input: Uint8Array): void {
  if (target.texts === undefined) return;
  for (const text of target.texts(value as never)) checkText(text, input);
}

function checkText(text: string, input: Uint8Array): void {
  if (!text.includes(MARKER)) return;
  throw new Violation('payload-in-message', text.slice(0, 300), input);
}
