// A watch as a process of its own, bundled by build-site.ts: `node watch-process.js '<WatchProcessConfig as JSON>'`.
import { appendFileSync } from 'node:fs';
import { connectWatch } from '../../../src/client/node.ts';
import { liveClock } from '../../../src/client/live-clock.ts';
import type { FrameClass } from '../../../src/model/frame.ts';

export interface WatchProcessConfig {
  readonly url: string;
  readonly device: string;
  /** Hex digits. */
  readonly privateKey: string;
  readonly bufferFolder: string;
  /** Lines `try <message>` before a record is sent and `told <message>` when it is stored. */
  readonly ledger: string;
  readonly life: number;
  /** Delivers what is there and ends, rather than sending more. */
  readonly isLast: boolean;
}

const config = JSON.parse(process.argv[2] ?? '{}') as WatchProcessConfig;
const { url, device, privateKey, bufferFolder, ledger, life, isLast } = config;
const watch = connectWatch({
  url,
  device,
  privateKey: Buffer.from(privateKey, 'hex'),
  bufferFolder,
  // The waits of the field are too long for a life of a second.
  clock: { ...liveClock, after: (ms, task) => liveClock.after(ms / 8, task) },
  timeoutMs: 40_000,
});

/** The write of a killed process is whole: it is one call, and the system keeps it. */
function note(line: string): void {
  appendFileSync(ledger, `${line}\n`);
}

if (isLast) {
  await watch.flush();
  note(`epoch ${watch.epoch}`);
  await watch.stop();
  process.exit(0);
}
for (let n = 0; ; n += 1) {
  const message = `${device}/${life}/${n}`;
  note(`try ${message}`);
  const record = { timestamp: Date.now(), level: 'INFO', service: 'watch', message };
  watch.send([record], (n % 4) as FrameClass);
  await watch.stored();
  note(`told ${message}`);
  await new Promise((resolve) => setTimeout(resolve, 2));
}
