import { crc32 } from 'node:zlib';

import type { EntryKind, JournalEntry, NewEntry } from '../../model/journal-entry.ts';
import type { Identity } from './layout.ts';

/*
 * A group is what one commit writes:
 *
 *   0   8 B mark of the journal
 *   8   u32 CRC-32 (IEEE) of bytes 12..length, started with the journal's seed
 *   12  u32 length of the group, header and entries
 *   16  u32 number of entries
 *   20  u64 lsn of the first entry
 *   28  u32 format of the entries (1)
 *   32  entries: u8 kind · u8 subject bytes · subject (UTF-8) · f64 observedAt · u32 body bytes · body
 */
export const GROUP_HEADER_BYTES = 32;
const ENTRY_FORMAT = 1;
const ENTRY_FIXED_BYTES = 14;
/** Longest subject, in bytes of UTF-8. */
export const MAX_SUBJECT_BYTES = 128;
const TWO_32 = 2 ** 32;

export interface GroupHeader {
  readonly length: number;
  readonly count: number;
  readonly firstLsn: number;
}

/** The most bytes that an entry can take in a group. */
export function entryBound(entry: NewEntry): number {
  return ENTRY_FIXED_BYTES + 3 * entry.subject.length + entry.body.length;
}

/** Writes an entry and returns where it ends; `entryBound(entry)` bytes must be there. -1: its subject is too long. */
export function writeEntry(buffer: Buffer, at: number, entry: NewEntry): number {
  const { subject, body } = entry;
  const subjectBytes = writeText(buffer, at + 2, subject);
  if (subjectBytes > MAX_SUBJECT_BYTES) return -1;
  buffer[at] = entry.kind;
  buffer[at + 1] = subjectBytes;
  let end = at + 2 + subjectBytes;
  end = buffer.writeDoubleBE(entry.observedAt, end);
  end = buffer.writeUInt32BE(body.length, end);
  buffer.set(body, end);
  return end + body.length;
}

/** Fills in the header over the entries at 32..length, checksum last. */
export function sealGroup(
  group: Buffer,
  header: Omit<GroupHeader, 'length'>,
  identity: Identity,
): void {
  group.set(identity.mark, 0);
  group.writeUInt32BE(group.length, 12);
  group.writeUInt32BE(header.count, 16);
  group.writeUInt32BE(Math.floor(header.firstLsn / TWO_32), 20);
  group.writeUInt32BE(header.firstLsn % TWO_32, 24);
  group.writeUInt32BE(ENTRY_FORMAT, 28);
  group.writeUInt32BE(crc32(group.subarray(12), identity.seed), 8);
}

/** The header at the start of `bytes`, unverified; undefined when it cannot be one of this journal. */
export function readGroupHeader(bytes: Buffer, identity: Identity): GroupHeader | undefined {
  if (bytes.length < GROUP_HEADER_BYTES) return undefined;
  if (bytes.compare(identity.mark, 0, 8, 0, 8) !== 0) return undefined;
  const length = bytes.readUInt32BE(12);
  if (length < GROUP_HEADER_BYTES || bytes.readUInt32BE(28) !== ENTRY_FORMAT) return undefined;
  const firstLsn = bytes.readUInt32BE(20) * TWO_32 + bytes.readUInt32BE(24);
  return { length, count: bytes.readUInt32BE(16), firstLsn };
}

export function isGroupWhole(group: Buffer, identity: Identity): boolean {
  return group.readUInt32BE(8) === crc32(group.subarray(12), identity.seed);
}

/** The entries of a whole group, or undefined when they do not fill it exactly. Bodies are views of `group`. */
export function readEntries(
  group: Buffer,
  { firstLsn, count }: GroupHeader,
): JournalEntry[] | undefined {
  const entries: JournalEntry[] = [];
  let at = GROUP_HEADER_BYTES;
  for (let i = 0; i < count; i += 1) {
    if (at + ENTRY_FIXED_BYTES > group.length) return undefined;
    const kind = group.readUInt8(at) as EntryKind;
    const subjectEnd = at + 2 + group.readUInt8(at + 1);
    const bodyAt = subjectEnd + 12;
    if (bodyAt > group.length) return undefined;
    const observedAt = group.readDoubleBE(subjectEnd);
    const bodyBytes = group.readUInt32BE(subjectEnd + 8);
    if (bodyAt + bodyBytes > group.length) return undefined;
    entries.push({
      lsn: firstLsn + i,
      kind,
      subject: group.toString('utf8', at + 2, subjectEnd),
      observedAt,
      body: new Uint8Array(group.buffer, group.byteOffset + bodyAt, bodyBytes),
    });
    at = bodyAt + bodyBytes;
  }
  return at === group.length ? entries : undefined;
}

// Subjects are ids: a loop over ASCII costs half of what a call into the encoder does.
function writeText(buffer: Buffer, at: number, text: string): number {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 127) return buffer.write(text, at, 'utf8');
    buffer[at + i] = code;
  }
  return text.length;
}
