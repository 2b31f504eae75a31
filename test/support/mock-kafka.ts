import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { BrokerClient } from './broker-client.ts';

/** kcat, in which librdkafka's mock cluster runs, or why there is none. */
export type MockProgram =
  | { readonly program: string; readonly reason: undefined }
  | { readonly program: undefined; readonly reason: string };

/** The variable's program, else one in PATH. @throws under CI when there is none */
export function findKcat(): MockProgram {
  const places = [process.env['WATCHKEEPER_KCAT'] ?? '', 'kcat', '/usr/bin/kcat'];
  const program = places.find(
    (place) => place !== '' && spawnSync(place, ['-V'], { stdio: 'ignore' }).status === 0,
  );
  if (program !== undefined) return { program, reason: undefined };
  const reason = 'needs WATCHKEEPER_KCAT or a kcat in PATH (Debian package kcat)';
  if (process.env['CI'] === 'true') throw new Error(`Kafka is not tested: it ${reason}.`);
  return { program: undefined, reason };
}

/** Brokers that speak Kafka's protocol and keep everything in memory; every topic has 4 partitions. */
export class MockKafka extends BrokerClient {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, broker: string) {
    super(broker);
    this.#child = child;
  }

  static async start(program: string): Promise<MockKafka> {
    const args = ['-P', '-b', 'mock:1', '-t', 'unused', '-X', 'test.mock.num.brokers=1'];
    // It lives until its input ends.
    const child = spawn(program, [...args, '-d', 'mock'], { stdio: ['pipe', 'ignore', 'pipe'] });
    const broker = await new Promise<string>((resolve, reject) => {
      let text = '';
      const look = (piece: Buffer): void => {
        text += piece.toString();
        const place = /bootstrap\.servers=(127\.0\.0\.1:\d+)/.exec(text)?.[1];
        if (place === undefined) return;
        child.stderr.off('data', look);
        child.stderr.resume();
        resolve(place);
      };
      child.stderr.on('data', look);
      child.once('exit', () => {
        reject(new Error('kcat ended.'));
      });
    });
    return new MockKafka(child, broker);
  }

  async stop(): Promise<void> {
    const exit = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await exit;
  }
}
