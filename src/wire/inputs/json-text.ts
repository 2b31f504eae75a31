import { isModestJson } from '../records/json-scan.ts';
import { isMap, type AttributeMap } from './attribute-map.ts';
import { INPUT_LIMITS } from './input-item.ts';

/** Stands for bytes that are not JSON, nest too deeply, or have too many keys in one map. */
export const NOT_JSON = Symbol('not JSON');

/** Parses JSON bytes; the parser's own message quotes them, so it goes no further. */
export function readJson(bytes: Uint8Array): unknown {
  if (!isModestJson(bytes, INPUT_LIMITS.depth)) return NOT_JSON;
  try {
    return JSON.parse(utf8(bytes));
  } catch {
    return NOT_JSON;
  }
}

/** The JSON object that a text is; `undefined` when it is none. */
export function objectIn(text: string): AttributeMap | undefined {
  if (!text.startsWith('{') || !text.trimEnd().endsWith('}')) return undefined;
  const event = readJson(Buffer.from(text, 'utf8'));
  return event !== NOT_JSON && isMap(event) ? event : undefined;
}

export function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** The lines of a text, views without their ends; blank ones are left out. */
export function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length;) {
    const newline = bytes.indexOf(0x0a, from);
    const next = newline < 0 ? bytes.length : newline;
    const end = next > from && bytes[next - 1] === 0x0d ? next - 1 : next;
    const line = bytes.subarray(from, end);
    if (line.some((byte) => byte !== 0x20 && byte !== 0x09)) yield line;
    from = next + 1;
  }
}
