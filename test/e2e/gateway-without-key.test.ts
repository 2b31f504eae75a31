import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Packr } from 'msgpackr';
import { connectWatch, fileStorage, postWatch } from '../../src/client/node.ts';
import { ENTRY, type JournalEntry, type NewEntry } from '../../src/model/journal-entry.ts';
import { KEY_FILE } from '../../src/security/key-ring.ts';
import type { DeviceKey } from '../../src/security/device-key.ts';
import { rawPrivateKey } from '../../src/security/raw-keys.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import type {
  GatewayProcessAnswer,
  GatewayProcessRequest,
  GatewayProcessStart,
} from '../support/e2e/gateway-process.ts';
import { findInBytes, findInMemory } from '../support/e2e/process-memory.ts';
import { line } from '../support/e2e/records.ts';
import { describe } from '../support/suite.ts';

const PROGRAM = fileURLToPath(new URL('../support/e2e/gateway-process.ts', import.meta.url));
const DEVICES = ['over-socket', 'over-post'] as const;
const PER_DEVICE = 20;

/** The gateway, or a whole site, as a process of its own. */
class Gateway {
  readonly #child: ChildProcess;
  logs = '';
  url = '';

  constructor() {
    this.#child = fork(PROGRAM, [], {
      execArgv: ['--import', 'tsx', '--no-warnings'],
      silent: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.logs += chunk.toString()));
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async ask(request: GatewayProcessRequest): Promise<void> {
    const ended = once(this.#child, 'exit').then(() => Promise.reject(new Error(this.logs)));
    this.#child.send(request);
    const [answer] = (await Promise.race([once(this.#child, 'message'), ended])) as [
      GatewayProcessAnswer,
    ];
    this.url = answer.url ?? this.url;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, 'exit');
    await this.ask({ stop: true });
    await exit;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

describe('a gateway in a process without the site’s key', (it) => {
  let site: E2eSite;
  let gateway: Gateway;
  let marker: string;
  let needles: Map<string, Uint8Array>;
  let start: GatewayProcessStart;
  let siteKey: Uint8Array;
  const keys = new Map<string, DeviceKey>();

  it.beforeEach(async () => {
    // Letters only: what detectors keep of a message has its digits taken out.
    marker = Array.from(randomBytes(24), (byte) => 'abcdefghijklmnop'[byte % 16]).join('');
    site = await E2eSite.start({ withNats: false });
    for (const device of DEVICES) keys.set(device, await site.enroll(device));
    const { keyRing } = site.handle.parts;
    const { id, publicKey } = keyRing.current();
    const secret = keyRing.privateKey(id);
    assert.ok(secret);
    siteKey = publicKey;
    needles = needlesOf(marker, rawPrivateKey(secret));
    start = {
      role: 'gateway',
      dataFolder: site.dataFolder,
      configFolder: site.configFolder,
      token: site.token,
      keys: [{ id, publicKey: Buffer.from(publicKey).toString('base64') }],
    };
    await site.down();
    gateway = new Gateway();
  });
  it.afterEach(async () => {
    gateway.kill();
    await site.close();
  });

  /** Sends records over a socket and by POST; resolves when all are durably acked. */
  const sendBoth = async (): Promise<void> => {
    const records = Array.from({ length: PER_DEVICE }, () =>
      line({ message: `${marker} went wrong`, user_id: `user-${marker}` }),
    );
    const [socket, post] = DEVICES;
    const optionsOf = (device: string) => ({
      device,
      privateKey: keys.get(device)?.privateKey ?? new Uint8Array(),
      storage: fileStorage(join(site.folder, `${device}.epoch.json`)),
    });
    const url = `${gateway.url.replace(/^http/, 'ws')}/v1/device`;
    const watch = connectWatch({ ...optionsOf(socket), url });
    watch.send(records, 1);
    await watch.flush();
    await watch.stop();
    const poster = postWatch({
      ...optionsOf(post),
      url: `${gateway.url}/v1/device/frames`,
      site: 'local',
      siteKeys: [siteKey],
    });
    poster.send(records, 1);
    await poster.flush();
  };

  const inHeap = async (): Promise<readonly string[]> => {
    const heapFile = join(site.folder, 'gateway.heapsnapshot');
    await gateway.ask({ heapFile });
    return findInBytes(readFileSync(heapFile), needles);
  };

  const options = { deadlineMs: 120_000 };
  const onLinux =
    process.platform === 'linux'
      ? (behaviour: string, body: () => Promise<void>): void => {
          it(behaviour, body, options);
        }
      : (behaviour: string): void => {
          it.skip(behaviour, 'the memory of a process is read from /proc, which only Linux has');
        };

  onLinux('holds no plaintext and no private key, and its journal opens elsewhere', async () => {
    const away = join(site.folder, KEY_FILE);
    renameSync(join(site.dataFolder, KEY_FILE), away);
    await gateway.ask(start);
    await sendBoth();

    assert.deepEqual(await inHeap(), [], 'heap snapshot');
    const { found, bytes } = findInMemory(gateway.pid, needles);
    assert.ok(bytes > 50e6, `Only ${bytes} bytes of memory were read.`);
    assert.deepEqual([...found], [], 'memory');
    assert.deepEqual(findInBytes(Buffer.from(gateway.logs), needles), [], 'logs');
    assert.equal(existsSync(join(site.dataFolder, KEY_FILE)), false, 'it made no key of its own');

    // What services post in clear is seen at the edge, and sealed before it is written.
    const posted = await fetch(`${gateway.url}/v1/logs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${start.token}`, 'content-type': 'application/json' },
      body: JSON.stringify([line({ message: `${marker} of a service` })]),
    });
    assert.equal(posted.status, 200);
    await gateway.stop();
    assert.deepEqual(inFolder(site.dataFolder, needles), [], 'data folder');
    assert.deepEqual(findInBytes(Buffer.from(gateway.logs), needles), [], 'logs at the end');

    renameSync(away, join(site.dataFolder, KEY_FILE));
    await site.up();
    await site.settled();
    const to = Date.now() + 60_000;
    const { records } = await site.api.records({ from: to - 600_000, to, limit: 1000 });
    const mine = records.filter(({ message }) => message.includes(marker));
    assert.equal(mine.length, 2 * PER_DEVICE + 1);
    const ledger = site.api.ledger();
    assert.equal(ledger.pending, 0);
    assert.equal(ledger.quarantined, 0);
    assert.equal(ledger.accepted, ledger.stored);
    assert.equal(ledger.received, ledger.accepted + ledger.duplicates);
    assert.ok(inFolder(join(site.dataFolder, 'store'), needles).includes('marker'), 'control');
  });

  onLinux('would be caught: a process that opens the frames holds both', async () => {
    await gateway.ask({ ...start, role: 'site' });
    await sendBoth();
    assert.ok((await inHeap()).includes('marker'), 'heap snapshot');
    const { found } = findInMemory(gateway.pid, needles);
    for (const name of ['marker', 'plaintext', 'private key']) assert.ok(found.has(name), name);
    await gateway.stop();
  });
});

describe('a gateway that lies about what it took', (it) => {
  let site: E2eSite;
  it.beforeEach(async () => {
    site = await E2eSite.start({ withNats: false });
  });
  it.afterEach(() => site.close());

  /** Sealed frames that a watch sent and that are journalled, oldest first. */
  const journalled = async (count: number): Promise<JournalEntry[]> => {
    const watch = await site.watch('watch-1');
    for (let index = 0; index < count; index += 1) {
      watch.send([line({ message: `number ${index}` })], 1);
      await watch.flush();
    }
    await site.settled();
    const frames: JournalEntry[] = [];
    for await (const entries of site.handle.parts.journal.read(1)) {
      frames.push(...entries.filter(({ kind }) => kind === ENTRY.frame));
    }
    assert.equal(frames.length, count);
    return frames;
  };

  const append = async (entries: readonly NewEntry[]): Promise<readonly string[]> => {
    const { journal } = site.handle.parts;
    const before = (await site.api.deadLetters({ limit: 100 })).letters.length;
    for (const entry of entries) await journal.durable(journal.append(entry));
    await site.settled();
    const { letters } = await site.api.deadLetters({ limit: 100 });
    return letters.slice(0, letters.length - before).map(({ reason }) => reason);
  };

  it('has frames refused that it repeats or reorders', async () => {
    const frames = await journalled(3);
    const { storedRecords } = site.api.ledger();
    const reasons = await append([...frames].reverse());
    assert.deepEqual(reasons, ['EPOCH_INVALID', 'EPOCH_INVALID', 'EPOCH_INVALID']);
    const { accepted, stored, quarantined, storedRecords: after } = site.api.ledger();
    assert.deepEqual([accepted, stored, quarantined, after], [6, 3, 3, storedRecords]);
  });

  it('has frames refused whose number, class or sender it changes', async () => {
    const [frame] = await journalled(1);
    assert.ok(frame);
    // Bytes 15 and 2 of the header: the lowest byte of the number, and the class (docs/protocol.md, section 2).
    const changed = [15, 2].map((offset, index) => {
      const body = Uint8Array.from(frame.body);
      body[15] = 2 + index;
      if (offset === 2) body[2] = 0;
      return { ...frame, body };
    });
    assert.deepEqual(await append(changed), ['SEAL_INVALID', 'SEAL_INVALID']);
    await site.enroll('watch-2');
    assert.deepEqual(await append([{ ...frame, subject: 'watch-2' }]), ['EPOCH_INVALID']);
  });
});

/** What must not be found: each as it would lie in memory or on disk. */
function needlesOf(marker: string, secret: Uint8Array): Map<string, Uint8Array> {
  const plain = new Packr({ useRecords: false }).pack(`${marker} went wrong`);
  return new Map<string, Uint8Array>([
    ['marker', Buffer.from(marker)],
    ['marker in UTF-16', Buffer.from(marker, 'utf16le')],
    ['plaintext', plain],
    ['private key', secret],
    ['private key in base64', Buffer.from(Buffer.from(secret).toString('base64'))],
    ['private key in hex', Buffer.from(Buffer.from(secret).toString('hex'))],
  ]);
}

function inFolder(folder: string, needles: ReadonlyMap<string, Uint8Array>): readonly string[] {
  const found = new Set<string>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    for (const name of findInBytes(readFileSync(join(entry.parentPath, entry.name)), needles)) {
      found.add(name);
    }
  }
  return [...found];
}
