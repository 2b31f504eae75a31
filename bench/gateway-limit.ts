// Frames per second that one process takes in over loopback WebSockets: `ws`
// with a three-byte ack and nothing else, against the device gateway with a
// journal in memory. Usage: node --import tsx bench/gateway-limit.ts [seconds]
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../src/core/clock.ts';
import { generateDeviceKey } from '../src/security/device-key.ts';
import { decodeControl } from '../src/wire/control.ts';
import { bodyOf, FRAME, splitFrames, SUBPROTOCOL } from '../src/wire/frame.ts';
import { dataFrame, helloFrame, testSite } from '../test/support/device-site.ts';
import { MemoryJournal } from '../test/support/memory-journal.ts';

/** Sealed sizes of a plain msgpack batch of 1 and of 100 records, and a load that keeps within the budget in flight. */
const LOADS: readonly Load[] = [
  { records: 1, bytes: 195, connections: 200, outstanding: 4 },
  { records: 100, bytes: 17_900, connections: 50, outstanding: 2 },
];

interface Load {
  readonly records: number;
  readonly bytes: number;
  readonly connections: number;
  /** Frames of one connection that wait for their ack. */
  readonly outstanding: number;
}

interface Job {
  readonly url: string;
  readonly mode: 'raw' | 'gateway';
  readonly load: Load;
  readonly seconds: number;
  readonly keys: readonly {
    readonly id: string;
    readonly publicKey: number[];
    readonly privateKey: number[];
  }[];
}

if (process.send === undefined) await measure(Number(process.argv[2] ?? 4));
else process.once('message', (job) => void generate(job as Job));

/** Runs both servers in turn, three rounds each, and prints the medians. */
async function measure(seconds: number): Promise<void> {
  for (const load of LOADS) {
    const rates = { raw: [] as number[], gateway: [] as number[] };
    for (let round = 0; round < 3; round += 1) {
      for (const mode of ['raw', 'gateway'] as const)
        rates[mode].push(await once(mode, load, seconds));
    }
    const raw = median(rates.raw);
    const gateway = median(rates.gateway);
    console.log(
      `${String(load.records).padStart(3)} records/frame (${load.bytes} B): raw ${raw.toFixed(0)} frames/s, gateway ${gateway.toFixed(0)} frames/s, ratio ${(gateway / raw).toFixed(2)}`,
    );
  }
}

async function once(mode: Job['mode'], load: Load, seconds: number): Promise<number> {
  const keys = Array.from({ length: load.connections }, (_, index) => ({
    id: `w${index}`,
    ...generateDeviceKey(),
  }));
  const http = createServer();
  if (mode === 'raw') serveRaw(http);
  else serveGateway(http, keys);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const child = fork(fileURLToPath(import.meta.url), {
    execArgv: ['--import', 'tsx', '--no-warnings'],
  });
  const job: Job = {
    url: `ws://127.0.0.1:${port}/v1/device`,
    mode,
    load,
    seconds,
    keys: keys.map(({ id, publicKey, privateKey }) => ({
      id,
      publicKey: [...publicKey],
      privateKey: [...privateKey],
    })),
  };
  child.send(job);
  const rate = await new Promise<number>((resolve) =>
    child.once('message', (value) => {
      resolve(value as number);
    }),
  );
  child.kill();
  http.close();
  http.closeAllConnections();
  return rate;
}

function serveRaw(http: Server): void {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
  });
  const ack = Buffer.from([1, 2, 3]);
  http.on('upgrade', (request, socket, head) => {
    server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('message', () => {
        webSocket.send(ack);
      });
    });
  });
}

function serveGateway(
  http: Server,
  keys: readonly { id: string; publicKey: Uint8Array; privateKey: Uint8Array }[],
): void {
  const journal = new MemoryJournal({ auto: true, keep: false });
  const limits = { framesPerSecond: 1e6, frameBurst: 1e6, bytesPerSecond: 1e12, byteBurst: 1e12 };
  const { gateway, directory, intake } = testSite({ clock: systemClock, journal, limits });
  journal.onCommit((_first, entries) => {
    intake.folded(
      entries.length,
      entries.reduce((sum, { body }) => sum + body.length, 0),
    );
  });
  for (const { id, ...key } of keys) directory.enroll(id, key);
  http.on('upgrade', (request, socket, head) => {
    gateway.upgrade(request, socket, head);
  });
}

/** The load: each connection keeps a few frames outstanding, acked or answered. */
async function generate(job: Job): Promise<void> {
  let done = 0;
  const sockets = await Promise.all(
    job.keys.map(({ id, publicKey, privateKey }) =>
      job.mode === 'raw'
        ? rawClient(job, () => {
            done += 1;
          })
        : gatewayClient(
            job,
            {
              id,
              key: {
                publicKey: Uint8Array.from(publicKey),
                privateKey: Uint8Array.from(privateKey),
              },
            },
            (count) => {
              done += count;
            },
          ),
    ),
  );
  for (const start of sockets) start();
  await new Promise((resolve) => setTimeout(resolve, 700));
  const before = done;
  const began = performance.now();
  await new Promise((resolve) => setTimeout(resolve, job.seconds * 1000));
  process.send?.(((done - before) * 1000) / (performance.now() - began));
}

function rawClient({ url, load }: Job, onAck: () => void): Promise<() => void> {
  const socket = new WebSocket(url, SUBPROTOCOL, { perMessageDeflate: false });
  const frame = dataFrame(1, 1, { bytes: load.bytes });
  socket.on('message', () => {
    onAck();
    socket.send(frame);
  });
  return new Promise((resolve) =>
    socket.once('open', () => {
      resolve(() => {
        for (let left = 0; left < load.outstanding; left += 1) socket.send(frame);
      });
    }),
  );
}

function gatewayClient(
  { url, load }: Job,
  watch: { readonly id: string; readonly key: { publicKey: Uint8Array; privateKey: Uint8Array } },
  onAck: (count: number) => void,
): Promise<() => void> {
  const socket = new WebSocket(url, SUBPROTOCOL, { perMessageDeflate: false });
  const frame = Buffer.from(dataFrame(1, 1, { bytes: load.bytes }));
  let sent = 0;
  let acked = 0;
  const send = (): void => {
    sent += 1;
    // `ws` masks into a copy, so the frame can be numbered in place.
    frame.writeUInt32BE(sent, 12);
    socket.send(frame);
  };
  return new Promise((resolve, reject) => {
    socket.on('message', (message: Buffer) => {
      for (const { header, frame: each } of splitFrames(message)) {
        if (header.kind === FRAME.challenge) {
          const { nonce } = decodeControl(FRAME.challenge, bodyOf(each));
          socket.send(helloFrame({ device: watch.id }, nonce, watch.key));
        } else if (header.kind === FRAME.welcome) {
          resolve(() => {
            for (let left = 0; left < load.outstanding; left += 1) send();
          });
        } else if (header.kind === FRAME.ack) {
          // The last integer of the body is the acked number; a full decode would measure the generator.
          const now = lastInteger(Buffer.from(each));
          onAck(now - acked);
          for (; acked < now; acked += 1) send();
        } else reject(new Error(`Unexpected frame of kind ${header.kind}.`));
      }
    });
  });
}

function lastInteger(ack: Buffer): number {
  const marker = ack.length - 5;
  return ack[marker] === 0xce ? ack.readUInt32BE(marker + 1) : (ack.at(-1) ?? 0);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
