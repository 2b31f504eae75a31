import type * as Kafkajs from 'kafkajs';
import { WatchkeeperError } from '../../core/errors.ts';
import { CODECS } from './codecs.ts';
import type { KafkaClient, KafkaLibrary } from './kafka-client.ts';

const CONNECT_MS = 10_000;
const REQUEST_MS = 30_000;

/**
 * Loads kafkajs, which is an optional dependency.
 * @throws WatchkeeperError PREREQUISITE_MISSING with the command that installs it
 */
export async function loadKafkajs(
  load: () => Promise<typeof Kafkajs> = () => import('kafkajs'),
): Promise<KafkaLibrary> {
  const loaded = await load().catch((cause: unknown) => {
    throw new WatchkeeperError('PREREQUISITE_MISSING', 'Kafka topics need the package kafkajs.', {
      fix: 'Run: npm install --no-save kafkajs@2.2.4 (or take "kafka:" out of inputs.yaml).',
      cause,
    });
  });
  const { Kafka, logLevel } = loaded;
  // Seen by this one name only: a CommonJS package tells too few of its names.
  Object.assign(loaded.default.CompressionCodecs, CODECS);
  return ({ log, brokers, ssl, sasl, clientId }) => {
    const kafka = new Kafka({
      clientId,
      brokers: [...brokers],
      ...(ssl === undefined ? {} : { ssl }),
      ...(sasl === undefined ? {} : { sasl: sasl as { mechanism: 'plain' } & typeof sasl }),
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      logLevel: logLevel.WARN,
      // Only the sentence: the fields may hold what a message held.
      logCreator:
        () =>
        ({ level, log: { message } }) => {
          log(level <= logLevel.WARN ? 'warn' : 'debug', message);
        },
    });
    return kafka as unknown as KafkaClient;
  };
}
