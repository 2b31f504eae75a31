import { noMetrics } from '../../../src/core/metrics.ts';
import { WatchkeeperError } from '../../../src/core/errors.ts';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import type { RejectedRecord } from '../../../src/gateway/http/options.ts';
import type { Batch, RecordSink, Taken } from '../../../src/gateway/record-sink.ts';
import { loadInputs } from '../../../src/gateway/tcp/input-config.ts';
import type { InputInfo } from '../../../src/gateway/tcp/input-info.ts';
import { startInputs, type Inputs } from '../../../src/gateway/tcp/inputs.ts';

/** Takes everything, is busy, or holds every batch until it is let go. */
export class FakeSink implements RecordSink {
  readonly messages: string[] = [];
  /** Thrown instead of taking, while set. */
  failure: WatchkeeperError | undefined;
  /** Whether batches wait for `release`. */
  isHeld = false;
  tries = 0;
  /** Bytes that a batch takes in the journal. */
  bytes = 100;
  readonly #waiting: { resolve(): void; reject(error: Error): void }[] = [];

  async take({ items, onAppended }: Batch): Promise<Taken> {
    this.tries += 1;
    if (this.failure !== undefined) throw this.failure;
    onAppended?.(this.bytes);
    if (this.isHeld) {
      await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    }
    for (const item of items) this.messages.push((item as { message: string }).message);
    return { accepted: items.length, rejected: [], clamped: 0, observedAt: 0 };
  }

  release(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** Lets go of one batch that is held, with its fate. */
  settle(index: number, error?: Error): void {
    const [batch] = this.#waiting.splice(index, 1);
    if (error === undefined) batch?.resolve();
    else batch?.reject(error);
  }
}

export const BUSY = new WatchkeeperError('RATE_LIMITED', 'Busy.');

/** Inputs of this configuration before a sink that does as it is told. */
export class InputFixture {
  readonly clock = new SimulatedClock();
  readonly sink = new FakeSink();
  readonly letters: RejectedRecord[] = [];
  #relief: () => void = () => undefined;
  #inputs: Inputs | undefined;

  static async start(yaml: string): Promise<InputFixture> {
    const fixture = new InputFixture();
    fixture.#inputs = await startInputs({
      configs: loadInputs(yaml, 'inputs.yaml'),
      site: 'local',
      folder: '/nonexistent',
      clock: fixture.clock,
      sink: fixture.sink,
      intake: { onRelief: (listener) => (fixture.#relief = listener) },
      metrics: noMetrics,
      tokens: { verify: () => undefined },
      onRejected: (letter) => fixture.letters.push(letter),
    });
    return fixture;
  }

  get inputs(): Inputs {
    if (this.#inputs === undefined) throw new Error('The inputs were not started.');
    return this.#inputs;
  }

  info(index = 0): InputInfo {
    const info = this.inputs.list()[index];
    if (info === undefined) throw new Error('There is no such input.');
    return info;
  }

  relieve(): void {
    this.#relief();
  }

  /** Stops without waiting for what is held. */
  async stop(): Promise<void> {
    this.sink.failure = undefined;
    this.sink.isHeld = false;
    this.sink.release();
    const stopping = this.inputs.stop();
    this.clock.advance(2_000);
    await stopping;
  }
}
