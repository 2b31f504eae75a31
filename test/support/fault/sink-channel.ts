import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { Channel, Notification } from '../../../src/alerts/channel.ts';
import { canonical } from './canonical.ts';
import { chance, type Chance } from './random.ts';
import type { SinkConfig, SinkLine } from './site-config.ts';

export const SINK_NAME = 'sink';

/** A channel to a far end that keeps everything it got, in a file; its answers may be slow, lost or refusals. */
export class SinkChannel implements Channel {
  readonly name = SINK_NAME;
  readonly #config: SinkConfig;
  readonly #chance: Chance;

  constructor(config: SinkConfig) {
    this.#config = config;
    this.#chance = chance(config.seed);
  }

  accepts(): boolean {
    return true;
  }

  async deliver(notification: Notification): Promise<void> {
    const { replyLoss, refusal, slowMs, file } = this.#config;
    await pause(this.#chance.next() * slowMs);
    if (this.#chance.next() < refusal) throw new Error('The sink is down.');
    record(file, sinkLine(notification));
    await pause(this.#chance.next() * slowMs);
    if (this.#chance.next() < replyLoss)
      throw new Error('The sink took it and its answer is lost.');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export function sinkLine({ key, alert, transition }: Notification): SinkLine {
  return {
    key,
    alert: alert.id,
    revision: alert.revision,
    transition,
    content: canonical({ ...alert, transition }),
  };
}

function record(file: string, line: SinkLine): void {
  const handle = openSync(file, 'a');
  writeSync(handle, `${JSON.stringify(line)}\n`);
  fsyncSync(handle);
  closeSync(handle);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
