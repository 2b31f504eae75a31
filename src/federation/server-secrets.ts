import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readText, writePrivate } from './private-file.ts';

/** Passwords of the site's own nats-server, and who the site is on any NATS. */
export interface ServerSecrets {
  readonly internal: string;
  readonly subscriber: string;
  readonly system: string;
}

type RandomBytes = (size: number) => Buffer;

/** Reads the passwords kept in `folder`, or makes them (mode 0600). They stay the same over restarts. */
export async function loadServerSecrets(
  folder: string,
  random: RandomBytes = randomBytes,
): Promise<ServerSecrets> {
  const file = join(folder, 'secrets.json');
  const kept = parse(await readText(file));
  if (kept !== undefined) return kept;
  const made = { internal: word(random), subscriber: word(random), system: word(random) };
  await writePrivate(file, `${JSON.stringify(made, undefined, 2)}\n`);
  return made;
}

/** 32 hex digits that name this data folder among the sites on one NATS; made once. */
export async function loadInstanceId(
  folder: string,
  random: RandomBytes = randomBytes,
): Promise<string> {
  const file = join(folder, 'instance');
  const kept = (await readText(file))?.trim();
  if (kept !== undefined && /^[0-9a-f]{32}$/.test(kept)) return kept;
  const made = random(16).toString('hex');
  await writePrivate(file, `${made}\n`);
  return made;
}

function parse(text: string | undefined): ServerSecrets | undefined {
  if (text === undefined) return undefined;
  try {
    const { internal, subscriber, system } = JSON.parse(text) as Partial<ServerSecrets>;
    if (!isWord(internal) || !isWord(subscriber) || !isWord(system)) return undefined;
    return { internal, subscriber, system };
  } catch {
    return undefined;
  }
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{16,}$/.test(value);
}

function word(random: RandomBytes): string {
  return random(24).toString('base64url');
}
