import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { WatchkeeperError } from '../core/errors.ts';
import { parseFilter } from '../core/filter/parse-filter.ts';
import { isSubjectName } from '../model/subject.ts';
import { replaceFile } from './replace-file.ts';

/** What a token may do; see `src/gateway/http/policy.ts`. */
export type Role = 'viewer' | 'operator' | 'admin' | 'service';

export const ROLES: readonly Role[] = ['viewer', 'operator', 'admin', 'service'];

/** Who a token speaks for. */
export interface Identity {
  /** The public part of the token. */
  readonly id: string;
  readonly role: Role;
  /** For people: who or what uses it. */
  readonly name: string;
  /** When set, the only service that the token may post records for. */
  readonly service: string | undefined;
  /** When set, a filter expression: all that the token sees of the site. */
  readonly filter?: string;
}

/** A token as it is listed: never the secret. Times in wall-clock ms. */
export interface TokenInfo extends Identity {
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  /** Since this process started; `undefined` when it was not used. */
  readonly lastUsedAt: number | undefined;
}

export interface IssueRequest {
  readonly role: Role;
  readonly name: string;
  readonly service?: string;
  /** Filter expression; only of the role viewer. */
  readonly filter?: string;
  /** @default for ever */
  readonly ttlMs?: number;
}

export interface TokenStoreOptions {
  /** Data folder; the file is `tokens.json` in it. */
  readonly folder: string;
  readonly clock: Clock;
  /** An admin token from outside (`WATCHKEEPER_TOKEN`): valid while this process runs, never written. */
  readonly seed?: string;
  /** @default node:crypto randomBytes */
  readonly random?: (bytes: number) => Uint8Array;
}

interface StoredToken {
  readonly id: string;
  readonly role: Role;
  readonly name: string;
  readonly service?: string;
  readonly filter?: string;
  /** SHA-256 of the whole token, base64url. */
  readonly hash: string;
  readonly created_at: number;
  readonly expires_at?: number;
}

const FORMAT = /^wk_([a-z0-9]{4,16})_([A-Za-z0-9_-]{43})$/;
const NO_HASH = Buffer.alloc(32);
/** How long a change that another process made to the file may go unseen. */
const RELOAD_MS = 1000;

/**
 * Bearer tokens `wk_<id>_<secret>`, the secret 32 random bytes in base64url.
 * Only SHA-256 hashes are kept, in a file of mode 0600 that is replaced
 * atomically; a change made by another process is seen within a second.
 *
 * @throws WatchkeeperError CONFIG_INVALID when the file or the seed is not what it should be.
 */
export async function openTokenStore(options: TokenStoreOptions): Promise<TokenStore> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  return new TokenStore(options);
}

export class TokenStore {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #seed: StoredToken | undefined;
  readonly #lastUsed = new Map<string, number>();
  #tokens = new Map<string, StoredToken>();
  #stamp = '';
  #checkedAt: number;
  #writing: Promise<void> = Promise.resolve();

  constructor({ folder, clock, seed, random = randomBytes }: TokenStoreOptions) {
    this.#file = join(folder, 'tokens.json');
    this.#clock = clock;
    this.#random = random;
    this.#seed = seed === undefined ? undefined : seedToken(seed, clock.wall());
    this.#checkedAt = clock.monotonic();
    this.#stamp = stampOf(this.#file);
    if (this.#stamp !== '') this.#tokens = readTokens(this.#file);
  }

  /** How many tokens can be used now. */
  get size(): number {
    return this.list().length;
  }

  /** Makes a token; `token` is shown this once. Durable when it resolves. @throws CONFIG_INVALID | QUERY_INVALID */
  async issue(request: IssueRequest): Promise<{ readonly id: string; readonly token: string }> {
    const id = Buffer.from(this.#random(5)).toString('hex');
    const token = `wk_${id}_${Buffer.from(this.#random(32)).toString('base64url')}`;
    const now = this.#clock.wall();
    const stored = storedToken(request, { id, token, now });
    await this.#change((tokens) => tokens.set(id, stored));
    return { id, token };
  }

  /** Who the token speaks for; `undefined` when it is malformed, unknown, expired or revoked. */
  verify(token: string): Identity | undefined {
    const id = FORMAT.exec(token)?.[1];
    if (id === undefined) return undefined;
    const stored = this.#find(id);
    const hash = createHash('sha256').update(token).digest();
    const expected = stored === undefined ? NO_HASH : Buffer.from(stored.hash, 'base64url');
    if (!timingSafeEqual(hash, expected) || stored === undefined || !this.isActive(id))
      return undefined;
    this.#lastUsed.set(id, this.#clock.wall());
    return identityOf(stored);
  }

  /** Whether a token that was verified before still holds. */
  isActive(id: string): boolean {
    const stored = this.#find(id);
    return stored !== undefined && !isExpired(stored, this.#clock.wall());
  }

  /** Ends a token at once; false when there is none of that id. Durable when it resolves. */
  async revoke(id: string): Promise<boolean> {
    let existed = false;
    await this.#change((tokens) => {
      existed = tokens.delete(id);
    });
    this.#lastUsed.delete(id);
    return existed;
  }

  /** The tokens that can be used, oldest first. */
  list(): readonly TokenInfo[] {
    this.#reload();
    const now = this.#clock.wall();
    const all = [...(this.#seed === undefined ? [] : [this.#seed]), ...this.#tokens.values()];
    return all
      .filter((stored) => !isExpired(stored, now))
      .map((stored) => ({
        ...identityOf(stored),
        createdAt: stored.created_at,
        expiresAt: stored.expires_at,
        lastUsedAt: this.#lastUsed.get(stored.id),
      }));
  }

  #find(id: string): StoredToken | undefined {
    this.#reload();
    return this.#seed?.id === id ? this.#seed : this.#tokens.get(id);
  }

  #reload(): void {
    const now = this.#clock.monotonic();
    if (now - this.#checkedAt < RELOAD_MS) return;
    this.#checkedAt = now;
    const stamp = stampOf(this.#file);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    try {
      this.#tokens = stamp === '' ? new Map() : readTokens(this.#file);
    } catch {
      // A file that somebody broke by hand must not lock everybody out: the tokens of before stay until it is whole again.
    }
  }

  #change(edit: (tokens: Map<string, StoredToken>) => void): Promise<void> {
    const run = this.#writing.then(async () => {
      const tokens = stampOf(this.#file) === '' ? new Map() : readTokens(this.#file);
      edit(tokens);
      const text = JSON.stringify({ version: 1, tokens: [...tokens.values()] }, undefined, 2);
      await replaceFile(this.#file, `${text}\n`);
      this.#tokens = tokens;
      this.#stamp = stampOf(this.#file);
    });
    this.#writing = run.catch(() => undefined);
    return run;
  }
}

function storedToken(
  { role, name, service, filter, ttlMs }: IssueRequest,
  { id, token, now }: { readonly id: string; readonly token: string; readonly now: number },
): StoredToken {
  if (service !== undefined && !isSubjectName(service)) {
    throw new WatchkeeperError(
      'CONFIG_INVALID',
      `Expected a service of 1 to 128 characters of A-Z a-z 0-9 . _ @ : -, got ${JSON.stringify(service.slice(0, 140))}.`,
    );
  }
  if (filter !== undefined) checkFilter(role, filter);
  return {
    id,
    role,
    name,
    hash: hashOf(token),
    created_at: now,
    ...(service === undefined ? {} : { service }),
    ...(filter === undefined ? {} : { filter }),
    ...(ttlMs === undefined ? {} : { expires_at: now + ttlMs }),
  };
}

function checkFilter(role: Role, filter: string): void {
  if (role !== 'viewer') {
    throw new WatchkeeperError('CONFIG_INVALID', `A token of the role ${role} has no filter.`, {
      fix: 'Use the role viewer, which only reads.',
    });
  }
  if (parseFilter(filter).kind === 'all') {
    throw new WatchkeeperError('CONFIG_INVALID', 'The filter is empty.', {
      fix: 'Leave it out for a token that sees everything.',
    });
  }
}

function seedToken(token: string, now: number): StoredToken {
  const id = FORMAT.exec(token)?.[1];
  if (id === undefined) {
    throw new WatchkeeperError(
      'CONFIG_INVALID',
      'The token given by WATCHKEEPER_TOKEN does not have the form wk_<id>_<43 characters of base64url>.',
      { fix: 'Take one that Watchkeeper issued, or unset WATCHKEEPER_TOKEN.' },
    );
  }
  return { id, role: 'admin', name: 'WATCHKEEPER_TOKEN', hash: hashOf(token), created_at: now };
}

function identityOf({ id, role, name, service, filter }: StoredToken): Identity {
  return { id, role, name, service, ...(filter === undefined ? {} : { filter }) };
}

function isExpired({ expires_at }: StoredToken, now: number): boolean {
  return expires_at !== undefined && now >= expires_at;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino}/${stat.size}/${stat.mtimeMs}`;
}

function readTokens(file: string): Map<string, StoredToken> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const tokens = (parsed as { readonly tokens?: unknown } | null)?.tokens;
    if (!Array.isArray(tokens) || !tokens.every(isStoredToken)) throw new Error('wrong shape');
    return new Map(tokens.map((token) => [token.id, token]));
  } catch (cause) {
    throw new WatchkeeperError('CONFIG_INVALID', `The token file "${file}" cannot be read.`, {
      fix: 'Restore it from a backup, or move it away and issue new tokens.',
      cause,
    });
  }
}

function isStoredToken(value: unknown): value is StoredToken {
  if (typeof value !== 'object' || value === null) return false;
  const token = value as Readonly<Record<string, unknown>>;
  return (
    typeof token['id'] === 'string' &&
    typeof token['name'] === 'string' &&
    typeof token['created_at'] === 'number' &&
    typeof token['hash'] === 'string' &&
    Buffer.from(token['hash'], 'base64url').length === 32 &&
    ROLES.some((role) => role === token['role']) &&
    ['undefined', 'string'].includes(typeof token['service']) &&
    ['undefined', 'string'].includes(typeof token['filter']) &&
    ['undefined', 'number'].includes(typeof token['expires_at'])
  );
}
