/** What of a request was not taken; 0 and '' when all was. */
export interface Rejection {
  readonly count: number;
  readonly message: string;
}

/** ExportLogsServiceResponse (opentelemetry-proto, logs_service.proto) as protobuf. */
export function encodeExportResponse({ count, message }: Rejection): Buffer {
  if (count === 0) return Buffer.alloc(0);
  const partial = Buffer.concat([Buffer.from([0x08]), varint(count), textField(2, message)]);
  return Buffer.concat([Buffer.from([0x0a]), varint(partial.length), partial]);
}

/** google.rpc.Status as protobuf; `code` is one of gRPC. */
export function encodeStatus(code: number, message: string): Buffer {
  return Buffer.concat([Buffer.from([0x08]), varint(code), textField(2, message)]);
}

function textField(field: number, text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  bytes.push(left);
  return Buffer.from(bytes);
}
