import { unparsedLine, type LineContext, type ParsedLine } from '../parsers/line-parser.ts';

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Keeps its record below what one entry may hold, whatever the characters. */
const MAX_BYTES = 32_768;

/** The record of an event that cannot be read: its bytes as text, else as base64. */
export function recordOfUnread(raw: Uint8Array, problem: string, context: LineContext): ParsedLine {
  const record = unparsedLine(textOf(raw), context);
  const cut = raw.length > MAX_BYTES ? { cut_from: raw.length } : {};
  return { ...record, attributes: { unparsed: true, problem, ...cut } };
}

function textOf(raw: Uint8Array): string {
  const bytes = raw.subarray(0, MAX_BYTES);
  try {
    return STRICT.decode(bytes);
  } catch {
    return Buffer.from(bytes.subarray(0, (MAX_BYTES / 4) * 3)).toString('base64');
  }
}
