// A watch in Node: sends a heart rate each second and an alarm when it is high.
//
//   WATCHKEEPER_DEVICE_KEY=<64 hex digits> node --import tsx examples/watch-node.ts watch-0001
//
// Make the key and enrol the watch with `watchkeeper device enroll watch-0001`.
// WATCHKEEPER_URL is ws://127.0.0.1:7180/v1/device by default.
import { connectWatch, fileStorage } from '../src/client/node.ts';

const [device = 'watch-0001'] = process.argv.slice(2);
const key = process.env['WATCHKEEPER_DEVICE_KEY'] ?? '';
if (!/^[0-9a-f]{64}$/i.test(key)) {
  console.error('Set WATCHKEEPER_DEVICE_KEY to the 64 hex digits of the watch’s private key.');
  process.exit(2);
}

const watch = connectWatch({
  url: process.env['WATCHKEEPER_URL'] ?? 'ws://127.0.0.1:7180/v1/device',
  device,
  privateKey: Buffer.from(key, 'hex'),
  firmware: 'example',
  // Epochs must never be used twice, so their number outlives the process.
  storage: fileStorage(`${device}.epoch.json`),
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
