import { createRecordSink, type RecordSink } from '../gateway/record-sink.ts';
import { createGroupSealer, type GroupSealer } from '../wire/group-sealer.ts';
import type { GatewayParts } from './parts.ts';

const DURABLE_MS = 10_000;

/** A sink that takes each stretch of a source once; `name` seals what is of no source. */
export function spanSink(
  { clock, intake, tuning, siteKeys, options, ...parts }: GatewayParts,
  name: string,
): RecordSink {
  const { schema, drift, redactor, positions } = parts;
  const sealer = (gateway: string): GroupSealer => {
    const { id, publicKey } = siteKeys.current();
    const recipient = { id, publicKey };
    return createGroupSealer({ site: options.siteName, recipient, gateway, epoch: 1 });
  };
  return createRecordSink({
    clock,
    intake,
    groups: sealer(name),
    spans: { positions, sealer, intake },
    records: { schema, drift, redactor },
    tracer: tuning.tracer,
    durableMs: DURABLE_MS,
  });
}
