import type { Steps } from '../../core/steps.ts';
import { isMap, setKey, type AttributeMap } from './attribute-map.ts';
import { nanosToMs } from './event-time.ts';
import { INPUT_LIMITS, STEP_RECORDS, checkCount, malformedBody } from './input-item.ts';
import type { InputContext, Item } from './input-item.ts';
import { NOT_JSON, readJsonSteps } from './json-text.ts';
import { readLabelSet } from './label-set.ts';
import { lokiItems, type LokiEntry, type LokiStream } from './loki-model.ts';
import { ProtobufReader } from './protobuf-reader.ts';

/**
 * Reads a Loki push (grafana.com/docs/loki, "Push logs") in JSON:
 * `{"streams": [{"stream": {labels}, "values": [["<ns>", "line", {metadata}?]]}]}`.
 * @throws WatchkeeperError PAYLOAD_INVALID | TOO_LARGE
 */
export function* readLokiJson(body: Uint8Array, context: InputContext): Steps<readonly Item[]> {
  const push = yield* readJsonSteps(body);
  if (push === NOT_JSON || !isMap(push) || !Array.isArray(push['streams'])) throw malformed();
  const streams: LokiStream[] = [];
  for (const stream of push['streams']) {
    streams.push(yield* streamOf(stream));
    if (streams.length % STEP_RECORDS === 0) yield;
  }
  return yield* lokiItems(streams, body.length, context);
}

/** Reads a push as protobuf (loki, pkg/push/push.proto), decompressed already. @throws as {@link readLokiJson} */
export function* readLokiProtobuf(body: Buffer, context: InputContext): Steps<readonly Item[]> {
  const streams: LokiStream[] = [];
  let entries = 0;
  const reader = new ProtobufReader(body);
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const stream = yield* readStream(reader.message(), INPUT_LIMITS.records - entries);
    entries += stream.entries.length;
    // A stream without entries counts as one, as it costs as much.
    streams.push(stream);
    checkCount(Math.max(entries, streams.length));
    if (streams.length % STEP_RECORDS === 0) yield;
  }
  return yield* lokiItems(streams, body.length, context);
}

function* streamOf(stream: unknown): Steps<LokiStream> {
  if (!isMap(stream)) throw malformed();
  const labels = textsOf(stream['stream'] ?? {});
  const values = stream['values'] ?? [];
  if (!Array.isArray(values)) throw malformed();
  const entries: LokiEntry[] = [];
  for (const value of values) {
    entries.push(entryOf(value));
    if (entries.length % STEP_RECORDS === 0) yield;
  }
  return { labels, entries };
}

function entryOf(value: unknown): LokiEntry {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) throw malformed();
  const [time, line, metadata = {}] = value as readonly unknown[];
  if (typeof time !== 'string' || !/^\d{1,19}$/.test(time)) throw malformed();
  if (typeof line !== 'string') throw malformed();
  return { time: nanosToMs(BigInt(time)), line, metadata: textsOf(metadata) };
}

function textsOf(map: unknown): AttributeMap {
  if (!isMap(map)) throw malformed();
  const texts: AttributeMap = {};
  for (const [name, value] of Object.entries(map)) {
    if (typeof value !== 'string') throw malformed();
    setKey(texts, name, value);
  }
  return texts;
}

function* readStream(reader: ProtobufReader, room: number): Steps<LokiStream> {
  let labels: AttributeMap = {};
  const entries: LokiEntry[] = [];
  while (reader.next()) {
    if (reader.field === 1) labels = readLabelSet(reader.text());
    else if (reader.field === 2) {
      entries.push(readEntry(reader.message()));
      if (entries.length > room) checkCount(INPUT_LIMITS.records + 1);
      if (entries.length % STEP_RECORDS === 0) yield;
    } else reader.skip();
  }
  return { labels, entries };
}

function readEntry(reader: ProtobufReader): LokiEntry {
  let time: number | undefined;
  let line = '';
  const metadata: AttributeMap = {};
  while (reader.next()) {
    if (reader.field === 1) time = readTime(reader.message());
    else if (reader.field === 2) line = reader.text();
    else if (reader.field === 3) readPair(reader.message(), metadata);
    else reader.skip();
  }
  return { time, line, metadata };
}

/** google.protobuf.Timestamp. */
function readTime(reader: ProtobufReader): number | undefined {
  let seconds = 0n;
  let nanos = 0;
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.int64();
    else if (reader.field === 2) nanos = reader.int32();
    else reader.skip();
  }
  return nanosToMs(seconds * 1_000_000_000n + BigInt(nanos));
}

function readPair(reader: ProtobufReader, into: AttributeMap): void {
  let name = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) value = reader.text();
    else reader.skip();
  }
  setKey(into, name, value);
}

function malformed(): Error {
  return malformedBody('a Loki push in JSON');
}
