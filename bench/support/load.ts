import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Packr, Unpackr } from 'msgpackr';
import { WebSocket } from 'ws';
import { rawPublicKey } from '../../src/security/raw-keys.ts';
import { decodeControl } from '../../src/wire/control.ts';
import type { AckBody } from '../../src/wire/control-bodies.ts';
import { bodyOf, FRAME, HEADER_BYTES, readHeader, SUBPROTOCOL } from '../../src/wire/frame.ts';
import { encodeRecords } from '../../src/wire/records/encode.ts';
import { seeded, someRecords } from './records.ts';
import { SealedDevice, type SiteKeyInfo } from './sealed-device.ts';

/** One key for all simulated devices. */
export const DEVICE_KEY: KeyObject = generateKeyPairSync('ed25519').privateKey;
export const DEVICE_PUBLIC_KEY: Uint8Array = rawPublicKey(DEVICE_KEY);

export interface LoadOptions {
  readonly port: number;
  readonly mode: 'raw' | 'site';
  readonly site: SiteKeyInfo | undefined;
  readonly devices: number;
  readonly recordsPerFrame: number;
  /** Plain maps, which every msgpack library writes, or record structures inlined, as our client writes them. */
  readonly format: 'plain' | 'inline';
  readonly framesPerDevice: number;
  /** Frames in flight over all devices. */
  readonly inFlight: number;
  /** Frames that a device sends one after the other before the next device's turn; divides `framesPerDevice`. */
  readonly burst: number;
  readonly epoch: number;
}

interface Line {
  readonly socket: WebSocket;
  readonly frames: readonly Uint8Array[];
  sent: number;
  acked: number;
}

const plain = new Packr({ useRecords: false, variableMapSize: true });

/** Payloads are shared between devices: what differs is the sealing. */
function payloads({ recordsPerFrame, format }: LoadOptions): Uint8Array[] {
  const random = seeded(7);
  const now = Date.now();
  return Array.from({ length: 64 }, () => {
    const records = someRecords(recordsPerFrame, now, random);
    return format === 'plain' ? plain.pack(records) : encodeRecords(records);
  });
}

/**
 * Sends every device's frames in turn with a fixed number in flight, and
 * resolves to the seconds from the first frame to the last ack. Sealing and
 * connecting happen before the clock starts.
 */
export async function runLoad(options: LoadOptions): Promise<{ seconds: number; frames: number }> {
  const bodies = payloads(options);
  const lines: Line[] = [];
  for (let from = 0; from < options.devices; from += 200) {
    const count = Math.min(200, options.devices - from);
    lines.push(
      ...(await Promise.all(
        Array.from({ length: count }, (_, index) => connect(options, from + index, bodies)),
      )),
    );
  }
  const seconds = await drive(lines, options);
  for (const { socket } of lines) socket.terminate();
  return { seconds, frames: options.devices * options.framesPerDevice };
}

async function connect(options: LoadOptions, index: number, bodies: Uint8Array[]): Promise<Line> {
  const { port, mode, site, epoch, framesPerDevice } = options;
  const key: SiteKeyInfo = site ?? { site: 'raw', keyId: 'raw', publicKey: RAW_KEY };
  const device = new SealedDevice(`w${index}`, epoch, key);
  const frames = Array.from({ length: framesPerDevice }, (_, n) => {
    const payload = bodies[(index + n) % bodies.length] ?? new Uint8Array();
    return mode === 'raw' ? device.clear(payload, 1) : device.seal(payload, 1);
  });
  const url = `ws://127.0.0.1:${port}/v1/device`;
  const socket = new WebSocket(url, SUBPROTOCOL, { perMessageDeflate: false });
  socket.on('error', () => undefined);
  if (mode === 'raw') await opened(socket);
  else await greeted(socket, device);
  return { socket, frames, sent: 0, acked: 0 };
}

const RAW_KEY = rawPublicKey(generateKeyPairSync('x25519').privateKey);

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('close', (code) => {
      reject(new Error(`Closed with ${code}.`));
    });
  });
}

/** Challenge, hello, welcome. */
export function greeted(socket: WebSocket, device: SealedDevice): Promise<void> {
  return new Promise((resolve, reject) => {
    const onMessage = (data: Buffer): void => {
      const { kind } = readHeader(data);
      if (kind === FRAME.challenge) {
        const { nonce } = decodeControl(FRAME.challenge, bodyOf(data));
        socket.send(device.hello({ challenge: nonce }, DEVICE_KEY));
      }
      if (kind === FRAME.nack) {
        reject(new Error(`Refused: ${decodeControl(FRAME.nack, bodyOf(data)).message}`));
      }
      if (kind !== FRAME.welcome) return;
      socket.off('message', onMessage);
      resolve();
    };
    socket.on('message', onMessage);
    socket.once('close', (code) => {
      reject(new Error(`Closed with ${code}.`));
    });
  });
}

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

/** The urgent lane's cumulative number in a message of frames; `undefined` when it acks nothing. */
export function ackedUpTo(data: Buffer): number | undefined {
  let upTo: number | undefined;
  for (let offset = 0; offset < data.length;) {
    const end = offset + HEADER_BYTES + data.readUInt32BE(offset + 16);
    const kind = data[offset + 1];
    if (kind === FRAME.nack) throw new Error('A frame was refused.');
    if (kind === FRAME.ack) {
      // Trusted and hot: the generator shares the machine with what it measures.
      const body = unpackr.unpack(data.subarray(offset + HEADER_BYTES, end)) as AckBody;
      upTo = body.acks.find(([lane]) => lane === 0)?.[1] ?? upTo;
    }
    offset = end;
  }
  return upTo;
}

function drive(
  lines: readonly Line[],
  { mode, inFlight, framesPerDevice, burst }: LoadOptions,
): Promise<number> {
  const total = lines.length * framesPerDevice;
  let flying = 0;
  let acked = 0;
  let next = 0;
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const send = (): void => {
      while (flying < inFlight && next < total) {
        const line = lines[Math.floor(next / burst) % lines.length] as Line;
        line.socket.send(line.frames[line.sent] as Uint8Array);
        line.sent += 1;
        next += 1;
        flying += 1;
      }
    };
    for (const line of lines) {
      line.socket.on('message', (data: Buffer) => {
        const upTo = mode === 'raw' ? line.acked + 1 : ackedUpTo(data);
        if (upTo === undefined || upTo <= line.acked) return;
        flying -= upTo - line.acked;
        acked += upTo - line.acked;
        line.acked = upTo;
        if (acked === total) resolve((performance.now() - start) / 1000);
        else send();
      });
      line.socket.once('close', (code) => {
        reject(
          new Error(`A device was closed with ${code} after ${line.acked} of ${line.sent} frames.`),
        );
      });
    }
    send();
  });
}
