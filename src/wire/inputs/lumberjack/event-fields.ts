import { isModestJson } from '../../records/json-scan.ts';
import type { Fields } from '../../parsers/fields/map-fields.ts';

const MAX_DEPTH = 64;
const TEXT = new TextDecoder('utf-8', { ignoreBOM: true });

/** The fields of a JSON event; `undefined` when it is no JSON map, nests too deep or has too many keys. */
export function jsonFields(body: Uint8Array): Fields | undefined {
  if (!isModestJson(body, MAX_DEPTH)) return undefined;
  try {
    const value: unknown = JSON.parse(TEXT.decode(body));
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isMap ? (value as Fields) : undefined;
  } catch {
    // The parser's message quotes the body, so it goes no further.
    return undefined;
  }
}

/** The fields of a `D` frame, of which the lengths are known to fit; `line` is the message of version 1. */
export function pairFields(body: Uint8Array): Fields {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const fields: Record<string, unknown> = {};
  const count = view.getUint32(0);
  let at = 4;
  const next = (): string => {
    const length = view.getUint32(at);
    const text = TEXT.decode(body.subarray(at + 4, at + 4 + length));
    at += 4 + length;
    return text;
  };
  for (let index = 0; index < count; index += 1) {
    const name = fieldName(next());
    fields[name] = next();
  }
  return fields;
}

/** Version 1 calls the text `line`; the other key would set the prototype. */
function fieldName(key: string): string {
  if (key === 'line') return 'message';
  return key === '__proto__' ? '_proto_' : key;
}
