import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** Where bombs go. */
export interface BombAim {
  readonly port: number;
  /** Of a service. */
  readonly token: string;
}

/** What a connection came to: the status of each answer, `ws <code>` of a close frame, or `cut`. */
export type BombOutcome = string;

/** One kind of hostile traffic. */
export interface Bomb {
  readonly name: string;
  /** Connections at once while it runs. */
  readonly width: number;
  /** One connection from its beginning to its end, or until `isOver`. */
  readonly throwOne: (aim: BombAim, isOver: () => boolean) => Promise<readonly BombOutcome[]>;
}

const MIB = 1_048_576;

function post(token: string, body: Uint8Array | string, headers = ''): Buffer {
  const bytes = Buffer.from(body);
  const head =
    `POST /v1/logs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n${headers}` +
    `Content-Type: application/json\r\nContent-Length: ${bytes.length}\r\nConnection: close\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** Sends what `write` writes and collects the answers until the server ends. */
function exchange(
  port: number,
  write: (socket: Socket) => void,
  isOver: () => boolean,
): Promise<readonly BombOutcome[]> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    let isCut = false;
    socket.on('data', (bytes) => {
      if (text.length < MIB) text += bytes.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('connect', () => write(socket));
    const timer = setInterval(() => {
      if (!isOver()) return;
      isCut = true;
      socket.destroy();
    }, 50);
    socket.on('close', () => {
      clearInterval(timer);
      resolve(outcomes(text, isCut));
    });
  });
}

function outcomes(text: string, isCut: boolean): readonly BombOutcome[] {
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status ?? '');
  if (statuses[0] === '101') {
    const code = closeCode(Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4), 'latin1'));
    return [code === undefined ? (isCut ? 'left' : 'cut') : `ws ${code}`];
  }
  if (statuses.length > 0) return statuses;
  return [isCut ? 'left' : 'cut'];
}

/** The code of the close frame among a server's frames. */
function closeCode(bytes: Buffer): number | undefined {
  for (let at = 0; at + 2 <= bytes.length;) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    if (((bytes[at] ?? 0) & 0x0f) === 8 && length >= 2) return bytes.readUInt16BE(at + head);
    at += head + length;
  }
  return undefined;
}

/** A bomb of bytes that are made once: making them again for each would cost the machine more than the site. */
function request(name: string, make: (token: string) => Buffer): Bomb {
  const made = new Map<string, Buffer>();
  const bytesFor = (token: string): Buffer => {
    const bytes = made.get(token) ?? make(token);
    made.set(token, bytes);
    return bytes;
  };
  return {
    name,
    width: 2,
    throwOne: ({ port, token }, isOver) => {
      const bytes = bytesFor(token);
      return exchange(port, (socket) => socket.write(bytes), isOver);
    },
  };
}

/** Writes one piece after the other, slowly, for as long as it may. */
function drip(name: string, head: (token: string) => string, piece: string): Bomb {
  return {
    name,
    width: 100,
    throwOne: ({ port, token }, isOver) =>
      exchange(
        port,
        (socket) => {
          socket.write(head(token));
          const timer = setInterval(() => socket.write(piece), 100);
          socket.on('close', () => clearInterval(timer));
        },
        isOver,
      ),
  };
}

/** A masked frame of a WebSocket client; the mask is zero. */
function wsFrame(first: number, body: Uint8Array): Buffer {
  const size =
    body.length < 126
      ? Buffer.of(0x80 | body.length)
      : Buffer.of(0x80 | 126, body.length >> 8, body.length & 0xff);
  return Buffer.concat([Buffer.of(first), size, Buffer.alloc(4), body]);
}

function onSocket(name: string, write: (socket: Socket) => void, width = 2): Bomb {
  return {
    name,
    width,
    throwOne: ({ port }, isOver) =>
      exchange(
        port,
        (socket) => {
          const key = randomBytes(16).toString('base64');
          socket.write(
            `GET /v1/device HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
              `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n` +
              `Sec-WebSocket-Protocol: watchkeeper.v1\r\n\r\n`,
          );
          socket.once('data', () => write(socket));
        },
        isOver,
      ),
  };
}

/** A control frame of the protocol around `body`. */
function controlFrame(kind: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 1;
  header[1] = kind;
  header.writeUInt32BE(body.length, 16);
  return Buffer.concat([header, body]);
}

const HELLO = 2;
const FRAGMENTS = Buffer.concat(Array.from({ length: 5_000 }, () => wsFrame(0x00, Buffer.of(1))));
const ITEM = '{"timestamp":1,"level":"INFO","service":"bomb","message":"x","a":1';

/** Every kind of hostile traffic that one client can send over HTTP and WebSocket. */
export const BOMBS: readonly Bomb[] = [
  request('nesting', (token) => post(token, '['.repeat(MIB - 512))),
  request('nested attributes', (token) =>
    post(token, `[${ITEM},"attributes":${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}}]`),
  ),
  request('duplicate keys', (token) => post(token, `[${ITEM}${',"a":1'.repeat(150_000)}}]`)),
  request('distinct keys', (token) =>
    post(token, `[${ITEM}${Array.from({ length: 60_000 }, (_, i) => `,"k${i}":1`).join('')}}]`),
  ),
  request('giant numbers', (token) => post(token, `[${'9'.repeat(500_000)},1e400,-1e999]`)),
  request('invalid UTF-8', (token) => post(token, Buffer.alloc(MIB - 512, 0xff))),
  request('gzip', (token) =>
    post(token, gzipSync(Buffer.alloc(64 * MIB)), 'Content-Encoding: gzip\r\n'),
  ),
  request('oversized body', (token) => post(token, Buffer.alloc(2 * MIB, 0x20))),
  request('oversized URL', () =>
    Buffer.from(`GET /${'a'.repeat(60_000)} HTTP/1.1\r\nHost: a\r\n\r\n`),
  ),
  request('header flood', () =>
    Buffer.from(`GET /healthz HTTP/1.1\r\nHost: a\r\n${'x: y\r\n'.repeat(20_000)}\r\n`),
  ),
  request('pipelined requests', () =>
    Buffer.from(
      `${'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(200)}GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    ),
  ),
  drip('slow headers', () => 'GET /healthz HTTP/1.1\r\nHost: a\r\n', 'x: y\r\n'),
  drip(
    'slow body',
    (token) =>
      `POST /v1/logs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n[',
    ' ',
  ),
  { ...drip('idle connections', () => '', ''), width: 1_000 },
  onSocket('WebSocket fragments', (socket) => {
    socket.write(wsFrame(0x02, Buffer.of(1)));
    socket.write(FRAGMENTS);
  }),
  onSocket('WebSocket length of 2^40', (socket) => {
    socket.write(Buffer.of(0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  }),
  onSocket(
    'never-ending message',
    (socket) => {
      socket.write(wsFrame(0x02, Buffer.of(1)));
      const timer = setInterval(() => socket.write(wsFrame(0x00, Buffer.of(1))), 400);
      socket.on('close', () => clearInterval(timer));
    },
    100,
  ),
  onSocket('msgpack header of 2^32', (socket) => {
    socket.write(wsFrame(0x82, controlFrame(HELLO, Buffer.of(0xdf, 0xff, 0xff, 0xff, 0xff))));
  }),
  onSocket('msgpack nesting', (socket) => {
    socket.write(wsFrame(0x82, controlFrame(HELLO, Buffer.alloc(4_000, 0x91))));
  }),
  onSocket('frame noise', (socket) => {
    socket.write(wsFrame(0x82, randomBytes(4_000)));
  }),
  onSocket('silent WebSockets', () => undefined, 100),
];
