import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadKafkaInputs } from '../gateway/kafka/kafka-config.ts';
import { startKafkaInputs } from '../gateway/kafka/start-kafka.ts';
import type { Inputs } from '../gateway/tcp/inputs.ts';
import { readConfigFile } from './config-file.ts';
import type { GatewayParts } from './parts.ts';
import { spanSink } from './span-sink.ts';

/** Reads the topics of `kafka:` in `inputs.yaml`. */
export async function openKafkaInputs(parts: GatewayParts): Promise<Inputs> {
  const { options, clock, intake, metrics, positions, tuning, readers } = parts;
  const file = join(options.configFolder, 'inputs.yaml');
  return startKafkaInputs({
    configs: existsSync(file) ? loadKafkaInputs(await readConfigFile(file), file, readers) : [],
    site: options.siteName,
    logger: options.logger,
    ...{ clock, intake, metrics, positions, readers },
    sink: spanSink(parts, 'kafka'),
    load: tuning.loadKafka,
  });
}
