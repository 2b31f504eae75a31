import { IMPORTER } from '../../actors/subject-of.ts';
import { isWatchkeeperError } from '../../core/errors.ts';
import type { LogRecord } from '../../model/record.ts';
import { parseSubjectId, subjectKind, subjectName } from '../../model/subject.ts';
import type { Redactor } from '../../security/redaction/redactor.ts';
import type { DeadLetter } from '../../store/store.ts';
import type { RecordDecoder } from '../../wire/records/decode.ts';
import { toWireRecord } from '../../wire/records/encode.ts';
import { encodeRecords, readJsonRecords } from '../../wire/records/intake.ts';
import type { LogSchema } from '../../wire/records/schema.ts';

/** What a letter holds under the schema in force. */
export type ReadLetter =
  | {
      readonly outcome: 'valid';
      /** Whose journal entry it becomes. */
      readonly from: 'service' | 'device';
      readonly name: string;
      readonly service: string;
      readonly payload: Uint8Array;
      readonly records: number;
    }
  | { readonly outcome: 'invalid' | 'refused'; readonly pointer: string; readonly reason: string };

export interface LetterTools {
  readonly schema: LogSchema;
  readonly redactor?: Pick<Redactor, 'record'>;
  readonly decoder: RecordDecoder;
  readonly opener: { openGroup(body: Uint8Array): { readonly payload: Uint8Array } };
}

/** Reads a letter's kept bytes again. Event times stay as they were: they are clamped by when it first came in. */
export function readLetter(letter: DeadLetter, tools: LetterTools): ReadLetter {
  try {
    if (letter.subject === '') return readPosted(letter, tools);
    const subject = parseSubjectId(letter.subject);
    if (subject === undefined || subjectKind(subject) === 'user') return refused(NOT_LOST);
    if (subjectName(subject) === IMPORTER) return refused(OF_A_FILE);
    const from = subjectKind(subject) === 'device' ? 'device' : 'service';
    if (letter.stage === 'open' && from === 'device') return refused(SEALED);
    if (letter.stage !== 'open' && letter.stage !== 'validate') return refused(NOT_LOST);
    return readFolded(letter, { ...tools, from, name: subjectName(subject) });
  } catch (error) {
    if (!isWatchkeeperError(error)) throw error;
    return { outcome: 'invalid', pointer: '', reason: error.message };
  }
}

const NOT_LOST = 'Its record is stored; only a detector skipped it.';
const OF_A_FILE = 'It was imported; mend the file and import it under another name.';
const SEALED = 'It is a sealed frame of a watch; only the watch can send it again.';
const NO_PLACE = 'It was kept by an earlier version that did not note which records it stands for.';

function refused(reason: string): ReadLetter {
  return { outcome: 'refused', pointer: '', reason };
}

/** A record of `POST /v1/logs`, as JSON text. */
function readPosted(
  { body, at, service }: DeadLetter,
  { schema, redactor }: LetterTools,
): ReadLetter {
  // In an array of its own, so that it is one record or none.
  const array = Buffer.concat([Buffer.from('['), body, Buffer.from(']')]);
  const options = { format: 'json', observedAt: at, schema, redactor } as const;
  const read = readJsonRecords(array, service === undefined ? options : { ...options, service });
  const [problem] = read.rejected;
  if (problem !== undefined) {
    return { outcome: 'invalid', pointer: problem.pointer, reason: problem.reason };
  }
  const [group] = read.groups;
  if (group === undefined || read.accepted !== 1) {
    return { outcome: 'invalid', pointer: '', reason: 'Expected one record.' };
  }
  const { service: name, payload, count } = group;
  return { outcome: 'valid', from: 'service', name, service: name, payload, records: count };
}

interface Folded extends LetterTools {
  readonly from: 'service' | 'device';
  readonly name: string;
}

const WATCH_SERVICE = 'watch';

/** Records that the fold refused, as msgpack. */
function readFolded(letter: DeadLetter, { decoder, opener, from, name }: Folded): ReadLetter {
  const isDevice = from === 'device';
  const service = isDevice ? WATCH_SERVICE : name;
  const payload = payloadOf(letter, opener);
  if (payload === undefined) return refused(NO_PLACE);
  const batch = decoder.decode(payload, {
    observedAt: letter.at,
    clockOffsetMs: letter.clockOffsetMs ?? 0,
    service,
    deviceId: isDevice ? name : undefined,
  });
  const wanted = letter.ordinals === undefined ? undefined : new Set(letter.ordinals);
  const problem = batch.rejected.find(({ ordinal }) => wanted?.has(ordinal) ?? true);
  if (problem !== undefined) {
    return { outcome: 'invalid', pointer: problem.pointer, reason: problem.reason };
  }
  const bad = new Set(batch.rejected.map(({ ordinal }) => ordinal));
  const records = wanted === undefined ? batch.records : pick(batch.records, { wanted, bad });
  return {
    outcome: 'valid',
    from,
    name,
    service,
    payload: encodeRecords(records.map(toWireRecord)),
    records: records.length,
  };
}

function payloadOf(
  { stage, body, ordinals }: DeadLetter,
  opener: LetterTools['opener'],
): Uint8Array | undefined {
  if (stage === 'open') return opener.openGroup(body).payload;
  if (ordinals !== undefined) return body;
  if (isArray(body[0] ?? 0)) return undefined;
  // A payload of this one record.
  return Buffer.concat([Buffer.of(0x91), body]);
}

/** First byte of a msgpack array. */
function isArray(token: number): boolean {
  return (token >= 0x90 && token <= 0x9f) || token === 0xdc || token === 0xdd;
}

/** Of the accepted records, those with a wanted ordinal; the ordinals count refused ones too. */
function pick(
  accepted: readonly LogRecord[],
  { wanted, bad }: { readonly wanted: ReadonlySet<number>; readonly bad: ReadonlySet<number> },
): readonly LogRecord[] {
  const picked: LogRecord[] = [];
  let ordinal = 0;
  for (const record of accepted) {
    while (bad.has(ordinal)) ordinal += 1;
    if (wanted.has(ordinal)) picked.push(record);
    ordinal += 1;
  }
  return picked;
}
