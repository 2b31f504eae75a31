import type { WatchRecord } from '../../../src/client/batch.ts';
import { liveClock } from '../../../src/client/live-clock.ts';
import { nodeCrypto } from '../../../src/client/node-crypto.ts';
import { nodeTransport } from '../../../src/client/node.ts';
import type { Transport } from '../../../src/client/ports.ts';
import { WatchClient } from '../../../src/client/watch-client.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { generateDeviceKey, type DeviceKey } from '../../../src/security/device-key.ts';
import type { Chance } from './random.ts';

/** Waits of the client are this much shorter than in the field, so that a run needs no hours. */
const HASTE = 8;
const hastyClock: Clock = {
  ...liveClock,
  after: (delayMs, task) => liveClock.after(delayMs / HASTE, task),
};

/** What one watch is to send; its alerts follow from the counts. */
export interface WatchPlan {
  readonly device: string;
  readonly key: DeviceKey;
  readonly errors: number;
  readonly connectionFailures: number;
  readonly information: number;
  readonly batches: number;
  readonly batchEveryMs: number;
}

/** Exactly at and exactly below the thresholds of config/anomaly_schema.yaml. */
export function planWatch(device: string, random: Chance): WatchPlan {
  return {
    device,
    key: generateDeviceKey(),
    errors: random.pick([100, 101]),
    connectionFailures: random.pick([9, 10]),
    information: random.between(50, 250),
    batches: random.between(20, 50),
    batchEveryMs: random.between(40, 120),
  };
}

/** Event times so far back that an alert resolves seconds after it opened, in the next life of the site perhaps. */
const ERRORS_AGO_MS = 326_000;
const FAILURES_AGO_MS = 146_000;
/** Share of messages that are sent twice. */
const TWICE = 0.06;

export interface WatchTally {
  readonly plan: WatchPlan;
  /** Messages of all records handed to the client. */
  readonly sent: string[];
  readonly resentFrames: number;
  readonly epochs: number;
}

/** A watch that forgets what is acked, and knows what it ever sent. */
export class FaultWatch {
  readonly plan: WatchPlan;
  readonly sent: string[] = [];
  readonly #client: WatchClient;
  readonly #random: Chance;

  constructor(plan: WatchPlan, url: () => string, random: Chance) {
    this.plan = plan;
    this.#random = random;
    this.#client = new WatchClient(
      {
        device: plan.device,
        crypto: nodeCrypto(plan.key.privateKey),
        clock: hastyClock,
        random: () => random.next(),
        timeoutMs: 40_000,
      },
      stuttering(url, random),
    );
  }

  /** Sends all it has and resolves when the site has acked it. */
  async live(): Promise<WatchTally> {
    this.#client.start();
    const { batches, batchEveryMs } = this.plan;
    for (let index = 0; index < batches; index += 1) {
      this.#sendBatch(index);
      await pause(batchEveryMs);
    }
    await this.#client.flush();
    const { resentFrames, epochs } = this.#client.counters;
    await this.#client.stop();
    return { plan: this.plan, sent: this.sent, resentFrames, epochs };
  }

  /** Gives up: what is not acked stays unsent. */
  stop(): Promise<void> {
    return this.#client.stop();
  }

  #sendBatch(index: number): void {
    const { plan } = this;
    const now = Date.now();
    const share = (total: number): number =>
      Math.floor((total * (index + 1)) / plan.batches) - Math.floor((total * index) / plan.batches);
    const urgent = [
      ...this.#records(share(plan.errors), { level: 'ERROR', timestamp: now - ERRORS_AGO_MS }),
      ...this.#records(share(plan.connectionFailures), {
        level: 'WARNING',
        timestamp: now - FAILURES_AGO_MS,
        error_code: 'ECONNREFUSED',
      }),
    ];
    if (urgent.length > 0) this.#client.send(urgent, 1);
    const bulk = this.#records(share(plan.information), { level: 'INFO', timestamp: now });
    if (bulk.length > 0) this.#client.send(bulk, this.#random.pick([2, 3]));
  }

  #records(count: number, fields: Readonly<Record<string, unknown>>): WatchRecord[] {
    return Array.from({ length: count }, () => {
      const message = `${this.plan.device}/${this.sent.length}`;
      this.sent.push(message);
      return { ...fields, service: 'watch', message };
    });
  }
}

/** Connects to wherever the site is now, and sends some messages twice. */
function stuttering(url: () => string, random: Chance): Transport {
  return {
    connect(events) {
      const connection = nodeTransport(`${url().replace(/^http/, 'ws')}/v1/device`).connect(events);
      return {
        send(message) {
          connection.send(message);
          if (isData(message) && random.next() < TWICE) connection.send(message);
        },
        close: (code, reason) => {
          connection.close(code, reason);
        },
      };
    },
  };
}

/** Only numbered frames may come twice; a second hello is a mistake of its own. */
function isData(message: Uint8Array): boolean {
  return message[1] === 4;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
