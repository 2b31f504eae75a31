import type { FuzzTarget } from './target.ts';

/** Every target, by the name of its corpus folder. A module is loaded when its target is asked for. */
const TARGETS: Readonly<Record<string, () => Promise<FuzzTarget>>> = {
  frames: async () => (await import('./targets/frames.ts')).frames,
  control: async () => (await import('./targets/frames.ts')).control,
  'journal-hello': async () => (await import('./targets/frames.ts')).journalHello,
  gap: async () => (await import('./targets/frames.ts')).gap,
  'feed-request': async () => (await import('./targets/frames.ts')).feedRequest,
  'group-body': async () => (await import('./targets/sealed.ts')).groupBody,
  'sealed-frame': async () => (await import('./targets/sealed.ts')).sealedFrame,
  'sealed-hello': async () => (await import('./targets/sealed.ts')).sealedHello,
  'sealed-group': async () => (await import('./targets/sealed.ts')).sealedGroup,
  'msgpack-records': async () => (await import('./targets/records.ts')).msgpackRecords,
  'json-records': async () => (await import('./targets/records.ts')).jsonRecords,
  'ndjson-records': async () => (await import('./targets/records.ts')).ndjsonRecords,
  'journal-segment': async () => (await import('./targets/files.ts')).journalSegment,
  'session-part': async () => (await import('./targets/files.ts')).sessionPart,
  'store-value': async () => (await import('./targets/files.ts')).storeValue,
  'client-buffer': async () => (await import('./targets/files.ts')).clientBuffer,
  'token-file': async () => (await import('./targets/files.ts')).tokenFile,
  token: async () => (await import('./targets/requests.ts')).token,
  query: async () => (await import('./targets/requests.ts')).query,
  cursor: async () => (await import('./targets/requests.ts')).cursor,
  instant: async () => (await import('./targets/requests.ts')).instant,
  'alert-command': async () => (await import('./targets/requests.ts')).alertCommand,
  yaml: async () => (await import('./targets/config.ts')).yaml,
  'log-schema': async () => (await import('./targets/config.ts')).logSchema,
  'anomaly-schema': async () => (await import('./targets/config.ts')).anomalySchema,
  'otlp-json': async () => (await import('./targets/inputs.ts')).otlpJson,
  'otlp-protobuf': async () => (await import('./targets/inputs.ts')).otlpProtobuf,
  'loki-json': async () => (await import('./targets/inputs.ts')).lokiJson,
  'loki-protobuf': async () => (await import('./targets/inputs.ts')).lokiProtobuf,
  snappy: async () => (await import('./targets/inputs.ts')).snappy,
  bulk: async () => (await import('./targets/inputs.ts')).bulk,
  hec: async () => (await import('./targets/inputs.ts')).hec,
  'json-events': async () => (await import('./targets/inputs.ts')).jsonEvents,
  zstd: async () => (await import('./targets/packed.ts')).zstd,
  lz4: async () => (await import('./targets/packed.ts')).lz4,
  'splunk-raw': async () => (await import('./targets/inputs.ts')).splunkRaw,
  inflate: async () => (await import('./targets/inputs.ts')).inflate,
  forward: async () => (await import('./targets/inputs.ts')).forward,
  lumberjack: async () => (await import('./targets/inputs.ts')).lumberjack,
  'line-session': async () => (await import('./targets/inputs.ts')).lineSession,
  'line-parsers': async () => (await import('./targets/lines.ts')).lineParsers,
  redaction: async () => (await import('./targets/lines.ts')).redaction,
  grok: async () => (await import('./targets/lines.ts')).grok,
  templates: async () => (await import('./targets/templates.ts')).templates,
  'model-artefact': async () => (await import('./targets/models.ts')).modelArtefact,
  'model-stages': async () => (await import('./targets/models.ts')).modelStages,
  filter: async () => (await import('./targets/lines.ts')).filter,
  'import-body': async () => (await import('./targets/imports.ts')).importBody,
  csv: async () => (await import('./targets/imports.ts')).csv,
  'joined-lines': async () => (await import('./targets/imports.ts')).joinedLines,
  'parser-config': async () => (await import('./targets/imports.ts')).parserConfig,
  'redaction-rules': async () => (await import('./targets/imports.ts')).redactionRules,
};

export const TARGET_NAMES: readonly string[] = Object.keys(TARGETS);

export async function loadTarget(name: string): Promise<FuzzTarget> {
  const load = TARGETS[name];
  if (load === undefined) {
    throw new Error(`There is no fuzz target "${name}"; there are ${TARGET_NAMES.join(', ')}.`);
  }
  return load();
}
