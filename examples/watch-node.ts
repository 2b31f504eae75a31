// A watch in Node: sends a heart rate each second and an alarm when it is high.
//
//   node --import tsx examples/watch-node.ts data/watches/watch-0001.json
//
// `watchkeeper device enroll watch-0001` enrols the watch and writes that file.
// Without a file, WATCHKEEPER_DEVICE_KEY (64 hex digits or base64url) is the
// private key and the argument the id. WATCHKEEPER_URL is
// ws://127.0.0.1:7180/v1/device by default. What the site has not acked waits in
// the folder <device>.buffer, also while this program does not run; a second
// argument says where that is: by default beside the key file, else in the
// temporary folder.
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connectWatch } from '../src/client/node.ts';

interface KeyFile {
  readonly device: string;
  readonly private_key: string;
  readonly site?: string;
  readonly site_public_key?: string;
}

const [given = 'watch-0001', buffers] = process.argv.slice(2);
const isFile = given.endsWith('.json');
const file: KeyFile = isFile
  ? (JSON.parse(readFileSync(given, 'utf8')) as KeyFile)
  : { device: given, private_key: process.env['WATCHKEEPER_DEVICE_KEY'] ?? '' };
const { device, private_key: text, site, site_public_key: siteKey } = file;
const privateKey = Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64url');
if (privateKey.length !== 32) {
  console.error(
    'Name the key file of the watch, or set WATCHKEEPER_DEVICE_KEY to its private key.',
  );
  process.exit(2);
}
const folder = buffers ?? (isFile ? dirname(given) : tmpdir());

const watch = connectWatch({
  url: process.env['WATCHKEEPER_URL'] ?? 'ws://127.0.0.1:7180/v1/device',
  device,
  privateKey,
  // Pinned: it seals to no other key than the one of its enrolment.
  ...(site === undefined ? {} : { site }),
  ...(siteKey === undefined ? {} : { siteKeys: [Buffer.from(siteKey, 'base64url')] }),
  firmware: 'example',
  bufferFolder: join(folder, `${device.replaceAll(':', '%3A')}.buffer`),
  onState: (state, reason) => {
    console.log(state, reason);
  },
  onNote: ({ frame, reason }) => {
    console.warn(`The site could not use ${frame}: ${reason}`);
  },
});

let heartRate = 70;
const timer = setInterval(() => {
  heartRate = Math.max(45, Math.min(190, heartRate + Math.round(Math.random() * 12 - 6)));
  const isAlarm = heartRate > 150;
  watch.send([{ timestamp: Date.now(), heart_rate: heartRate, worn: true }], isAlarm ? 0 : 1);
}, 1_000);
const beats = setInterval(() => {
  watch.beat({ battery: 80, worn: true, charging: false });
}, 60_000);

process.once('SIGINT', () => {
  clearInterval(timer);
  clearInterval(beats);
  const patience = setTimeout(() => void watch.stop(), 5_000);
  void watch
    .flush()
    .catch(() => undefined)
    .finally(() => {
      clearTimeout(patience);
      return watch.stop();
    });
});
