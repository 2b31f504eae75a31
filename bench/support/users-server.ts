// A whole site in a process of its own, whose journal is flooded with error
// records of as many distinct users, and among them those of one real user.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSite, type SiteHandle } from '../../src/app.ts';
import { ENTRY } from '../../src/model/journal-entry.ts';
import { subjectId } from '../../src/model/subject.ts';
import { createGroupSealer } from '../../src/wire/group-sealer.ts';
import { encodeRecords } from '../../src/wire/records/encode.ts';
import { benchSite } from './bench-site.ts';

export interface UsersStart {
  readonly users: number;
  /** Records of the real user, spread over the second half of the flood. */
  readonly errors: number;
}

export interface UsersFigures {
  readonly seconds: number;
  readonly rssBefore: number;
  readonly rssAfter: number;
  readonly rssPeak: number;
  readonly heapBefore: number;
  readonly heapAfter: number;
  readonly usersKnown: number;
  /** Users whose actors were stopped to make room. */
  readonly forgotten: number;
  readonly liveActors: number;
  /** Records of users that were handed to no user detector. */
  readonly refused: number;
  /** The real user's records sent when its alert opened; 0 when it never did. */
  readonly foundAt: number;
  readonly userAlerts: number;
  readonly isBalanced: boolean;
}

const PER_GROUP = 100;
const GROUPS_PER_BATCH = 20;
const SERVICES = 20;
const OFFENDER = subjectId('user', 'the-one');

process.once('disconnect', () => process.exit(1));
process.once('message', (message) => {
  void run(message as UsersStart).then((figures) => {
    process.send?.(figures, () => process.exit(0));
  });
});

async function run(start: UsersStart): Promise<UsersFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'wk-users-'));
  const site = await startSite(benchSite(folder), {});
  try {
    return await measure(site, start);
  } finally {
    await site.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(site: SiteHandle, { users, errors }: UsersStart): Promise<UsersFigures> {
  const before = memory();
  const started = performance.now();
  const flood = new Flood(site, users);
  let foundAt = 0;
  let sent = 0;
  let rssPeak = before.rss;
  const firstOwn = users / 2;
  while (flood.sent < users) {
    flood.batch();
    const due = Math.floor(((flood.sent - firstOwn) / (users - firstOwn)) * errors);
    for (; sent < due && foundAt === 0; sent += 1) flood.own();
    await flood.folded();
    if (foundAt === 0 && site.engine.state.book.openOn(OFFENDER) > 0) foundAt = sent;
    rssPeak = Math.max(rssPeak, process.memoryUsage.rss());
  }
  await site.engine.snapshotted();
  await site.engine.archivist.flushed();
  const seconds = (performance.now() - started) / 1000;
  const after = memory();
  const { accepted, stored, shed, quarantined, pending } = site.api.ledger();
  const lost = Object.values(shed).reduce((sum, count) => sum + count, 0);
  const metrics = await site.parts.metrics.text();
  const refused = Number(/^watchkeeper_users_skipped_total (\d+)/m.exec(metrics)?.[1] ?? 0);
  const usersKnown = site.engine.state.knownUsers.size;
  return {
    seconds,
    rssBefore: before.rss,
    rssAfter: after.rss,
    rssPeak,
    heapBefore: before.held,
    heapAfter: after.held,
    usersKnown,
    forgotten: users + (sent > 0 ? 1 : 0) - refused - usersKnown,
    liveActors: site.engine.directory.size,
    refused,
    foundAt,
    userAlerts: site.engine.state.book.active().filter(({ subject }) => subject.startsWith('user:'))
      .length,
    isBalanced: accepted === stored + lost + quarantined + pending,
  };
}

/** Groups of error records, each of a user of its own, sealed and journalled as the gateway does. */
class Flood {
  sent = 0;
  readonly #site: SiteHandle;
  readonly #users: number;
  readonly #seal: (service: string, payload: Uint8Array) => Uint8Array;
  #last = 0;

  constructor(site: SiteHandle, users: number) {
    this.#site = site;
    this.#users = users;
    const { id, publicKey } = site.parts.keyRing.current();
    const recipient = { id, publicKey };
    const sealer = createGroupSealer({ site: 'bench', recipient, gateway: 'bench', epoch: 1 });
    this.#seal = (service, payload) => sealer.seal(service, payload);
  }

  batch(): void {
    for (let group = 0; group < GROUPS_PER_BATCH && this.sent < this.#users; group += 1) {
      const count = Math.min(PER_GROUP, this.#users - this.sent);
      this.#append(
        `service-${group % SERVICES}`,
        Array.from({ length: count }, (_, index) => `user-${this.sent + index}`),
      );
      this.sent += count;
    }
  }

  /** One record of the real user. */
  own(): void {
    this.#append('service-0', ['the-one']);
  }

  async folded(): Promise<void> {
    await this.#site.parts.journal.durable(this.#last);
    await this.#site.engine.drained();
  }

  #append(service: string, users: readonly string[]): void {
    const timestamp = Date.now();
    const records = users.map((user_id) => ({
      timestamp,
      level: 'ERROR' as const,
      service,
      message: 'login failed',
      user_id,
    }));
    this.#last = this.#site.parts.journal.append({
      kind: ENTRY.group,
      subject: service,
      observedAt: timestamp,
      body: this.#seal(service, encodeRecords(records)),
    });
  }
}

function memory(): { readonly rss: number; readonly held: number } {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, held: heapUsed + external };
}
