import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { randomBytes, webcrypto } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { WatchkeeperError } from '../core/errors.ts';
import { isSubjectName } from '../model/subject.ts';
import { replaceFile } from './replace-file.ts';

/** A certificate with its private key, PEM; `cert` holds the leaf and then the CA. */
interface Credential {
  readonly cert: string;
  readonly key: string;
}

/** The site's own certificate authority. */
export interface SiteCertificates {
  /** The CA certificate, PEM: what watches and browsers are told to trust. */
  readonly ca: string;
  /** The server's certificate: the stored one, or a new one when it is near its end or lacks a name. */
  server(): Promise<Credential>;
  /** A client certificate for a watch (SAN URI `urn:device:<id>`, 30 days), made anew at each call and not kept. */
  device(id: string): Promise<Credential>;
}

export interface SiteCertificatesOptions {
  /** Data folder; files of mode 0600 in `tls/` in it: `ca.pem` and `server.pem` (key and certificate), `ca.crt` to hand out. */
  readonly folder: string;
  readonly site: string;
  readonly clock: Clock;
  /** Host names and addresses of the server, beside localhost and this machine's own name. */
  readonly names: readonly string[];
  /** @default node:crypto randomBytes; for serial numbers */
  readonly random?: (bytes: number) => Uint8Array;
}

const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
const SERVER_DAYS = 90;
const RENEW_DAYS = 30;
const DEVICE_DAYS = 30;
/** Certificates begin this much in the past, for watches whose clocks are behind. */
const BACKDATE_MS = 3_600_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
  readonly pem: string;
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;

/**
 * Opens the site's certificate authority, and makes it at first use
 * (ECDSA P-256, RFC 5280 profile). It is for the site's own watches and
 * operators; who has a certificate from elsewhere gives that instead.
 *
 * @throws WatchkeeperError CONFIG_INVALID when the stored CA cannot be read or has ended.
 */
export async function openSiteCertificates(
  options: SiteCertificatesOptions,
): Promise<SiteCertificates> {
  x509.cryptoProvider.set(webcrypto as unknown as Crypto);
  const folder = join(options.folder, 'tls');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = await openAuthority(folder, options);
  return {
    ca: authority.pem,
    server: () => serverCredential(folder, authority, options),
    device: (id) => deviceCredential(id, authority, options),
  };
}

async function openAuthority(folder: string, options: SiteCertificatesOptions): Promise<Authority> {
  const stored = await readCredential(folder, 'ca');
  if (stored === undefined) return createAuthority(folder, options);
  try {
    const certificate = new x509.X509Certificate(stored.cert);
    if (certificate.notAfter.getTime() <= options.clock.wall()) throw new Error('It has ended.');
    const privateKey = await webcrypto.subtle.importKey(
      'pkcs8',
      x509.PemConverter.decodeFirst(stored.key),
      ALGORITHM,
      false,
      ['sign'],
    );
    const publicKey = (await certificate.publicKey.export()) as webcrypto.CryptoKey;
    return { certificate, keys: { privateKey, publicKey }, pem: stored.cert };
  } catch (cause) {
    throw new WatchkeeperError('CONFIG_INVALID', `The site's CA in "${folder}" cannot be used.`, {
      fix: 'Restore ca.pem from a backup, or move the folder away to make a new CA that every watch must be told to trust.',
      cause,
    });
  }
}

async function createAuthority(
  folder: string,
  options: SiteCertificatesOptions,
): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(options),
    name: [{ CN: [`Watchkeeper site ${options.site}`] }],
    ...validity(options.clock, CA_DAYS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pem = certificate.toString('pem');
  await writeCredential(folder, 'ca', { cert: pem, key: await exportKey(keys) });
  await replaceFile(join(folder, 'ca.crt'), pem);
  return { certificate, keys, pem };
}

async function serverCredential(
  folder: string,
  authority: Authority,
  options: SiteCertificatesOptions,
): Promise<Credential> {
  const names = serverNames(options.names);
  const stored = await readCredential(folder, 'server');
  if (stored !== undefined && (await isFresh(stored, { authority, names, options }))) return stored;
  const made = await issue(authority, {
    options,
    commonName: names[0] ?? 'localhost',
    days: SERVER_DAYS,
    usage: x509.ExtendedKeyUsage.serverAuth,
    names: names.map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name })),
  });
  await writeCredential(folder, 'server', made);
  return made;
}

async function deviceCredential(
  id: string,
  authority: Authority,
  options: SiteCertificatesOptions,
): Promise<Credential> {
  if (!isSubjectName(id)) {
    throw new WatchkeeperError(
      'BAD_REQUEST',
      `Expected a device id of 1 to 128 characters of A-Z a-z 0-9 . _ @ : -, got ${JSON.stringify(id.slice(0, 140))}.`,
    );
  }
  return issue(authority, {
    options,
    commonName: id.slice(0, 64),
    days: DEVICE_DAYS,
    usage: x509.ExtendedKeyUsage.clientAuth,
    names: [{ type: 'url', value: `urn:device:${id}` }],
  });
}

interface Leaf {
  readonly options: SiteCertificatesOptions;
  readonly commonName: string;
  readonly days: number;
  readonly usage: x509.ExtendedKeyUsage;
  readonly names: x509.JsonGeneralNames;
}

async function issue(authority: Authority, leaf: Leaf): Promise<Credential> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(leaf.options),
    subject: [{ CN: [leaf.commonName] }],
    issuer: authority.certificate.subjectName,
    ...validity(leaf.options.clock, leaf.days),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([leaf.usage]),
      new x509.SubjectAlternativeNameExtension(leaf.names),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    cert: `${certificate.toString('pem')}\n${authority.pem}`,
    key: await exportKey(keys),
  };
}

async function isFresh(
  stored: Credential,
  context: {
    readonly authority: Authority;
    readonly names: readonly string[];
    readonly options: SiteCertificatesOptions;
  },
): Promise<boolean> {
  const { authority, names, options } = context;
  try {
    const certificate = new x509.X509Certificate(stored.cert);
    const covered = certificate.getExtension(x509.SubjectAlternativeNameExtension);
    const has = new Set(covered?.names.items.map((item) => item.value));
    const left = certificate.notAfter.getTime() - options.clock.wall();
    const date = new Date(options.clock.wall());
    return (
      left > RENEW_DAYS * DAY_MS &&
      names.every((name) => has.has(name)) &&
      (await certificate.verify({ publicKey: authority.certificate, date }))
    );
  } catch {
    // What cannot be read is made anew; the CA, which could not be, was checked before.
    return false;
  }
}

/** Names for the SANs; addresses that mean "all" are not names, so the machine's own name stands in for them. */
function serverNames(given: readonly string[]): readonly string[] {
  const all = [...given, 'localhost', hostname().toLowerCase(), '127.0.0.1', '::1'];
  const plain = all.map((name) => name.replace(/^\[(.*)\]$/, '$1'));
  return [...new Set(plain.filter((name) => !['', '0.0.0.0', '::'].includes(name)))];
}

function validity(
  clock: Clock,
  days: number,
): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = clock.wall();
  return { notBefore: new Date(now - BACKDATE_MS), notAfter: new Date(now + days * DAY_MS) };
}

function serial({ random = randomBytes }: SiteCertificatesOptions): string {
  const bytes = Uint8Array.from(random(16));
  // A serial number is a positive integer (RFC 5280, 4.1.2.2) of fixed length: the first byte is 0x40 to 0x7f.
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

function generateKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function exportKey(keys: CryptoKeyPair): Promise<string> {
  const bytes = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return `${x509.PemConverter.encode(bytes, 'PRIVATE KEY')}\n`;
}

const KEY_BLOCK = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n?/;

async function readCredential(folder: string, name: string): Promise<Credential | undefined> {
  const text = await readIfThere(join(folder, `${name}.pem`));
  if (text === undefined) return undefined;
  return { key: KEY_BLOCK.exec(text)?.[0] ?? '', cert: text.replace(KEY_BLOCK, '') };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Key and certificate share a file, so that a crash cannot leave one without the other. */
function writeCredential(folder: string, name: string, made: Credential): Promise<void> {
  return replaceFile(join(folder, `${name}.pem`), `${made.key}${made.cert}`);
}
