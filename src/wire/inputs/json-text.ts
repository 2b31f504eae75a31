import type { Steps } from '../../core/steps.ts';
import { NOT_JSON, parseJson, parseJsonSteps } from '../records/json-steps.ts';
import { isMap, type AttributeMap } from './attribute-map.ts';
import { INPUT_LIMITS } from './input-item.ts';

export { NOT_JSON };

/** Parses JSON bytes; NOT_JSON when they are none, nest too deeply, or have too many keys in one map. */
export function readJson(bytes: Uint8Array): unknown {
  return parseJson(bytes, INPUT_LIMITS.depth);
}

/** As {@link readJson}, for bytes that may be many. */
export function readJsonSteps(bytes: Uint8Array): Steps<unknown> {
  return parseJsonSteps(bytes, INPUT_LIMITS.depth);
}

/** JSON above it is worth steps of its own. */
export const LARGE_JSON_BYTES = 65_536;

/** The JSON object that a text is; `undefined` when it is none. */
export function objectIn(text: string): AttributeMap | undefined {
  if (!text.startsWith('{') || !text.trimEnd().endsWith('}')) return undefined;
  const event = readJson(Buffer.from(text, 'utf8'));
  return event !== NOT_JSON && isMap(event) ? event : undefined;
}

export function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** Lines, and bytes of blank ones, after which a reader is to stop for a while. */
const STEP_LINES = 256;
const STEP_BYTES = 65_536;

/** The lines of a text, views without their ends; blank ones are left out. `undefined` is a place to stop for a while. */
export function* linesOf(bytes: Uint8Array): Generator<Uint8Array | undefined> {
  let lines = 0;
  let since = 0;
  for (let from = 0; from < bytes.length;) {
    if (lines === STEP_LINES || from - since >= STEP_BYTES) {
      yield undefined;
      lines = 0;
      since = from;
    }
    const newline = bytes.indexOf(0x0a, from);
    const next = newline < 0 ? bytes.length : newline;
    const end = next > from && bytes[next - 1] === 0x0d ? next - 1 : next;
    const line = bytes.subarray(from, end);
    if (line.some((byte) => byte !== 0x20 && byte !== 0x09)) {
      lines += 1;
      yield line;
    }
    from = next + 1;
  }
}
