// A site as a process of its own, killed in the moment before it tells the broker of its n-th durable piece.
import { startSite } from '../../../src/app.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { KafkaLibrary } from '../../../src/gateway/kafka/kafka-client.ts';
import { loadKafkajs } from '../../../src/gateway/kafka/load-kafkajs.ts';

const { dataFolder, configFolder, token, killAtCommit } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly dataFolder: string;
  readonly configFolder: string;
  readonly token: string;
  readonly killAtCommit: number;
};

let commits = 0;

async function loadKafka(): Promise<KafkaLibrary> {
  const library = await loadKafkajs();
  return (options) => {
    const client = library(options);
    return {
      consumer: (each) => {
        const consumer = client.consumer(each);
        return {
          ...consumer,
          commitOffsets: (offsets) => {
            commits += 1;
            if (commits === killAtCommit) process.kill(process.pid, 'SIGKILL');
            return consumer.commitOffsets(offsets);
          },
        };
      },
    };
  };
}

const site = await startSite(
  {
    host: '127.0.0.1',
    port: 0,
    ...{ dataFolder, configFolder, token },
    siteName: 'local',
    clock: {},
    tls: {},
    consoleAlerts: false,
    logger: silentLogger,
  },
  { loadKafka },
);
process.stdout.write(`${JSON.stringify({ url: site.url })}\n`);
