import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BrokerClient } from './broker-client.ts';
import { freePort, until } from './nats-server.ts';

const PARTITIONS = 4;

export interface RealKafkaOptions {
  /** Folder with the jars of Apache Kafka's server. */
  readonly jars: string;
  /** An empty folder for its data. */
  readonly folder: string;
  readonly kcat: string;
}

/** A broker of Apache Kafka that is its own controller (KRaft). */
export class RealKafka extends BrokerClient {
  readonly #options: RealKafkaOptions;
  #child: ChildProcess | undefined;

  private constructor(options: RealKafkaOptions, port: number) {
    super(`127.0.0.1:${port}`);
    this.#options = options;
  }

  static async start(options: RealKafkaOptions): Promise<RealKafka> {
    const kafka = new RealKafka(options, await freePort());
    const config = properties(options.folder, kafka.broker, await freePort());
    writeFileSync(kafka.#config, config);
    const format = ['format', '--cluster-id', 'AAAAAAAAAAAAAAAAAAAAAA', '--config', kafka.#config];
    const made = spawnSync('java', [...kafka.#java, 'kafka.tools.StorageTool', ...format]);
    if (made.status !== 0) throw new Error(`Kafka's storage: ${String(made.stderr)}`);
    await kafka.up();
    return kafka;
  }

  /** Starts it on its data; resolves when it answers. */
  async up(): Promise<void> {
    const args = [...this.#java, 'kafka.Kafka', this.#config];
    this.#child = spawn('java', args, { stdio: 'ignore' });
    await until('Kafka answers', () => this.#kcat(['-L', '-m', '1'], '').status === 0, 60_000);
  }

  /** Kills it, as a power cut does. */
  async kill(): Promise<void> {
    if (this.#child === undefined) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
    this.#child = undefined;
  }

  async topic(topic: string): Promise<void> {
    const admin = this.client().admin();
    await admin.connect();
    await admin.createTopics({
      topics: [{ topic, numPartitions: PARTITIONS }],
      waitForLeaders: true,
    });
    await admin.disconnect();
  }

  /** Puts messages into a topic by librdkafka, compressed. */
  compressed(topic: string, codec: string, values: readonly string[]): void {
    const args = ['-P', '-t', topic, '-z', codec, '-X', 'linger.ms=50'];
    const { status, stderr } = this.#kcat(args, values.map((value) => `${value}\n`).join(''));
    if (status !== 0) throw new Error(`kcat: ${stderr}`);
  }

  /** Puts messages into a topic in one transaction. */
  async transaction(
    topic: string,
    values: readonly string[],
    end: 'commit' | 'abort',
  ): Promise<void> {
    const producer = this.client().producer({
      transactionalId: `test-${topic}-${end}`,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: values.map((value) => ({ value })) });
    await transaction[end]();
    await producer.disconnect();
  }

  get #config(): string {
    return join(this.#options.folder, 'server.properties');
  }

  get #java(): readonly string[] {
    return ['-Xmx384m', '-cp', join(this.#options.jars, '*')];
  }

  #kcat(args: readonly string[], input: string): { status: number | null; stderr: string } {
    const common = ['-b', this.broker, '-X', 'log_level=0'];
    const done = spawnSync(this.#options.kcat, [...common, ...args], { input, timeout: 20_000 });
    return { status: done.status, stderr: String(done.stderr) };
  }
}

function properties(folder: string, broker: string, controllerPort: number): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://${broker},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${broker}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(folder, 'logs'),
    'num.partitions': PARTITIONS,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
