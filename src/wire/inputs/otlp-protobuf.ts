import { WatchkeeperError } from '../../core/errors.ts';
import type { Steps } from '../../core/steps.ts';
import { setKey, type AttributeMap } from './attribute-map.ts';
import { nanosToMs } from './event-time.ts';
import { INPUT_LIMITS, STEP_RECORDS, malformedBody } from './input-item.ts';
import type { InputContext, Item } from './input-item.ts';
import { emptyRecord, otlpItems, type OtlpBatch, type OtlpRecord } from './otlp-model.ts';
import { finiteOrText, integerValue } from './otlp-value.ts';
import { ProtobufReader } from './protobuf-reader.ts';

/**
 * Reads an ExportLogsServiceRequest as protobuf
 * (opentelemetry-proto 1.x, logs/v1/logs.proto and common/v1/common.proto).
 * @throws WatchkeeperError PAYLOAD_INVALID | TOO_LARGE
 */
export function* readOtlpProtobuf(body: Buffer, context: InputContext): Steps<readonly Item[]> {
  const batches = yield* new Decoder().request(new ProtobufReader(body));
  return yield* otlpItems(batches, body.length, context);
}

/** Values that are read in one step. */
const STEP_VALUES = 4 * STEP_RECORDS;

class Decoder {
  #values = 0;
  #since = 0;

  *request(reader: ProtobufReader): Steps<readonly OtlpBatch[]> {
    const batches: OtlpBatch[] = [];
    while (reader.next()) {
      if (reader.field === 1) yield* this.#resourceLogs(reader.message(), batches);
      else reader.skip();
    }
    return batches;
  }

  /** Fields may come in any order, so the resource may follow its records. */
  *#resourceLogs(reader: ProtobufReader, batches: OtlpBatch[]): Steps<void> {
    this.#count();
    const resource: AttributeMap = {};
    while (reader.next()) {
      if (reader.field === 1) this.#pairs(reader.message(), { into: resource, depth: 0 });
      else if (reader.field === 2) {
        batches.push(yield* this.#scopeLogs(reader.message(), resource));
      } else reader.skip();
      if (this.#isLong()) yield;
    }
  }

  *#scopeLogs(reader: ProtobufReader, resource: AttributeMap): Steps<OtlpBatch> {
    this.#count();
    const scope: AttributeMap = {};
    const records: OtlpRecord[] = [];
    while (reader.next()) {
      if (reader.field === 1) this.#scope(reader.message(), scope);
      else if (reader.field === 2) records.push(this.#record(reader.message()));
      else reader.skip();
      if (this.#isLong()) yield;
    }
    return { resource, scope, records };
  }

  #scope(reader: ProtobufReader, scope: AttributeMap): void {
    while (reader.next()) {
      if (reader.field === 1 || reader.field === 2) {
        const text = reader.text();
        if (text !== '') scope[reader.field === 1 ? 'name' : 'version'] = text;
      } else if (reader.field === 3) this.#pair(reader.message(), { into: scope, depth: 0 });
      else reader.skip();
    }
  }

  #record(reader: ProtobufReader): OtlpRecord {
    this.#count();
    const record = emptyRecord();
    while (reader.next()) {
      const read = RECORD_FIELDS[reader.field];
      if (read !== undefined) read(record, reader);
      else if (reader.field === 5) record.body = this.#value(reader.message(), 0);
      else if (reader.field === 6) {
        this.#pair(reader.message(), { into: record.attributes, depth: 0 });
      } else reader.skip();
    }
    return record;
  }

  /** Resource and KeyValueList alike have their pairs in field 1. */
  #pairs(reader: ProtobufReader, place: Place): void {
    while (reader.next()) {
      if (reader.field === 1) this.#pair(reader.message(), place);
      else reader.skip();
    }
  }

  #pair(reader: ProtobufReader, { into, depth }: Place): void {
    this.#count();
    let key = '';
    let value: unknown = null;
    while (reader.next()) {
      if (reader.field === 1) key = reader.text();
      else if (reader.field === 2) value = this.#value(reader.message(), depth);
      else reader.skip();
    }
    setKey(into, key, value);
  }

  /** An AnyValue; of several alternatives the last counts. */
  #value(reader: ProtobufReader, depth: number): unknown {
    this.#count();
    if (depth > INPUT_LIMITS.depth) throw tooDeep();
    let value: unknown = null;
    while (reader.next()) {
      const read = SCALARS[reader.field];
      if (read !== undefined) value = read(reader);
      else if (reader.field === 5) value = this.#list(reader.message(), depth + 1);
      else if (reader.field === 6) {
        const map: AttributeMap = {};
        this.#pairs(reader.message(), { into: map, depth: depth + 1 });
        value = map;
      } else reader.skip();
    }
    return value;
  }

  #list(reader: ProtobufReader, depth: number): readonly unknown[] {
    const values: unknown[] = [];
    while (reader.next()) {
      if (reader.field === 1) values.push(this.#value(reader.message(), depth));
      else reader.skip();
    }
    return values;
  }

  /** Whether so much was read since this was last true that others are to have a turn. */
  #isLong(): boolean {
    if (this.#values - this.#since < STEP_VALUES) return false;
    this.#since = this.#values;
    return true;
  }

  /** A message of two bytes costs an object, so their number is bounded beside the bytes. */
  #count(): void {
    this.#values += 1;
    if (this.#values <= INPUT_LIMITS.values) return;
    throw new WatchkeeperError(
      'TOO_LARGE',
      `Expected at most ${INPUT_LIMITS.values} values in one body.`,
      { fix: 'Let the exporter send smaller batches.' },
    );
  }
}

interface Place {
  readonly into: AttributeMap;
  readonly depth: number;
}

type Read<Result> = (reader: ProtobufReader) => Result;

const SCALARS: Readonly<Partial<Record<number, Read<unknown>>>> = {
  1: (reader) => reader.text(),
  2: (reader) => reader.varint() !== 0n,
  3: (reader) => integerValue(reader.int64()),
  4: (reader) => finiteOrText(reader.double()),
  7: (reader) => reader.bytes().toString('base64'),
};

const RECORD_FIELDS: Readonly<
  Partial<Record<number, (record: OtlpRecord, reader: ProtobufReader) => void>>
> = {
  1: (record, reader) => (record.time = nanosToMs(reader.fixed64())),
  2: (record, reader) => (record.severityNumber = reader.int32()),
  3: (record, reader) => (record.severityText = reader.text()),
  7: (record, reader) => (record.droppedAttributes = reader.uint32()),
  8: (record, reader) => (record.flags = reader.fixed32()),
  9: (record, reader) => (record.traceId = reader.bytes().toString('hex')),
  10: (record, reader) => (record.spanId = reader.bytes().toString('hex')),
  11: (record, reader) => (record.observedTime = nanosToMs(reader.fixed64())),
  12: (record, reader) => (record.eventName = reader.text()),
};

function tooDeep(): Error {
  return malformedBody(`nested at most ${INPUT_LIMITS.depth} levels deep`);
}
