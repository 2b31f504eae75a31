import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RejectedRecord } from '../gateway/http/options.ts';
import { createRecordSink } from '../gateway/record-sink.ts';
import type { HealthPart } from '../gateway/site-api.ts';
import { loadInputs } from '../gateway/tcp/input-config.ts';
import type { InputInfo } from '../gateway/tcp/input-info.ts';
import { startInputs, type Inputs } from '../gateway/tcp/inputs.ts';
import type { TokenStore } from '../security/tokens.ts';
import { createGroupSealer } from '../wire/group-sealer.ts';
import { readConfigFile } from './config-file.ts';
import type { GatewayParts } from './parts.ts';

interface OpenInputsOptions {
  readonly tokens: Pick<TokenStore, 'verify'>;
  readonly onRejected: (record: RejectedRecord) => void;
}

/** How long a commit may take until a sender is left without an answer. */
const DURABLE_MS = 10_000;

/** Starts the inputs of `inputs.yaml`; a configuration without that file has none. */
export async function openInputs(
  parts: GatewayParts,
  { tokens, onRejected }: OpenInputsOptions,
): Promise<Inputs> {
  const { options, clock, intake, metrics, schema, drift, redactor, siteKeys, tuning, readers } =
    parts;
  const { id, publicKey } = siteKeys.current();
  const groups = createGroupSealer({
    site: options.siteName,
    recipient: { id, publicKey },
    gateway: randomBytes(8).toString('hex'),
    epoch: 1,
  });
  const file = join(options.configFolder, 'inputs.yaml');
  return startInputs({
    configs: existsSync(file) ? loadInputs(await readConfigFile(file), file, readers) : [],
    site: options.siteName,
    folder: options.dataFolder,
    ...{ clock, intake, metrics, tokens, onRejected, readers },
    sink: createRecordSink({
      ...{ clock, intake, groups },
      records: { schema, drift, redactor },
      tracer: tuning.tracer,
      durableMs: DURABLE_MS,
    }),
  });
}

/** Health of each input, and what its senders should change. */
export function inputParts(inputs: readonly InputInfo[]): readonly HealthPart[] {
  return inputs.map((input) => {
    if (input.type === 'kafka') return kafkaPart(input);
    const { name, type, transport, connections, accepted, rejected, dropped } = input;
    const refused = Object.entries(rejected)
      .map(([reason, count]) => `, ${count} ${reason}`)
      .join('');
    const place = `${type} on ${inputUrl(input)}`;
    const isLossy = dropped > 0;
    return {
      name: `input ${name}`,
      state: isLossy ? 'degraded' : 'ok',
      evidence: `${place}, ${connections} connections (${transport}), ${accepted} records${refused}`,
      fix: isLossy
        ? 'Datagrams were dropped since the start: let senders use TCP, or raise queue_datagrams.'
        : '',
    };
  });
}

function kafkaPart(input: InputInfo): HealthPart {
  const { name, connections, accepted, lag = 0, problem } = input;
  const isIn = connections > 0 ? 'in the group' : 'not in the group yet';
  const counts = `${isIn}, ${accepted} records, ${lag} messages behind`;
  return {
    name: `input ${name}`,
    state: problem === undefined ? 'ok' : 'degraded',
    evidence: `kafka at ${inputUrl(input)}, ${counts}${problem === undefined ? '' : `: ${problem}`}`,
    fix:
      problem === undefined
        ? ''
        : 'See that the brokers are up and the topics exist; it comes back by itself.',
  };
}

/** Where an input listens, as people write it. */
export function inputUrl({ transport, host, port }: InputInfo): string {
  return `${transport}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
