import { readFile } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import { openSiteCertificates, type SiteCertificates } from '../../security/certificates.ts';
import { isLoopback } from './loopback.ts';

/** What the HTTPS server needs. PEM texts. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** CA of watches' client certificates; without it none are asked for. */
  readonly clientCa?: string;
  /** Newer material when there is some; asked now and then while the server runs. */
  readonly renewed?: () => Promise<{ readonly cert: string; readonly key: string } | undefined>;
}

export interface TlsRequest {
  readonly host: string;
  readonly site: string;
  /** Data folder; the site's own CA lives in `tls/` in it. */
  readonly folder: string;
  readonly clock: Clock;
  /** Files of a certificate chain and its key, for who has their own. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** More names and addresses that the site's own certificate must cover. */
  readonly names?: readonly string[];
  /** Whether to serve TLS on loopback too. @default false */
  readonly always?: boolean;
  /** Whether watches must show a certificate of the site's own CA; then TLS is served everywhere. @default false */
  readonly clientCertificates?: boolean;
}

/**
 * Chooses how to serve: `undefined` (plain HTTP) on loopback; otherwise the
 * given certificate, or one of the site's own CA, made at first start.
 *
 * @throws WatchkeeperError CONFIG_INVALID | CONFIG_MISSING
 */
export async function resolveTls(request: TlsRequest): Promise<TlsMaterial | undefined> {
  const { certFile, keyFile } = request;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new WatchkeeperError('CONFIG_INVALID', 'A TLS certificate and its key go together.', {
      fix: 'Give both the certificate file and the key file, or neither.',
    });
  }
  if (certFile !== undefined && keyFile !== undefined) {
    const given = { cert: await readPem(certFile), key: await readPem(keyFile) };
    if (request.clientCertificates !== true) return given;
    return { ...given, clientCa: (await openCertificates(request)).ca };
  }
  const isAsked = request.always === true || request.clientCertificates === true;
  if (isLoopback(request.host) && !isAsked) return undefined;
  return siteMaterial(request);
}

async function siteMaterial(request: TlsRequest): Promise<TlsMaterial> {
  const certificates = await openCertificates(request);
  let current = await certificates.server();
  return {
    cert: current.cert,
    key: current.key,
    clientCa: certificates.ca,
    renewed: async () => {
      const next = await certificates.server();
      if (next.cert === current.cert) return undefined;
      current = next;
      return next;
    },
  };
}

function openCertificates({
  folder,
  site,
  clock,
  host,
  names,
}: TlsRequest): Promise<SiteCertificates> {
  return openSiteCertificates({ folder, site, clock, names: [host, ...(names ?? [])] });
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new WatchkeeperError('CONFIG_MISSING', `The TLS file "${file}" cannot be read.`, {
      fix: 'Check the path and that this user may read it.',
      cause,
    });
  }
}
