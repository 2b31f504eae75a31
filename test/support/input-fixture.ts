import type { WireRecord } from '../../src/model/wire-record.ts';
import { createRecordDecoder } from '../../src/wire/records/decode.ts';
import { logSchema, type Fixture } from './http-fixture.ts';

const decoder = createRecordDecoder(logSchema);

/** The records that reached the journal of a gateway, in order. */
export function landed({ intake }: Pick<Fixture, 'intake'>): readonly WireRecord[] {
  return intake.entries.flatMap(({ subject, body }) =>
    decoder.wire(body.subarray(Buffer.byteLength(subject) + 1)),
  );
}
