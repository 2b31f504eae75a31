import { isUtf8 } from 'node:buffer';
import { unparsedLine, type LineContext, type ParsedLine } from '../parsers/line-parser.ts';

/** Keeps its record below what one entry may hold, whatever the characters. */
const MAX_BYTES = 32_768;

/** The record of an event that cannot be read: its bytes as text, else as base64. */
export function recordOfUnread(raw: Uint8Array, problem: string, context: LineContext): ParsedLine {
  const record = unparsedLine(textOf(raw), context);
  const cut = raw.length > MAX_BYTES ? { cut_from: raw.length } : {};
  return { ...record, attributes: { unparsed: true, problem, ...cut } };
}

function textOf(raw: Uint8Array): string {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.length, MAX_BYTES));
  return isUtf8(bytes) ? bytes.toString() : bytes.toString('base64', 0, (MAX_BYTES / 4) * 3);
}
